"""Small changes of a text that change what it says: negation, numbers, names. English word lists."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.text import Span, word_spans

ProbeKind = Literal["negation", "number", "names"]

_AUXILIARIES = """
    is are was were am can could will would shall should may might must has have had do does did
"""
_NEGATIONS = "not no never nor without cannot neither none nothing nobody"
_CONTRACTED = re.compile(r"n['’]t\b", re.IGNORECASE)
_NUMBER_WORDS = """
    one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty hundred
    thousand million
"""
_FUNCTION_WORDS = """
    a an the this that these those and or but if of in on at to for from by with as into than then it its be
    been being any some each every all both more most very he she they we you i his her their our your who
    which what when where how
"""
_FURTHER = 3  # places in the list of number words


@dataclass(frozen=True)
class ChangedText:
    """A text with its meaning changed.

    Attributes:
        kind: "negation", "number" or "names".
        what: what was changed, in words.
        text: the result.
    """

    kind: ProbeKind
    what: str
    text: str


def changed_texts(text: str) -> tuple[ChangedText, ...]:
    """Return a text with a negation put in or taken out, its numbers changed, two names swapped.

    What the text does not offer is left out: a text without numbers has no changed numbers. A text with
    fewer than two names has its first and last content words swapped.
    """
    return tuple(_changes(text))


def without_spans(text: str, spans: Sequence[Span]) -> str:
    """Return a text without some of its words, and without the blanks that they leave behind."""
    pieces, end = [], 0
    for start, stop in sorted(spans):
        pieces.append(text[end:start])
        end = max(end, stop)
    return re.sub(r"[^\S\n]{2,}", " ", "".join([*pieces, text[end:]])).strip()


def _changes(text: str) -> Iterator[ChangedText]:
    spans = word_spans(text)
    words = [text[start:end] for start, end in spans]
    yield from _negation(text, spans, words)
    yield from _numbers(text, spans, words)
    yield from _swapped(text, spans, words)


def _negation(text: str, spans: list[Span], words: list[str]) -> Iterator[ChangedText]:
    lower = [word.lower().replace("’", "'") for word in words]
    for i, word in enumerate(lower):
        if word in _NEGATIONS.split():
            changed = (
                _replaced(text, spans[i], "can")
                if word == "cannot"
                else _replaced(text, spans[i], "with")
                if word == "without"
                else without_spans(text, [spans[i]])
            )
            if word_spans(changed):
                yield ChangedText("negation", f"{words[i]!r} taken out", changed)
            return
        if word.endswith("n't") and len(word) > 3:
            whole = {"can't": "can", "won't": "will", "shan't": "shall"}.get(word)
            whole = _CONTRACTED.sub("", words[i]) if whole is None else whole
            yield ChangedText("negation", f"{words[i]!r} made {whole!r}", _replaced(text, spans[i], whole))
            return
    for i, word in enumerate(lower):
        if word in _AUXILIARIES.split():
            changed = _replaced(text, spans[i], f"{words[i]} not")
            yield ChangedText("negation", f"'not' put in after {words[i]!r}", changed)
            return
    yield ChangedText("negation", "'not' put in front", f"not {text.lstrip()}")


def _numbers(text: str, spans: list[Span], words: list[str]) -> Iterator[ChangedText]:
    made, changed = [], text
    for span, word in reversed(list(zip(spans, words, strict=True))):
        new = _other_number(word)
        if new != word:
            changed = _replaced(changed, span, new)
            made.append(f"{word!r} made {new!r}")
    if made:
        yield ChangedText("number", ", ".join(reversed(made)), changed)


def _other_number(word: str) -> str:
    """Return another number with as many digits, or another number word; other words as they are."""
    if any(character in "0123456789" for character in word):
        new = [str((int(c) + 5) % 10) if c in "0123456789" else c for c in word]
        first = next(i for i, character in enumerate(word) if character in "0123456789")
        # No number begins with 0.
        new[first] = "9" if new[first] == "0" else new[first]
        return "".join(new)
    lower, numbers = word.lower(), _NUMBER_WORDS.split()
    if lower in numbers:
        new_word = numbers[(numbers.index(lower) + _FURTHER) % len(numbers)]
        return new_word.capitalize() if word[0].isupper() else new_word
    return word


def _swapped(text: str, spans: list[Span], words: list[str]) -> Iterator[ChangedText]:
    function_words = _FUNCTION_WORDS.split()
    names = [i for i, word in enumerate(words) if word[0].isupper() and word.lower() not in function_words]
    chosen = _two_different(names, words)
    if chosen is None:
        content = [
            i
            for i, word in enumerate(words)
            if word[0].isalpha()
            and len(word) > 2
            and word.lower() not in function_words + _AUXILIARIES.split()
        ]
        chosen = _two_different(content, words)
    if chosen is None:
        return
    left, right = chosen
    changed = _replaced(_replaced(text, spans[right], words[left]), spans[left], words[right])
    yield ChangedText("names", f"{words[left]!r} and {words[right]!r} swapped", changed)


def _two_different(places: list[int], words: list[str]) -> tuple[int, int] | None:
    """Return the first of the places and the last with another word, None if there are no two."""
    for last in reversed(places):
        if words[last].lower() != words[places[0]].lower():
            return places[0], last
    return None


def _replaced(text: str, span: Span, new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]
