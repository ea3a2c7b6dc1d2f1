"""What can be asked about a query and its candidates.

Nothing heavy is imported here, so that a request can be made while the engine is still being loaded.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from engine.errors import UserError

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

    def check(self) -> None:
        """Refuse what no model could answer, before one is loaded.

        Raises:
            UserError: no candidate, a blank text, an unknown setting, a tolerance out of range.
        """
        if not self.candidates:
            raise UserError("there is no candidate; give at least one")
        for name, text in (("query", self.query), *(("candidate", text) for text in self.candidates)):
            if not text.strip():
                raise UserError(f"{name}: the text is empty; write at least one word")
        known: tuple[tuple[str, str, tuple[str, ...]], ...] = (
            ("method", self.method, METHODS),
            ("references", self.references, REFERENCES),
            ("similarity", self.similarity, SIMILARITIES),
        )
        for name, value, choices in known:
            if value not in choices:
                raise UserError(f"unknown {name} {value!r}; choose one of {', '.join(choices)}")
        if not 1e-6 <= self.tolerance <= 0.5:
            raise UserError(f"tolerance {self.tolerance:g} is out of range; choose one from 1e-6 to 0.5")
