"""The currency of the engine: one vector per token, whose sum explains an embedding."""

from dataclasses import dataclass, field

import numpy as np

from engine.encoder import FloatArray, TokenizedText


@dataclass(frozen=True)
class TokenContributions:
    """A text's embedding as a sum over its tokens, `e(x) = e(r) + sum_i G[i] + residual`.

    Every additive explanation of a bi-encoder is a small matrix product with `vectors`.

    Attributes:
        text: the text, its tokens and spans.
        vectors: G, (S, D), the contribution of each token. If `basis` is given, only its part within
            the span of the basis, which is all that products with vectors of that span need.
        embedding: e(x), (D,), as the model gives it (unit norm only if the model normalizes).
        reference: e(r), (D,), what the contributions start from; zeros for a method without reference.
        padding: embedding (D,) of the padding reference, which pair explanations project out.
        error: relative completeness error |sum G - (e(x) - e(r))| / |e(x) - e(r)|, within the basis.
        nodes: quadrature nodes used, 0 for methods without quadrature.
        method: "integrated-jacobians", "leave-one-out" or "output-layer".
        layer: the layer whose inputs were varied; for methods that vary none, 0.
        seconds: wall time spent.
        basis: (R, D) orthonormal rows, or None if the vectors are whole.
    """

    text: TokenizedText
    vectors: FloatArray
    embedding: FloatArray
    reference: FloatArray
    padding: FloatArray
    error: float
    nodes: int
    method: str
    layer: int
    seconds: float
    basis: FloatArray | None = field(default=None)


def completeness_error(
    vectors: FloatArray, embedding: FloatArray, reference: FloatArray, basis: FloatArray | None = None
) -> float:
    """Return |sum G - (e(x) - e(r))| / |e(x) - e(r)|; with a basis, both sides projected onto it.

    Completeness is the axiom of integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365):
    contributions add up to what they explain. Where the text is its own reference there is nothing to
    explain, and the error is relative to a ten-thousandth of the embedding.
    """
    target = embedding.astype(np.float64) - reference
    missing = vectors.astype(np.float64).sum(axis=0) - target
    if basis is not None:
        target, missing = basis @ target, basis @ missing
    least = max(1e-4 * float(np.linalg.norm(embedding)), 1e-12)
    return float(np.linalg.norm(missing) / max(float(np.linalg.norm(target)), least))
