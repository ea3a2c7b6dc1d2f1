"""How good a sparse autoencoder is, measured without labels or a language model."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.sparse import kth_largest

_ROWS = 2048


@dataclass(frozen=True)
class Reconstruction:
    """How well vectors are rebuilt.

    Attributes:
        fvu: fraction of variance unexplained: sum of squared errors over that of distances to the mean.
        cosine: mean cosine of a vector and its reconstruction.
        l0: active features a vector, on average.
        fire_rate: (F,) share of the vectors on which each feature is active.
    """

    fvu: float
    cosine: float
    l0: float
    fire_rate: npt.NDArray[np.float64]

    @property
    def dead_fraction(self) -> float:
        """Share of the features that are active on none of these vectors."""
        return float((self.fire_rate == 0).mean())


@torch.no_grad()
def evaluate(sae: SparseAutoencoder, x: Tensor) -> Reconstruction:
    """Measure the reconstruction of vectors `x` (N, D); sums are kept in float64.

    Raises:
        UserError: `x` does not have the dimension of the SAE.
    """
    squares, cosines = 0.0, 0.0
    fired = torch.zeros(sae.config.features, dtype=torch.int64)
    for rows in x.split(_ROWS):
        rebuilt = sae(rows)
        _, selection = sae.encode_sparse(rows)
        fired += torch.bincount(selection.columns.cpu(), minlength=sae.config.features)
        squares += float((rows - rebuilt).square().sum(dtype=torch.float64))
        cosines += float((normalize(rows) * normalize(rebuilt)).sum(dtype=torch.float64))
    return Reconstruction(
        fvu=squares / _spread(x),
        cosine=cosines / len(x),
        l0=float(fired.sum()) / len(x),
        fire_rate=(fired.double() / len(x)).numpy(),
    )


def _spread(x: Tensor) -> float:
    """Return the summed squared distance of vectors (N, D) to their mean."""
    mean = x.mean(dim=0, dtype=torch.float64).to(x.dtype)
    return sum(float((rows - mean).square().sum(dtype=torch.float64)) for rows in x.split(_ROWS))


@torch.no_grad()
def neighbour_agreement(sae: SparseAutoencoder, x: Tensor, neighbours: int = 10) -> float:
    """Return the recall of nearest neighbours by cosine, before against after reconstruction.

    Args:
        sae: the autoencoder.
        x: (N, D) vectors, more than `neighbours`; each is left out of its own neighbours.
        neighbours: how many count, 10 by default.

    Returns:
        0 to 1: the share of a vector's neighbours that are among its reconstruction's neighbours in the
        set of reconstructions, on average.
    """
    return shared_neighbours(x, torch.cat([sae(rows) for rows in x.split(_ROWS)]), neighbours)


def shared_neighbours(x: Tensor, rebuilt: Tensor, neighbours: int = 10) -> float:
    """Return `neighbour_agreement` of vectors (N, D) with reconstructions (N, D) made in any way."""
    shared = 0
    pairs = zip(_nearest(x, neighbours), _nearest(rebuilt, neighbours), strict=True)
    for before, after in pairs:
        shared += int((before[:, :, None] == after[:, None, :]).sum())
    return shared / (len(x) * neighbours)


def _nearest(x: Tensor, count: int) -> Iterator[Tensor]:
    unit = normalize(x)
    for start in range(0, len(x), 512):
        similarity = unit[start : start + 512] @ unit.T
        own = torch.arange(len(similarity))
        similarity[own, start + own] = -torch.inf
        yield similarity.topk(count, dim=1).indices


@torch.no_grad()
def decoder_redundancy(sae: SparseAutoencoder, alive: Tensor | None = None) -> npt.NDArray[np.float64]:
    """Return, for each feature, its largest cosine with another feature's decoder row.

    Args:
        sae: the autoencoder, of at least two features.
        alive: (F,) bool, features to compare; all by default.
    """
    rows = _decoder_rows(sae, alive)
    return _largest_cosines(rows, rows, own=True)


@torch.no_grad()
def stability(
    first: SparseAutoencoder,
    second: SparseAutoencoder,
    alive: Tensor | None = None,
    second_alive: Tensor | None = None,
) -> npt.NDArray[np.float64]:
    """Return, for each feature of `first`, its largest cosine with a decoder row of `second`.

    The mean over features trained from two seeds tells how far they are a matter of chance (mean maximum
    cosine similarity, Sharkey et al. 2022).

    Args:
        first: an autoencoder.
        second: another one over vectors of the same model.
        alive: (F,) bool, features of `first` to compare; all by default.
        second_alive: the same of `second`.
    """
    return _largest_cosines(_decoder_rows(first, alive), _decoder_rows(second, second_alive), own=False)


def _decoder_rows(sae: SparseAutoencoder, alive: Tensor | None) -> Tensor:
    rows = sae.W_dec if alive is None else sae.W_dec[alive]
    return normalize(rows.detach())


def _largest_cosines(left: Tensor, right: Tensor, own: bool) -> npt.NDArray[np.float64]:
    result = []
    for start in range(0, len(left), 512):
        cosines = left[start : start + 512] @ right.T
        if own:
            at = torch.arange(len(cosines))
            cosines[at, start + at] = -torch.inf
        result.append(cosines.max(dim=1).values)
    return torch.cat(result).double().numpy()


def random_control(sae: SparseAutoencoder, x: Tensor, seed: int = 0) -> SparseAutoencoder:
    """Return an untrained SAE of the same size whose features fire as often, on average.

    Directions are random and encoder and decoder are tied. One threshold for all features makes as many
    of them active on `x` (N, D) as are active in `sae`.
    """
    active = max(1, round(evaluate(sae, x).l0 * len(x)))
    config = SAEConfig(
        "jumprelu",
        sae.config.input_dim,
        sae.config.features,
        target_l0=active / len(x),
        layer_norm=sae.config.layer_norm,
        seed=seed,
    )
    control = SparseAutoencoder(config)
    with torch.no_grad():
        inputs = control.prepare(x)[0]
        control.b_dec.copy_(inputs.mean(dim=0))
        pre = control.pre_activations(inputs).reshape(-1)
        control.threshold.fill_(float(kth_largest(pre, min(active, pre.numel()))))
    return control


@dataclass(frozen=True)
class PrincipalComponents:
    """The best linear reconstruction with as many numbers a vector as an SAE has active features.

    Attributes:
        fvu: fraction of variance unexplained.
        cosine: mean cosine of a vector and its reconstruction.
        components: how many were kept.
    """

    fvu: float
    cosine: float
    components: int


def principal_axes(train: Tensor, components: int) -> tuple[Tensor, Tensor]:
    """Return the mean (D,) of vectors (M, D) and their leading principal axes (D, K), float64.

    Args:
        train: the vectors.
        components: how many axes to keep, K, at most D; more are cut down to D.
    """
    mean = train.double().mean(dim=0)
    centred = train.double() - mean
    # Ascending order: the last eigenvectors carry the most variance.
    axes = torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1)
    return mean, axes[:, :components]


def principal_components(train: Tensor, x: Tensor, components: int) -> PrincipalComponents:
    """Rebuild vectors `x` (N, D) from the leading principal components of `train` (M, D).

    Args:
        train: the vectors whose components are taken.
        x: the vectors to rebuild.
        components: how many to keep, at most D; more are cut down to D.
    """
    mean, axes = principal_axes(train, components)
    squares, cosines = 0.0, 0.0
    for rows in x.double().split(_ROWS):
        rebuilt = (rows - mean) @ axes @ axes.T + mean
        squares += float((rows - rebuilt).square().sum())
        cosines += float((normalize(rows) * normalize(rebuilt)).sum())
    return PrincipalComponents(squares / _spread(x), cosines / len(x), axes.shape[1])
