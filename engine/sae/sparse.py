"""Sparse codes on the CPU: which entries are active, and matrix products that touch only those.

A batch of codes has about one active entry in a hundred, so the decoder and every gradient cost a few
milliseconds where a dense product costs a hundred. The gradients are written by hand because automatic
differentiation would make them dense. They equal the dense ones exactly, up to the order of summation.
"""

import functools
import warnings
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag


class Selection(NamedTuple):
    """Which entries of a (B, F) matrix are kept, in row-major order.

    Attributes:
        rows: (n,) int64.
        columns: (n,) int64.
        offsets: (B + 1,) int64: row i holds entries offsets[i] to offsets[i + 1].
        shape: (B, F).
    """

    rows: Tensor
    columns: Tensor
    offsets: Tensor
    shape: tuple[int, int]

    def where(self, kept: Tensor) -> "Selection":
        """Return the selection of the entries for which `kept` (n,) is true."""
        return _selection(self.rows[kept], self.columns[kept], self.shape)


def select(values: Tensor, limit: Tensor, inclusive: bool = False) -> Selection:
    """Select the entries of `values` (B, F) above `limit`, which broadcasts against it.

    Args:
        values: a matrix; no gradient flows through the choice.
        limit: any shape that broadcasts to (B, F).
        inclusive: whether entries equal to the limit are kept.
    """
    values, limit = values.detach(), limit.detach()
    if values.device.type == "cpu":
        compare = np.greater_equal if inclusive else np.greater
        flat = torch.from_numpy(np.flatnonzero(compare(values.numpy(), limit.numpy())))
    else:
        flat = torch.nonzero((values >= limit if inclusive else values > limit).view(-1)).view(-1)
    return _selection(flat // values.shape[1], flat % values.shape[1], (values.shape[0], values.shape[1]))


def _selection(rows: Tensor, columns: Tensor, shape: tuple[int, int]) -> Selection:
    return Selection(rows, columns, _offsets(rows, shape[0]), shape)


def _offsets(indices: Tensor, count: int) -> Tensor:
    offsets = torch.zeros(count + 1, dtype=torch.int64, device=indices.device)
    offsets[1:] = torch.bincount(indices, minlength=count).cumsum(0)
    return offsets


def kth_largest(values: Tensor, k: int) -> Tensor:
    """Return the k-th largest entry along the last axis, which is kept with length 1.

    Partition on the CPU is an order of magnitude faster than torch's top-k, and as exact.
    """
    values = values.detach()
    if values.device.type != "cpu":
        return values.topk(k, dim=-1, sorted=True).values[..., -1:]
    at = values.shape[-1] - k
    return torch.from_numpy(np.partition(values.numpy(), at, axis=-1)[..., at : at + 1].copy())


class _GatherPreActivations(torch.autograd.Function):
    """The selected entries of (x - b_dec) @ encoder.T + b_enc, computed beforehand."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        encoder: Tensor,
        b_enc: Tensor,
        b_dec: Tensor,
        pre: Tensor,
        selection: Selection,
    ) -> Tensor:
        ctx.save_for_backward(x, encoder, b_dec)
        ctx.selection = selection
        return pre.view(-1)[selection.rows * selection.shape[1] + selection.columns]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, encoder, b_dec = ctx.saved_tensors
        encoder_gradient = _transposed_product(ctx.selection, gradient, x - b_dec)
        b_enc_gradient = torch.zeros(encoder.shape[0], dtype=gradient.dtype, device=gradient.device)
        b_enc_gradient.index_add_(0, ctx.selection.columns, gradient)
        return None, encoder_gradient, b_enc_gradient, -(b_enc_gradient @ encoder), None, None


class _Decode(torch.autograd.Function):
    """codes @ W_dec for codes given by their selected entries."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, W_dec: Tensor, selection: Selection) -> Tensor:
        ctx.save_for_backward(values, W_dec)
        ctx.selection = selection
        return _product(selection, values, W_dec)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        values, W_dec = ctx.saved_tensors
        gradient = gradient.contiguous()
        return (
            _sampled_product(ctx.selection, gradient, W_dec),
            _transposed_product(ctx.selection, values, gradient),
            None,
        )


def gather_pre_activations(
    x: Tensor, encoder: Tensor, b_enc: Tensor, b_dec: Tensor, pre: Tensor, selection: Selection
) -> Tensor:
    """Return the selected pre-activations (n,), differentiable in the parameters but not in `x`.

    Args:
        x: (B, D) inputs.
        encoder: (F, D), one row a feature.
        b_enc: (F,).
        b_dec: (D,), taken off the inputs.
        pre: (B, F) pre-activations, already computed from the same arguments.
        selection: which of them to keep.
    """
    result: Tensor = _GatherPreActivations.apply(x, encoder, b_enc, b_dec, pre.detach(), selection)
    return result


def sparse_decode(values: Tensor, W_dec: Tensor, selection: Selection) -> Tensor:
    """Return codes @ W_dec, (B, D), for codes with `values` (n,) at the selected entries and 0 elsewhere."""
    result: Tensor = _Decode.apply(values, W_dec, selection)
    return result


def _product(selection: Selection, values: Tensor, matrix: Tensor) -> Tensor:
    return embedding_bag(
        selection.columns, matrix, selection.offsets[:-1], mode="sum", per_sample_weights=values
    )


def _transposed_product(selection: Selection, values: Tensor, matrix: Tensor) -> Tensor:
    """Return codes.T @ matrix, (F, D), for matrix (B, D)."""
    order = torch.argsort(selection.columns, stable=True)
    offsets = _offsets(selection.columns, selection.shape[1])
    return embedding_bag(
        selection.rows[order], matrix, offsets[:-1], mode="sum", per_sample_weights=values[order]
    )


def _sampled_product(selection: Selection, left: Tensor, right: Tensor) -> Tensor:
    """Return the selected entries (n,) of left (B, D) @ right.T (D, F)."""
    if not _samples_products(left.device):
        return (left @ right.T).view(-1)[selection.rows * selection.shape[1] + selection.columns]
    return _sampled_addmm(selection, left, right)


def _sampled_addmm(selection: Selection, left: Tensor, right: Tensor) -> Tensor:
    zeros = torch.zeros(len(selection.columns), dtype=left.dtype, device=left.device)
    pattern = torch.sparse_csr_tensor(
        selection.offsets, selection.columns, zeros, selection.shape, check_invariants=False
    )
    sampled: Tensor = torch.sparse.sampled_addmm(pattern, left, right.T, beta=0.0)
    return sampled.values()


@functools.cache
def _samples_products(device: torch.device) -> bool:
    """Try a tiny product: the operation is missing where torch is built without MKL.

    The trial also uses up torch's one-time warning that compressed sparse tensors are in beta.
    """
    one = torch.ones(1, 1, device=device)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _sampled_addmm(select(one, torch.zeros(1, device=device)), one, one)
        except RuntimeError:
            return False
    return True
