"""Texts and an encoder so simple that every number can be worked out by hand."""

import numpy as np
import torch

from engine.encoder import TokenizedText
from engine.text import Word

START, END = 1, 2
FIRST_WORD = 10


def fake_text(*words: tuple[str, int], first_id: int = FIRST_WORD) -> TokenizedText:
    """Words with their numbers of tokens, between two specials; each token has an id of its own."""
    text = " ".join(word for word, _ in words)
    ids, spans, found, start = [START], [None], [], 0
    for word, count in words:
        span = (start, start + len(word))
        tokens = tuple(range(len(ids), len(ids) + count))
        ids += [first_id + len(ids) - 1 + i for i in range(count)]
        spans += [span] * count
        found.append(Word(word, span, tokens))
        start = span[1] + 1
    return TokenizedText(
        text=text,
        prompt="",
        ids=np.array([*ids, END], dtype=np.int64),
        tokens=tuple(f"t{i}" for i in [*ids, END]),
        spans=(*spans, None),
        content=tuple(range(1, len(ids))),
        words=tuple(found),
        total_tokens=len(ids) + 1,
        seen_characters=len(text),
    )


class SumEncoder:
    """Embeds a text as the sum of one vector for each of its tokens; specials add what ``rows`` says."""

    device = torch.device("cpu")

    def __init__(self, rows: dict[int, list[float]]) -> None:
        self.dimension = len(next(iter(rows.values())))
        table = torch.zeros(max(rows) + 1, self.dimension)
        for token, row in rows.items():
            table[token] = torch.tensor(row)
        self.word_embeddings = torch.nn.Embedding.from_pretrained(table)
        self.batches: list[int] = []

    def embed_ids(self, sequences, like, job=None):
        self.batches.append(len(sequences))
        with torch.no_grad():
            rows = [self.word_embeddings(torch.tensor(ids))[None].sum(dim=(0, 1)) for ids in sequences]
        return torch.stack(rows).numpy()

    def embed(self, texts, job=None):
        return self.embed_ids([text.ids for text in texts], texts[0], job)

    def reference_embedding(self, text):
        specials = np.array([START, END], dtype=np.int64)
        return self.embed_ids([specials], text)[0]
