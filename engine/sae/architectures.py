"""Sparse autoencoders of five architectures in one small module.

With x centred by the decoder's bias, pre-activations are `(x - b_dec) @ W_enc + b_enc`, codes z are the
few of them that stay, and the reconstruction is `z @ W_dec + b_dec`. The architectures differ in which
stay:

* vanilla: the positive ones, kept few by an L1 penalty (Bricken et al. 2023);
* topk: the k largest of each row (Gao et al. 2024, arXiv:2406.04093);
* batchtopk: the k B largest of a batch of B rows while training, those above a learned running threshold
  afterwards (Bussmann et al. 2024, arXiv:2412.06410);
* matryoshka: as batchtopk, and every prefix of the features reconstructs too (Bussmann et al. 2025,
  arXiv:2503.17547);
* jumprelu: those above a threshold of their own, trained by straight-through estimators (Rajamanoharan
  et al. 2024, arXiv:2407.14435).
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn

from engine.errors import UserError
from engine.sae.sparse import Selection, kth_largest, select, sparse_decode

Architecture = Literal["vanilla", "topk", "batchtopk", "matryoshka", "jumprelu"]
ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)


@dataclass(frozen=True)
class SAEConfig:
    """What a sparse autoencoder is, and the weights of its training loss.

    Reconstruction errors enter the loss as a fraction of the variance, so the weights do not depend on
    the scale of the inputs.

    Raises:
        UserError: a field is out of range.
    """

    architecture: Architecture
    """Which pre-activations stay: see the module's text."""

    input_dim: int
    """Dimension of the vectors, D."""

    features: int
    """Number of features, F. Four to eight times D suits corpora of 100,000 texts; small ones want fewer."""

    k: int = 32
    """Active features a row (topk), or on average (batchtopk, matryoshka)."""

    l1: float = 0.2
    """Weight of the sum of activations, in standard deviations of the inputs (vanilla)."""

    target_l0: float = 32.0
    """Active features a row, on average, that the thresholds are driven to (jumprelu)."""

    l0_weight: float = 3.0
    """Weight of the squared relative distance to `target_l0` (jumprelu)."""

    bandwidth: float = 0.001
    """Width of the window in which a threshold's gradient is estimated, for unit-norm inputs (jumprelu)."""

    groups: tuple[int, ...] = ()
    """Sizes of the nested groups, summing to F; empty for 1/16, 1/16, 1/8, 1/4 and the rest (matryoshka)."""

    auxiliary_weight: float = 1 / 32
    """Weight of the loss by which dead features learn the residual."""

    layer_norm: bool = False
    """Whether each row is shifted to mean 0 and scaled to deviation 1 first, as some published SAEs do."""

    seed: int = 0
    """Seed of the initial weights."""

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            raise UserError(
                f"unknown architecture {self.architecture!r}; choose one of {', '.join(ARCHITECTURES)}"
            )
        if self.input_dim < 1 or self.features < 1:
            raise UserError("a sparse autoencoder needs at least one dimension and one feature")
        if self.uses_k and not 1 <= self.k <= self.features:
            raise UserError(f"k is {self.k}; choose 1 to {self.features}, the number of features")
        if self.architecture == "jumprelu" and not 0 < self.target_l0 <= self.features:
            raise UserError(f"the target L0 is {self.target_l0}; choose more than 0, at most {self.features}")
        if self.architecture == "matryoshka":
            groups = self.groups or default_groups(self.features)
            object.__setattr__(self, "groups", tuple(groups))
            if min(groups) < 1 or sum(groups) != self.features:
                raise UserError(f"the group sizes {groups} must be positive and sum to {self.features}")

    @property
    def uses_k(self) -> bool:
        """Whether `k` means anything for this architecture."""
        return self.architecture in {"topk", "batchtopk", "matryoshka"}


