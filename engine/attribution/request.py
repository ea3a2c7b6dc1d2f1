"""What can be asked about a query and its candidates.

Nothing heavy is imported here, so that a request can be made while the engine is still being loaded.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Method = Literal["integrated-jacobians", "leave-one-out", "output-layer"]
References = Literal["projected", "shared"]
Similarity = Literal["cosine", "dot"]
Unit = Literal["raw", "percent", "norm"]
METHODS: tuple[Method, ...] = get_args(Method)
REFERENCES: tuple[References, ...] = get_args(References)
SIMILARITIES: tuple[Similarity, ...] = get_args(Similarity)
UNITS: tuple[Unit, ...] = get_args(Unit)


@dataclass(frozen=True)
class ExplainRequest:
    """Everything that an explanation depends on, besides the model.

    Attributes:
        query: the query's text.
        candidates: one or more candidate texts.
        method: "integrated-jacobians" (default), "leave-one-out" or "output-layer".
        layer: the layer whose inputs are varied, 0 by default; only integrated Jacobians read it.
        references: "projected" (default) or "shared".
        similarity: "cosine" (default) or "dot".
        tolerance: relative error of the integration, 0.002 by default.
        faithfulness: whether each explanation is tested by re-encoding, True by default.
        preview: whether a quick explanation from a deeper layer comes first where the whole takes long.
    """

    query: str
    candidates: tuple[str, ...]
    method: Method = "integrated-jacobians"
    layer: int = 0
    references: References = "projected"
    similarity: Similarity = "cosine"
    tolerance: float = 2e-3
    faithfulness: bool = True
    preview: bool = False
