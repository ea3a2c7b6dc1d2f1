"""The plain dense training loop of the repositories around BatchTopK (arXiv:2412.06410), to compare with.

All F activations of every row are kept as a dense matrix: `topk` over the flattened batch chooses those that
stay, the decoder is a dense product, and automatic differentiation makes every gradient. The engine is not
imported.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

_AUXILIARY_FEATURES, _AUXILIARY_WEIGHT = 512, 1 / 32


class DenseBatchTopK(nn.Module):
    """A BatchTopK autoencoder as that loop holds it.

    Args:
        encoder: (F, D) initial weights of the encoder; the decoder begins as the same.
        mean: (D,) where the bias of the decoder begins.
        k: active features a row, on average.
        dead_after_rows: a feature that has not fired on so many rows learns the residual.
    """

    def __init__(self, encoder: Tensor, mean: Tensor, k: int, dead_after_rows: int) -> None:
        super().__init__()
        self.k, self.dead_after_rows = k, dead_after_rows
        self.W_enc = nn.Parameter(encoder.T.clone())
        self.W_dec = nn.Parameter(encoder.clone())
        self.b_enc = nn.Parameter(torch.zeros(len(encoder)))
        self.b_dec = nn.Parameter(mean.clone())
        self.since_fired = torch.zeros(len(encoder))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return all activations (B, F), and those that stay of them."""
        activations = ((x - self.b_dec) @ self.W_enc + self.b_enc).relu()
        top = activations.flatten().topk(self.k * len(x), dim=-1)
        kept = torch.zeros_like(activations.flatten()).scatter(-1, top.indices, top.values)
        return activations, kept.reshape(activations.shape)

    def forward(self, x: Tensor) -> Tensor:
        return self.encode(x)[1] @ self.W_dec + self.b_dec

    def loss(self, x: Tensor, variance: float) -> Tensor:
        activations, kept = self.encode(x)
        rebuilt = kept @ self.W_dec + self.b_dec
        loss = (x - rebuilt).square().sum() / (len(x) * variance)
        fired = kept.sum(dim=0) > 0
        dead = self.since_fired >= self.dead_after_rows
        self.since_fired = torch.where(fired, 0, self.since_fired + len(x))
        if dead.any():
            top = activations[:, dead].topk(min(_AUXILIARY_FEATURES, int(dead.sum())), dim=-1)
            codes = torch.zeros_like(activations[:, dead]).scatter(-1, top.indices, top.values)
            missed = (x - rebuilt).detach() - codes @ self.W_dec[dead]
            loss = loss + _AUXILIARY_WEIGHT * missed.square().sum() / (len(x) * variance)
        return loss


def train_dense(
    model: DenseBatchTopK, batches: Iterable[Tensor], variance: float, learning_rates: Iterable[float]
) -> None:
    """Train on batches (B, D), each with its learning rate: Adam, clipped gradients, unit decoder rows."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.999))
    for batch, rate in zip(batches, learning_rates, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        model.loss(batch, variance).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 100_000)
        with torch.no_grad():
            unit = model.W_dec / model.W_dec.norm(dim=-1, keepdim=True)
            model.W_dec.grad -= (model.W_dec.grad * unit).sum(-1, keepdim=True) * unit
            model.W_dec.data = unit
        optimizer.step()
