"""The training loss of each architecture, for one batch.

Reconstruction errors are divided by the variance of the inputs, so the first term is the batch's fraction
of variance unexplained. Codes stay sparse throughout, except for vanilla, which starts half dense.
"""

from itertools import accumulate
from typing import Any, NamedTuple

import torch
from torch import Tensor

from engine.sae.architectures import SparseAutoencoder, largest_of_batch, largest_of_rows
from engine.sae.sparse import Selection, gather_pre_activations, select, sparse_decode


class StepLoss(NamedTuple):
    """What one batch gives.

    Attributes:
        loss: scalar, to call `backward` on.
        fvu: scalar, squared error over the variance of the inputs.
        l0: scalar, active features a row.
        fired: (F,) bool, features active in at least one row.
        cut: (1,) where the batch was cut (batchtopk, matryoshka), else None.
    """

    loss: Tensor
    fvu: Tensor
    l0: Tensor
    fired: Tensor
    cut: Tensor | None


class _Codes(NamedTuple):
    values: Tensor
    selection: Selection
    active: Tensor
    cut: Tensor | None


def training_loss(
    sae: SparseAutoencoder, x: Tensor, variance: float, dead: Tensor, sparsity: float = 1.0
) -> StepLoss:
    """Return the loss of a batch.

    Args:
        sae: the autoencoder in training.
        x: (B, D) vectors.
        variance: mean squared distance of the training vectors to their mean, the scale of the loss.
        dead: (F,) bool: features that learn the residual because they have not fired for long.
        sparsity: 0 to 1, by which the L1 and L0 penalties are warmed up.
    """
    inputs = sae.prepare(x)[0]
    if sae.config.architecture == "vanilla":
        return _vanilla_loss(sae, inputs, variance, dead, sparsity)
    with torch.no_grad():
        pre = sae.pre_activations(inputs)
    codes = _training_codes(sae, inputs, pre)
    reconstruction, errors = _reconstruct(sae, inputs, codes)
    loss = errors / (len(inputs) * variance)
    l0 = codes.active.sum() / len(inputs)
    if sae.config.architecture == "jumprelu":
        threshold = sae.threshold[codes.selection.columns]
        counted = _Step.apply(codes.values, threshold, sae.config.bandwidth).sum() / len(inputs)
        values = sae.config.l0_weight * (counted / sae.config.target_l0 - 1) ** 2
        loss = loss + sparsity * values
    residual = (inputs - reconstruction).detach()
    fired = torch.zeros(sae.config.features, dtype=torch.bool, device=x.device)
    fired[codes.selection.columns[codes.active]] = True
    return StepLoss(
        loss + auxiliary_loss(sae, inputs, residual, dead) / variance,
        residual.square().sum() / (len(inputs) * variance),
        l0,
        fired,
        codes.cut,
    )


def _vanilla_loss(
    sae: SparseAutoencoder, inputs: Tensor, variance: float, dead: Tensor, sparsity: float
) -> StepLoss:
    codes = sae.pre_activations(inputs).relu()
    residual = inputs - sae.decode(codes)
    fvu = residual.square().sum() / (len(inputs) * variance)
    penalty = sae.config.l1 * codes.sum() / (len(inputs) * variance**0.5)
    auxiliary = auxiliary_loss(sae, inputs, residual.detach(), dead) / variance
    active = codes.detach() > 0
    return StepLoss(
        fvu + sparsity * penalty + auxiliary,
        fvu.detach(),
        active.sum() / len(inputs),
        active.any(dim=0),
        None,
    )


