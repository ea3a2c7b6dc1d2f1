"""Words and sentences of a text, as character spans; and texts as they may be printed.

Words follow the default word boundaries of Unicode Standard Annex 29 (the `regex` package), so that
Latin words, numbers and contractions stay whole, each Han character stands alone, and punctuation is a
word of its own. White space and control characters belong to no word.
"""

import bisect
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import regex

_WORD = regex.compile(r"(?wm)\b(?!\s).+?\b")
_VISIBLE = regex.compile(r"[^\s\p{Cc}\p{Cf}]")
_SENTENCE_END = regex.compile(r"(?:(?<![.!?…])[.!?…]++[\"'’”)\]]*+(?=\s)|[。！？]++[」』”]?|\n+)")
LONGEST_SENTENCE_WORDS = 40
_LAYOUT = "\t\n"
_BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}

Span = tuple[int, int]


@dataclass(frozen=True)
class Word:
    """A word of the user's text and the tokens that stand for it.

    Attributes:
        text: the characters as the user wrote them.
        span: [start, end) in characters of the text.
        tokens: indices of its tokens, ascending, never empty.
    """

    text: str
    span: Span
    tokens: tuple[int, ...]


def word_spans(text: str) -> list[Span]:
    """Return the [start, end) spans of the words of `text`, in order, without overlap."""
    return [m.span() for m in _WORD.finditer(text) if _VISIBLE.search(m.group())]


def sentence_spans(text: str) -> list[Span]:
    """Return the spans of the sentences of `text`, trimmed of white space.

    A sentence ends at a full stop, question or exclamation mark before white space (ideographic ones
    anywhere) or at a line break.
    """
    spans: list[Span] = []
    start = 0
    for end in [m.end() for m in _SENTENCE_END.finditer(text)] + [len(text)]:
        piece = text[start:end]
        stripped = piece.strip()
        if _VISIBLE.search(stripped):
            left = start + piece.index(stripped)
            spans.append((left, left + len(stripped)))
        start = end
    return spans


def group_tokens_by_word(
    text: str, token_spans: Sequence[Span | None], content: Collection[int] = ()
) -> tuple[Word, ...]:
    """Assign each token of a text to exactly one word; words that share a token become one.

    A tokenizer may cut across words (SentencePiece pieces of Chinese, byte pieces of an emoji). Such
    words cannot be told apart by the model's input, so they are joined. A word that no token stands
    for (the model never sees it) is left out. A token that stands for no visible character (the space
    before a word that the tokenizer cut into pieces) goes with the word after it, or else with the last.

    Args:
        text: the user's text.
        token_spans: per token its [start, end) span, or None for specials and empty pieces.
        content: the tokens that belong to a word even without a span; by default none.
    """
    spans, of_text = word_spans(text), set(content)
    starts = [start for start, _ in spans]
    joined: list[tuple[int, int, list[int]]] = []
    waiting: list[int] = []
    for token, span in enumerate(token_spans):
        if span is None or span[0] >= span[1]:
            if token in of_text:
                waiting.append(token)
            continue
        first = max(bisect.bisect_right(starts, span[0]) - 1, 0)
        covered = [s for s in spans[first : bisect.bisect_left(starts, span[1])] if s[1] > span[0]]
        start, end = (covered[0][0], covered[-1][1]) if covered else span
        tokens, waiting = [*waiting, token], []
        while joined and joined[-1][1] > start:
            left, right, before = joined.pop()
            start, end = min(start, left), max(end, right)
            before += tokens
            tokens = before
        joined.append((start, end, tokens))
    if joined:
        joined[-1][2].extend(waiting)
    return tuple(Word(text[s:e], (s, e), tuple(tokens)) for s, e, tokens in joined)


def group_words_by_sentence(text: str, words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the sentences of a text in terms of the tokens of its words.

    A sentence longer than 40 words is cut into runs of 40, so that a text without punctuation still has
    a coarse reading.
    """
    spans = sentence_spans(text)
    starts = [start for start, _ in spans]
    groups: dict[int, list[Word]] = {}
    for word in words:
        groups.setdefault(bisect.bisect_right(starts, word.span[0]), []).append(word)
    sentences = []
    for members in groups.values():
        for first in range(0, len(members), LONGEST_SENTENCE_WORDS):
            run = members[first : first + LONGEST_SENTENCE_WORDS]
            span = (run[0].span[0], run[-1].span[1])
            tokens = tuple(token for word in run for token in word.tokens)
            sentences.append(Word(text[span[0] : span[1]], span, tokens))
    return tuple(sentences)


def control_characters(text: str) -> Iterator[tuple[str, str | None]]:
    """Split a text into runs; a control character comes alone, with its code ("U+0007").

    Tabs, line feeds and the carriage returns before them are layout, not control.
    """
    run = ""
    for index, character in enumerate(text):
        before_line_feed = character == "\r" and text[index + 1 : index + 2] == "\n"
        if unicodedata.category(character) == "Cc" and character not in _LAYOUT and not before_line_feed:
            if run:
                yield run, None
            run = ""
            yield character, f"U+{ord(character):04X}"
        else:
            run += character
    if run:
        yield run, None


def symbol(control: str) -> str:
    """Return what stands for a control character: its picture, or the replacement character."""
    code = ord(control)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"


def one_line(text: str) -> str:
    """Return a text for places that keep no layout: white space is one blank, controls are symbols.

    Characters that turn the direction of writing around are shown as symbols too, so that a text can
    never rearrange what is printed beside it.
    """
    shown = "".join(symbol(run) if code else run for run, code in control_characters(" ".join(text.split())))
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if is_bidi_control(character) else character for character in shown
    )


def is_bidi_control(character: str) -> bool:
    """Return whether a character turns the direction of writing around."""
    return unicodedata.bidirectional(character) in _BIDI_CONTROLS


def label(text: str, most: int = 48) -> str:
    """Return a text as a label of at most `most` characters; a word can be as long as a whole text."""
    shown = one_line(text[: 4 * most])
    return shown if len(shown) <= most and len(text) <= 4 * most else shown[: most - 1] + "…"
