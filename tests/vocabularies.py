"""Small vocabularies made on the spot: the characters and half of the words of a few sentences.

They are written down rather than trained, because training breaks ties differently from run to run.
"""

from __future__ import annotations

import re

UNKNOWN = "🎉"
SENTENCES = (
    "Carbs are broken down into sugar in your body.",
    "Carbohydrates are metabolized into glucose.",
    "The quick brown fox jumps over the lazy dog, isn't it?",
    "find this: a search engine for query and candidate texts",
    "text: a passage, a document; words (and more words) to read!",
    "Der schnelle braune Fuchs springt über den faulen Hund.",
    "El veloz murciélago hindú comía feliz cardillo y kiwi.",
    "机器学习模型把文本变成向量。 搜索引擎 比较 向量",
    "שלום עולם، זה טקסט קצר. مرحبا بالعالم هذا نص قصير",
    "Привет, мир! Это короткий текст о поиске.",
    "emoji 🙂 👍 are read byte by byte 🎉",
    "0 1 2 3 4 5 6 7 8 9 10 42 2024 3.14 <b>bold</b> &amp; a_b-c/d",
    "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ",
)


def _characters() -> list[str]:
    return sorted(set("".join(SENTENCES)) - {" ", UNKNOWN})


def _whole_words() -> list[str]:
    """Return every second word of the sentences: the others are cut into pieces."""
    return sorted({word for line in SENTENCES for word in re.findall(r"\w+", line)})[::2]


def wordpieces(specials: list[str], *, lowercase: bool = True) -> dict[str, int]:
    pieces = [*_characters(), *_whole_words()]
    if lowercase:
        pieces = [piece.lower() for piece in pieces]
    inner = [f"##{character}" for character in _characters()]
    return {piece: index for index, piece in enumerate(dict.fromkeys([*specials, *pieces, *inner]))}


def byte_pairs(specials: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    from tokenizers import pre_tokenizers

    level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words = [piece for word in _whole_words() for piece, _ in level.pre_tokenize_str(f" {word}")]
    return _pairs([*specials, *sorted(level.alphabet())], words)


def byte_fallback_pairs(specials: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    alphabet = [*(f"<0x{byte:02X}>" for byte in range(256)), *_characters(), "▁"]
    return _pairs([*specials, *alphabet], [f"▁{word}" for word in _whole_words()])


def _pairs(pieces: list[str], words: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Return vocabulary and merges that build each word from the left."""
    merges = dict.fromkeys((word[:end], word[end]) for word in words for end in range(1, len(word)))
    vocabulary = dict.fromkeys([*pieces, *("".join(merge) for merge in merges)])
    return {piece: index for index, piece in enumerate(vocabulary)}, list(merges)


def unigrams(specials: list[str]) -> list[tuple[str, float]]:
    words = [f"▁{word}" for word in _whole_words()]
    rare = [*_characters(), "▁"]
    scores = {**dict.fromkeys(rare, -8.0), **dict.fromkeys(words, -6.0), **dict.fromkeys(specials, 0.0)}
    return [(piece, scores.pop(piece)) for piece in [*specials, *words, *rare] if piece in scores]