def _training_codes(sae: SparseAutoencoder, inputs: Tensor, pre: Tensor) -> _Codes:
    """Return the codes of a batch, with gradients to the encoder."""
    config, cut = sae.config, None
    if config.architecture == "topk":
        selection = largest_of_rows(pre, config.k)
    elif config.architecture == "jumprelu":
        # The estimator also needs the entries just below their threshold; their codes are 0.
        selection = select(pre, sae.threshold - config.bandwidth / 2)
    else:
        selection, cut = largest_of_batch(pre, config.k)
    values = gather_pre_activations(inputs, sae.encoder, sae.b_enc, sae.b_dec, pre, selection)
    active = torch.ones_like(values, dtype=torch.bool)
    if config.architecture == "jumprelu":
        active = (values > sae.threshold[selection.columns]).detach()
    return _Codes(values, selection, active, cut)


def _reconstruct(sae: SparseAutoencoder, inputs: Tensor, codes: _Codes) -> tuple[Tensor, Tensor]:
    """Return the reconstruction (B, D) and the summed squared error, averaged over nested prefixes."""
    values = codes.values
    if sae.config.architecture == "jumprelu":
        threshold = sae.threshold[codes.selection.columns]
        values = _JumpReLU.apply(values, threshold, sae.config.bandwidth)
    if sae.config.architecture != "matryoshka":
        reconstruction = sparse_decode(values, sae.W_dec, codes.selection) + sae.b_dec
        return reconstruction, (inputs - reconstruction).square().sum()
    reconstruction = sae.b_dec.expand_as(inputs)
    errors = inputs.new_zeros(())
    for size, end in zip(sae.config.groups, accumulate(sae.config.groups), strict=True):
        columns = codes.selection.columns
        inside = (columns >= end - size) & (columns < end)
        part = codes.selection.where(inside)
        reconstruction = reconstruction + sparse_decode(values[inside], sae.W_dec, part)
        errors = errors + (inputs - reconstruction).square().sum()
    return reconstruction, errors / len(sae.config.groups)


def auxiliary_loss(sae: SparseAutoencoder, inputs: Tensor, residual: Tensor, dead: Tensor) -> Tensor:
    """Return the weighted mean squared error of the residual rebuilt by dead features alone.

    The largest D / 2 dead pre-activations of each row are used, without the decoder's bias, which the
    residual already lacks (Gao et al. 2024, arXiv:2406.04093, appendix A.2).

    Args:
        sae: the autoencoder in training.
        inputs: (B, D), prepared.
        residual: (B, D), detached: the live features do not learn from this.
        dead: (F,) bool.
    """
    count = int(dead.sum())
    if count == 0 or sae.config.auxiliary_weight == 0:
        return residual.new_zeros(())
    pre = (inputs - sae.b_dec.detach()) @ sae.encoder[dead].T + sae.b_enc[dead]
    top = pre.relu().topk(min(count, max(1, sae.config.input_dim // 2)), dim=1, sorted=False)
    codes = torch.zeros_like(pre).scatter(1, top.indices, top.values)
    errors = (residual - codes @ sae.W_dec[dead]).square().sum()
    return sae.config.auxiliary_weight * errors / len(inputs)


class _JumpReLU(torch.autograd.Function):
    """z H(z - threshold), with the threshold's gradient estimated in a window (arXiv:2407.14435, eq. 11)."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
        ctx.save_for_backward(values, threshold)
        ctx.bandwidth = bandwidth
        return values * (values > threshold)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        values, threshold = ctx.saved_tensors
        window = _window(values, threshold, ctx.bandwidth)
        return gradient * (values > threshold), -threshold * window * gradient, None


class _Step(torch.autograd.Function):
    """H(z - threshold), with the threshold's gradient estimated in a window (arXiv:2407.14435, eq. 12)."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
        ctx.save_for_backward(values, threshold)
        ctx.bandwidth = bandwidth
        return (values > threshold).to(values.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, None]:
        values, threshold = ctx.saved_tensors
        return None, -_window(values, threshold, ctx.bandwidth) * gradient, None


def _window(values: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
    """Return the rectangle kernel's density, 1 / bandwidth within half a bandwidth of the threshold."""
    return ((values - threshold).abs() < bandwidth / 2).to(values.dtype) / bandwidth
