"""Converged contributions, computed apart from the engine: plain torch, float64, finite differences.

The derivative along each token's displacement is a central difference of the double-precision model, so
that no automatic differentiation is trusted; the path integral is a Gauss-Legendre rule on the whole path
without the engine's map, taken twice with different numbers of nodes, which must agree.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoTokenizer, BertModel

Array = npt.NDArray[np.float64]

NODES = (64, 96)
QUICK_NODES = (40, 60)
STEP = 1e-5
SEQUENCES_A_PASS = 256


@dataclass(frozen=True)
class Converged:
    """Contributions (S, D) of one text, its embedding (D,), and how far the two rules differ."""

    vectors: Array
    embedding: Array
    disagreement: float


class ReferenceModel:
    """A mean-pooled, normalized BERT in float64, from its folder."""

    def __init__(self, folder: str) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self.network = BertModel.from_pretrained(
            folder, local_files_only=True, dtype=torch.float64, attn_implementation="eager"
        ).eval()

    def embed(self, states: torch.Tensor) -> torch.Tensor:
        """Embeddings (B, D) for states (B, S, H) that enter the first layer."""
        pooled = self.network.encoder(states).last_hidden_state.mean(dim=1)
        return torch.nn.functional.normalize(pooled, dim=1)

    @torch.no_grad()
    def contributions(self, text: str, node_counts: tuple[int, int] = NODES) -> Converged:
        """The integrated contributions of every token, from the padding reference to the text."""
        encoded = self.tokenizer(text, return_special_tokens_mask=True)
        ids = torch.tensor([encoded["input_ids"]])
        special = torch.tensor([encoded["special_tokens_mask"]], dtype=torch.bool)
        padded = torch.where(special, ids, torch.tensor(self.tokenizer.pad_token_id))
        start, end = self.network.embeddings(padded)[0], self.network.embeddings(ids)[0]
        coarse, fine = (self._integrate(start, end, count) for count in node_counts)
        disagreement = float(torch.linalg.norm(fine - coarse) / torch.linalg.norm(fine))
        return Converged(fine.numpy(), self.embed(end[None])[0].numpy(), disagreement)

    def _integrate(self, start: torch.Tensor, end: torch.Tensor, count: int) -> torch.Tensor:
        displacement = end - start  # (S, H)
        tokens = torch.nonzero(displacement.abs().sum(dim=1))[:, 0].tolist()
        nodes, weights = np.polynomial.legendre.leggauss(count)
        total = torch.zeros(len(displacement), len(self.embed(end[None])[0]), dtype=torch.float64)
        jobs = [(node, token) for node in range(count) for token in tokens]
        for first in range(0, len(jobs), SEQUENCES_A_PASS // 2):
            group = jobs[first : first + SEQUENCES_A_PASS // 2]
            position = torch.tensor([(nodes[node] + 1) / 2 for node, _ in group])
            along = torch.zeros(len(group), *displacement.shape, dtype=torch.float64)
            for row, (_, token) in enumerate(group):
                along[row, token] = STEP * displacement[token]
            middle = start + position[:, None, None] * displacement
            embedded = self.embed(torch.cat([middle + along, middle - along]))
            slopes = (embedded[: len(group)] - embedded[len(group) :]) / (2 * STEP)
            for slope, (node, token) in zip(slopes, group, strict=True):
                total[token] += weights[node] / 2 * slope
        return total


def matrix(query: Converged, candidate: Converged) -> Array:
    """The token matrix (Sq, Sc) with shared references, of unit embeddings."""
    return query.vectors @ candidate.vectors.T


def relative_error(found: npt.ArrayLike, true: Array) -> float:
    """Frobenius norm of the difference over that of the truth."""
    return float(np.linalg.norm(np.asarray(found, dtype=np.float64) - true) / np.linalg.norm(true))


@functools.cache
def _model(folder: str) -> ReferenceModel:
    return ReferenceModel(folder)


@functools.cache
def converged(folder: str, text: str, quick: bool = False) -> Converged:
    """Contributions of a text under the model in ``folder``; computed once a process.

    Raises:
        RuntimeError: the two rules differ, so that neither can be called converged.
    """
    result = _model(folder).contributions(text, QUICK_NODES if quick else NODES)
    # The difference is the coarser rule's error; the finer one, half as large again, is far below it.
    if not result.disagreement < (1e-3 if quick else 1e-5):
        raise RuntimeError(f"the float64 integral did not converge: {result.disagreement:.1e} between rules")
    return result
