"""A corpus so small that every name is known beforehand: fruit, animals, waters, and nonsense."""

import numpy as np
import torch

from engine.concepts.codes import Codes, encode
from engine.concepts.labelling import Material
from engine.concepts.phrases import phrases_of
from engine.sae.architectures import SAEConfig, SparseAutoencoder

TOPICS = (("apple", "pear", "plum"), ("dog", "cat", "horse"), ("river", "lake", "sea"))
DOCUMENTS = 240
FRUIT, ANIMALS, WATERS, DEAD, TWO, NONSENSE = range(6)


def text_of(number: int) -> str:
    """Documents take turns: two words of a topic, or two words that stand nowhere else."""
    topic, turn = number % 4, number // 4
    if topic == 3:
        return f"the odd{turn} and the even{turn}"
    words = TOPICS[topic]
    return f"the {words[turn % 3]} and the {words[(turn + 1) % 3]}, then"


TEXTS = [text_of(number) for number in range(DOCUMENTS)]
AXES = {
    word: axis
    for axis, word in enumerate(
        dict.fromkeys(word for text in TEXTS for word in phrases_of(text) if " " not in word)
    )
}


class Embedder:
    """Every word is an axis of its own; a text is the unit sum of its words. Counts what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, texts, job):
        self.given += texts
        rows = np.zeros((len(texts), len(AXES)), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.replace(",", "").split():
                if word in AXES:
                    row[AXES[word]] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def planted() -> SparseAutoencoder:
    """One feature a topic, one that never fires, one for fruit and waters, one for all nonsense."""
    sae = SparseAutoencoder(SAEConfig("jumprelu", len(AXES), 6, target_l0=1))
    odd = [word for word in AXES if word.startswith(("odd", "even"))]
    weights = torch.zeros(6, len(AXES))
    for feature, words in enumerate((*TOPICS, (), TOPICS[0] + TOPICS[2], odd)):
        weights[feature, [AXES[word] for word in words]] = 1.0
    weights[FRUIT, AXES["apple"]] = 2.0
    with torch.no_grad():
        sae.encoder.copy_(weights)
        sae.threshold.fill_(0.5)
    return sae.requires_grad_(False)


def material(embedder: Embedder | None = None) -> Material:
    sae, embed = planted(), embedder or Embedder()
    vectors = Embedder()(TEXTS, None)
    return Material(sae, Codes(encode(sae, vectors)), vectors, lambda rows: [TEXTS[i] for i in rows], embed)