def default_groups(features: int) -> tuple[int, ...]:
    """Return group sizes that double: 1/16, 1/16, 1/8, 1/4 of the features and the rest; fewer if small."""
    edges = sorted({features // 16, features // 8, features // 4, features // 2, features} - {0})
    return tuple(after - before for before, after in zip([0, *edges[:-1]], edges, strict=True))


class Encoding(NamedTuple):
    """What the encoder makes of a batch.

    Attributes:
        pre: (B, F) pre-activations.
        codes: (B, F) activations, mostly 0.
    """

    pre: Tensor
    codes: Tensor


class SparseAutoencoder(nn.Module):
    """A sparse autoencoder as it is used after training.

    Attributes:
        encoder: (F, D) parameter, one row a feature; `W_enc` is its transpose.
        b_enc: (F,) parameter.
        W_dec: (F, D) parameter, rows of unit norm.
        b_dec: (D,) parameter, the mean of the inputs at the start.
        threshold: (F,) float32, above which a pre-activation stays: a parameter of jumprelu, the running
            batch threshold of batchtopk and matryoshka, 0 otherwise.

    Args:
        config: the architecture and its sizes.
        mean: (D,) where `b_dec` starts; 0 by default.
    """

    threshold: Tensor

    def __init__(self, config: SAEConfig, mean: Tensor | None = None) -> None:
        super().__init__()
        self.config = config
        generator = torch.Generator().manual_seed(config.seed)
        directions = torch.randn(config.features, config.input_dim, generator=generator)
        directions /= directions.norm(dim=1, keepdim=True)
        self.encoder = nn.Parameter(directions.clone())
        self.b_enc = nn.Parameter(torch.zeros(config.features))
        self.W_dec = nn.Parameter(directions)
        self.b_dec = nn.Parameter(torch.zeros(config.input_dim) if mean is None else mean.float().clone())
        if config.architecture == "jumprelu":
            self.threshold = nn.Parameter(torch.zeros(config.features))
        else:
            self.register_buffer("threshold", torch.zeros(config.features))

    @property
    def W_enc(self) -> Tensor:  # noqa: N802
        """(D, F), one column a feature: a pre-activation is linear in the input."""
        return self.encoder.T

    def prepare(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return inputs (B, D) as the encoder wants them, and the shift and scale (B, 1) that undo it.

        Raises:
            UserError: `x` is not (B, D).
        """
        if x.ndim != 2 or x.shape[1] != self.config.input_dim:
            raise UserError(
                f"the vectors have shape {tuple(x.shape)} but this SAE reads rows of"
                f" {self.config.input_dim} numbers; use vectors of the model that it was trained on"
            )
        if not self.config.layer_norm:
            return x, x.new_zeros(len(x), 1), x.new_ones(len(x), 1)
        mean = x.mean(dim=1, keepdim=True)
        deviation = x.std(dim=1, keepdim=True)
        return (x - mean) / (deviation + 1e-5), mean, deviation

    def encode(self, x: Tensor) -> Encoding:
        """Return pre-activations and codes, both (B, F), of vectors (B, D).

        Raises:
            UserError: `x` is not (B, D).
        """
        pre = self.pre_activations(self.prepare(x)[0])
        selection = self.active(pre)
        codes = torch.zeros_like(pre)
        codes[selection.rows, selection.columns] = pre[selection.rows, selection.columns]
        return Encoding(pre, codes)

    def encode_sparse(self, x: Tensor) -> tuple[Tensor, Selection]:
        """Return the active entries (n,) of the codes of vectors (B, D), and where they are."""
        pre = self.pre_activations(self.prepare(x)[0])
        selection = self.active(pre)
        return pre[selection.rows, selection.columns], selection

    def decode(self, codes: Tensor) -> Tensor:
        """Return (B, D), the sum of decoder rows weighted by codes (B, F), and the decoder's bias."""
        return codes @ self.W_dec + self.b_dec

    def forward(self, x: Tensor) -> Tensor:
        """Return the reconstructions (B, D) of vectors (B, D)."""
        inputs, mean, scale = self.prepare(x)
        pre = self.pre_activations(inputs)
        selection = self.active(pre)
        values = pre[selection.rows, selection.columns]
        decoded = sparse_decode(values, self.W_dec, selection) + self.b_dec
        return decoded * scale + mean

    def pre_activations(self, inputs: Tensor) -> Tensor:
        """Return (B, F) of inputs (B, D) that went through `prepare`."""
        return (inputs - self.b_dec) @ self.encoder.T + self.b_enc

    def active(self, pre: Tensor) -> Selection:
        """Return which pre-activations (B, F) stay once training is over."""
        if self.config.architecture == "topk":
            return largest_of_rows(pre, self.config.k)
        return select(pre, self.threshold.to(pre.dtype))

    @torch.no_grad()
    def normalise_decoder(self) -> None:
        """Give the decoder's rows unit norm again after a step."""
        self.W_dec.div_(self.W_dec.norm(dim=1, keepdim=True))

    @torch.no_grad()
    def remove_parallel_gradient(self) -> None:
        """Take off the decoder's gradient what would only change the length of its rows."""
        gradient = self.W_dec.grad
        if gradient is not None:
            gradient -= (gradient * self.W_dec).sum(dim=1, keepdim=True) * self.W_dec


def largest_of_rows(pre: Tensor, k: int) -> Selection:
    """Select the k largest pre-activations of each row, the positive ones of them."""
    smallest = torch.finfo(pre.dtype).smallest_normal
    return select(pre, kth_largest(pre, k).clamp(min=smallest), inclusive=True)


def largest_of_batch(pre: Tensor, k: int) -> tuple[Selection, Tensor]:
    """Select the k B largest pre-activations of a batch (B, F), the positive ones of them.

    Returns:
        the selection, and its smallest entry, (1,), at which the batch was cut.
    """
    smallest = torch.finfo(pre.dtype).smallest_normal
    limit = kth_largest(pre.reshape(-1), k * len(pre)).clamp(min=smallest)
    return select(pre, limit, inclusive=True), limit
