"""The numbers of a match taken apart into concepts, as JSON that scripts rely on."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from engine.concepts.erasure import ErasureTest, Spread
from engine.concepts.explanation import ConceptExplanation
from engine.concepts.flow import FlowSide
from engine.encoder import ModelInfo
from engine.report.data import APP, model_data, text_data
from engine.spreadsheet import csv_text


def json_concepts(explanation: ConceptExplanation, model: ModelInfo) -> str:
    """Return the JSON of a concept explanation, one line with a line feed at its end.

    Raises:
        ValueError: a number is not finite, so that the result would not be JSON.
    """
    data = concepts_data(explanation)
    whole = {
        "app": APP,
        "model": model_data(model),
        "sae": data.pop("sae"),
        "kind": data.pop("kind"),
        "query": text_data(explanation.flow.query.text),
        "candidate": text_data(explanation.flow.candidate.text),
        **data,
    }
    return json.dumps(whole, ensure_ascii=False, allow_nan=False) + "\n"


def concepts_data(explanation: ConceptExplanation) -> dict[str, Any]:
    """Return a concept explanation as plain lists, numbers and strings, without its texts.

    The four terms of `ledger` sum to `similarity`, the contributions of `features` to the first two. For
    each feature the shares of its `query_tokens` and `query_outside`, what no token brings, sum to its
    contribution; so do those of the candidate. A token's `activation` is what it adds to the feature's
    pre-activation. Where a text is long, features past the 24th have no tokens. Of a folded ledger a row
    is a family: `feature` is its strongest member, and `members` are all, strongest first.
    """
    ledger = explanation.ledger
    return {
        "sae": explanation.dictionary,
        "kind": ledger.kind,
        "similarity": ledger.similarity,
        "ledger": {
            "shared": ledger.shared,
            "one_sided": ledger.one_sided,
            "bias": ledger.bias,
            "residual": ledger.residual,
        },
        "features": [_feature_data(explanation, row) for row in range(len(ledger.features))],
        "erasure": _erasure_data(explanation.erasure),
    }


def concepts_tables(concepts: Mapping[int, ConceptExplanation]) -> dict[str, str]:
    """Return the CSV tables "concepts" and "concept_ledger"; none where there are no concepts.

    Args:
        concepts: by the place of the candidate, from 0; its column `candidate` counts from 1.
    """
    if not concepts:
        return {}
    terms = ("similarity", "shared", "one_sided", "bias", "residual")
    columns = ("feature", "label", "shared", "contribution", "query_activation", "candidate_activation")
    return {
        "concepts": csv_text(
            ("candidate", *columns),
            (
                (place + 1, *(row[name] for name in columns))
                for place, one in concepts.items()
                for row in concepts_data(one)["features"]
            ),
        ),
        "concept_ledger": csv_text(
            ("candidate", *terms),
            ((place + 1, *(getattr(one.ledger, name) for name in terms)) for place, one in concepts.items()),
        ),
    }


def _feature_data(explanation: ConceptExplanation, row: int) -> dict[str, Any]:
    ledger, flow = explanation.ledger, explanation.flow
    feature, contribution = int(ledger.features[row]), float(ledger.contributions[row])
    data: dict[str, Any] = {
        "feature": feature,
        "label": explanation.names[feature],
        "contribution": contribution,
        "shared": bool(ledger.on_both[row]),
        "query_activation": float(ledger.query_activations[row]),
        "candidate_activation": float(ledger.candidate_activations[row]),
    }
    if ledger.members:
        data["members"] = ledger.members[row].tolist()
    for name, side in (("query", flow.query), ("candidate", flow.candidate)):
        tokens = _tokens_data(side, row) if row < len(flow.features) else []
        data[f"{name}_tokens"] = tokens
        data[f"{name}_outside"] = contribution - sum(token["share"] for token in tokens)
    return data


def _tokens_data(side: FlowSide, row: int) -> list[dict[str, Any]]:
    return [
        {"token": token, "span": list(span) if span else None, "share": share, "activation": activation}
        for token, span, share, activation in zip(
            side.text.tokens,
            side.text.spans,
            side.bands[:, row].tolist(),
            side.activations[:, row].tolist(),
            strict=True,
        )
    ]


def _erasure_data(test: ErasureTest) -> dict[str, Any]:
    return {
        "features": test.features.tolist(),
        "erased": test.erased,
        "drop": test.drop,
        "kept": test.kept,
        "random_drop": _spread_data(test.random_drop),
        "random_kept": _spread_data(test.random_survival),
        "draws": len(test.random_erased),
        "draws_erased": test.random_erased.tolist(),
        "draws_kept": test.random_kept.tolist(),
    }


def _spread_data(spread: Spread | None) -> dict[str, float] | None:
    return None if spread is None else asdict(spread)
