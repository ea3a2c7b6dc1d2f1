"""Output-layer decomposition: the embedding as the weighted sum that pooling makes of token states.

Exact for mean pooling: e = sum_i w_i h_i / |sum_i w_i h_i|, so the share of token i is its own state. It
says where the information sits in the last layer, not which word brought it there.
"""

import time

import numpy as np
import torch
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

from engine.attribution.contributions import TokenContributions, completeness_error
from engine.encoder import Encoder, FloatArray, TokenizedText
from engine.errors import UserError
from engine.jobs import Job

METHOD = "output-layer"


def output_layer(encoder: Encoder, text: TokenizedText, job: Job | None = None) -> TokenContributions:
    """Return each token's share of a mean-pooled embedding; the reference is zero.

    Raises:
        UserError: the model does not pool by a mean, or does more than normalize afterwards.
    """
    start, job = time.perf_counter(), job or Job()
    job.step("decomposing the output layer", 0)
    modules = list(encoder.model)[1:]
    means = ("mean", "mean_sqrt_len_tokens")
    if not (
        isinstance(modules[0], Pooling)
        and modules[0].pooling_mode in means
        and all(isinstance(module, Normalize) for module in modules[1:])
    ):
        raise UserError(
            f"output-layer decomposition needs mean pooling, but {encoder.info.name} pools by "
            f"{encoder.info.pooling}; choose integrated-jacobians or leave-one-out"
        )
    states, mask = encoder.token_states(text)
    pooled = mask.to(states.dtype)
    weights = pooled / (pooled.sum() if modules[0].pooling_mode == "mean" else pooled.sum().sqrt())
    shares = states * weights[:, None]
    if len(modules) > 1:
        shares = shares / torch.linalg.vector_norm(shares.sum(dim=0))
    vectors: FloatArray = shares[:, : encoder.info.dimension].float().cpu().numpy()
    embedding = encoder.embed([text])[0]
    zero = np.zeros_like(embedding)
    job.step("decomposed", 1)
    return TokenContributions(
        text=text,
        vectors=vectors,
        embedding=embedding,
        reference=zero,
        padding=encoder.reference_embedding(text),
        error=completeness_error(vectors, embedding, zero),
        nodes=0,
        method=METHOD,
        layer=0,
        seconds=time.perf_counter() - start,
    )
