"""One door to the methods that fill `TokenContributions`, and what their words weigh in a pair."""

import numpy as np

from engine.attribution.contributions import TokenContributions
from engine.attribution.integrated_jacobians import integrated_jacobians
from engine.attribution.leave_one_out import leave_one_out
from engine.attribution.output_layer import output_layer
from engine.attribution.pair import PairExplanation, orthonormal_rows, sum_over
from engine.attribution.request import Method
from engine.encoder import Encoder, FloatArray, TokenizedText
from engine.jobs import Job


def contributions_by(
    method: Method,
    encoder: Encoder,
    text: TokenizedText,
    layer: int = 0,
    tolerance: float = 2e-3,
    basis: FloatArray | None = None,
    job: Job | None = None,
) -> TokenContributions:
    """Return a text's contributions by the method named.

    Args:
        method: "integrated-jacobians", "leave-one-out" or "output-layer".
        encoder: the model.
        text: tokenized by it.
        layer: read by integrated Jacobians only, as are
        tolerance: the relative error of the integration, and
        basis: (R, D), see `integrated_jacobians`.
        job: progress and cancellation.

    Raises:
        UserError: the model does not admit the method, or memory ran out.
    """
    if method == "leave-one-out":
        return leave_one_out(encoder, text, job)
    if method == "output-layer":
        return output_layer(encoder, text, job)
    return integrated_jacobians(encoder, text, layer, tolerance, basis, job)


def query_total(pair: PairExplanation) -> FloatArray:
    """Return the vector (D,) that turns the candidate's contributions into their column sums.

    It is the sum of the query's vectors. A query known only within the span of the candidate's vectors
    says nothing of other directions; by completeness its whole sum is what separates the query from its
    reference.
    """
    query = pair.query
    if query.basis is None:
        return np.asarray(pair.query_vectors.sum(axis=0), dtype=np.float32)
    total = query.embedding.astype(np.float64) - query.reference
    if pair.references == "projected":
        span = orthonormal_rows(np.stack([query.padding, pair.candidate.padding]))
        total -= (span @ total) @ span
    if pair.similarity == "cosine":
        total /= np.linalg.norm(query.embedding)
    return np.asarray(total, dtype=np.float32)


def word_importance_by(
    method: Method, encoder: Encoder, pair: PairExplanation, layer: int = 0, job: Job | None = None
) -> FloatArray:
    """Return what the candidate's words would weigh, (words,), had its contributions come from `method`.

    The pair's query and references stay. Only one direction of the embedding space matters then, so
    integrated Jacobians need one backward pass a node.

    Args:
        method: "integrated-jacobians", "leave-one-out" or "output-layer".
        encoder: the model.
        pair: an explanation of the query and the candidate by any method.
        layer: read by integrated Jacobians only.
        job: progress and cancellation.

    Raises:
        UserError: the model does not admit the method, or memory ran out.
    """
    total = query_total(pair)
    direction = total / max(float(np.linalg.norm(total)), 1e-12)
    text = pair.candidate.text
    contributions = contributions_by(method, encoder, text, layer, basis=direction[None], job=job)
    columns = contributions.vectors @ total
    if pair.similarity == "cosine":
        columns /= max(float(np.linalg.norm(contributions.embedding)), 1e-12)
    return sum_over(columns, text.words)
