"""The programs measured against, called as their own documentation does. The engine is not imported."""

from __future__ import annotations

import time
from typing import Any

from tests.benchmarks.measuring import peak_memory

RETRIVEX_DEFAULT_STEPS = 250


def retrivex(folder: str, query: str, candidate: str, steps: int) -> dict[str, Any]:
    """One explanation by retrivex 0.1.0: its seconds, its token matrix, the peak memory of the process."""
    from retrivex.stransformers import IntJacobianExplainableTransformer

    model = IntJacobianExplainableTransformer(folder, device="cpu")
    start = time.perf_counter()
    matrix, *_ = model.explain(query, candidate, num_interpolation_steps=steps, show_progress=False)
    return {
        "seconds": time.perf_counter() - start,
        "matrix": matrix.tolist(),
        "peak": peak_memory(),
    }


def captum_word_importance(
    network: Any, ids: list[int], padded: list[int], fixed: Any, steps: int, rule: str = "gausslegendre"
) -> Any:
    """Token importance (S,) by Captum's LayerIntegratedGradients.

    Args:
        network: a transformers BERT, mean-pooled and normalized here.
        ids: token ids of the text.
        padded: the same with padding in place of all but the specials.
        fixed: (D,) unit embedding of the other side.
        steps: nodes on the path.
        rule: Captum's name of the quadrature, by default its own default.
    """
    import torch
    from captum.attr import LayerIntegratedGradients

    def score(batch: Any) -> Any:
        pooled = network(batch).last_hidden_state.mean(dim=1)
        return torch.nn.functional.normalize(pooled, dim=1) @ fixed

    attributions = LayerIntegratedGradients(score, network.embeddings).attribute(
        torch.tensor([ids]), baselines=torch.tensor([padded]), n_steps=steps, method=rule
    )
    return attributions[0].sum(dim=1).detach().numpy()
