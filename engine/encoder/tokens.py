"""A text as the model reads it: token ids, and which characters each token stands for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedTokenizerFast

from engine.encoder.panics import explained_panics
from engine.errors import UserError
from engine.text import Span, Word, group_tokens_by_word, group_words_by_sentence

_SPACE_MARK = "▁"


@dataclass(frozen=True)
class TokenizedText:
    """A text, its tokens, and how they map back to what the user wrote.

    Attributes:
        text: the text as the user wrote it, without prompt.
        prompt: what the model's configuration puts before it.
        ids: (S,) token ids, specials and prompt included, cut at the model's maximum.
        tokens: S token strings of the tokenizer.
        spans: per token [start, end) in characters of `text`; None for specials, the prompt, and pieces
            that stand for nothing but the space before a word.
        content: indices of the tokens of the text itself (those that a reference replaces).
        words: the words of the text that the model sees; each content token belongs to exactly one.
        total_tokens: how many tokens the text would have without a maximum.
        seen_characters: the model reads `text[:seen_characters]`; less than the length if truncated.
    """

    text: str
    prompt: str
    ids: npt.NDArray[np.int64]
    tokens: tuple[str, ...]
    spans: tuple[Span | None, ...]
    content: tuple[int, ...]
    words: tuple[Word, ...]
    total_tokens: int
    seen_characters: int

    @property
    def truncated(self) -> bool:
        """True if the model reads only the beginning of the text."""
        return self.total_tokens > len(self.ids)

    @property
    def sentences(self) -> tuple[Word, ...]:
        """The sentences of the text, each with the tokens of its words."""
        return group_words_by_sentence(self.text, self.words)

    @property
    def key(self) -> tuple[str, str]:
        """What identifies this text to one encoder: prompt and text."""
        return (self.prompt, self.text)


def tokenize(tokenizer: PreTrainedTokenizerFast, text: str, prompt: str, max_tokens: int) -> TokenizedText:
    """Tokenize `prompt + text` as sentence-transformers does, and keep the character spans.

    Raises:
        UserError: the text is blank, is no valid Unicode, holds nothing that the model can read, or is
            too long for a model that would read its end.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UserError(
            f"character {error.start + 1} of the text is only half of one; delete it and try again"
        ) from error
    if not text.strip():
        raise UserError("the text is empty; write at least one word")
    with explained_panics():
        whole = tokenizer(
            prompt + text, return_offsets_mapping=True, return_special_tokens_mask=True, verbose=False
        )
    total = len(whole["input_ids"])
    if total > max_tokens:
        if tokenizer.truncation_side != "right":
            raise UserError(
                f"the text has {total} tokens, and this model would drop its beginning; "
                f"shorten it to {max_tokens}"
            )
        whole = tokenizer(
            prompt + text,
            truncation=True,
            max_length=max_tokens,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
    tokens = tokenizer.convert_ids_to_tokens(whole["input_ids"])
    spans: list[Span | None] = []
    content: list[int] = []
    for index, (token, (start, end), special) in enumerate(
        zip(tokens, whole["offset_mapping"], whole["special_tokens_mask"], strict=True)
    ):
        inside = not special and end > len(prompt)
        spans.append(_visible(text, token, start - len(prompt), end - len(prompt)) if inside else None)
        if inside:
            content.append(index)
    words = group_tokens_by_word(text, spans, content)
    if not words:
        raise UserError(f"the model sees no token in {_shortened(text)!r}; write at least one visible word")
    ids = np.asarray(whole["input_ids"], dtype=np.int64)
    return TokenizedText(
        text=text,
        prompt=prompt,
        ids=ids,
        tokens=tuple(tokens),
        spans=tuple(spans),
        content=tuple(content),
        words=words,
        total_tokens=total,
        seen_characters=words[-1].span[1] if total > len(ids) else len(text),
    )


def _visible(text: str, token: str, start: int, end: int) -> Span | None:
    """Return the span of a token without white space at its edges, None if nothing is left.

    Byte-level tokenizers count the space before a word. SentencePiece puts a mark in its place, and one
    before the first word; a piece of nothing but marks is given the span of the character after it.
    """
    start = max(start, 0)
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if not token.strip(_SPACE_MARK) and _SPACE_MARK not in text[start:end]:
        return None
    return (start, end) if start < end else None


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
