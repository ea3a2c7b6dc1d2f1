"""The table of features and the page of one feature, as JSON that scripts rely on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from engine.concepts.alignment import Alignment
from engine.concepts.coactivation import Neighbour
from engine.concepts.examples import Example
from engine.concepts.labels import MachineLabel, label_data
from engine.concepts.page import FeaturePage
from engine.concepts.table import FeatureTable
from engine.report.plain import finite


def json_table(table: FeatureTable, features: Sequence[int], matched: Mapping[int, str]) -> str:
    """Return rows of the table as JSON, one object a feature under the names of `label --json`.

    Args:
        table: of all features.
        features: which rows, in their order.
        matched: of a search: by what each was found, "words" or "meaning".
    """
    rows = [_row(table, feature) for feature in features]
    for row in rows:
        if row["feature"] in matched:
            row["matched"] = matched[row["feature"]]
    return _text(rows)


def json_page(page: FeaturePage, labels: Sequence[str]) -> str:
    """Return everything about one feature as JSON; arguments as of `page_data`."""
    return _text(page_data(page, labels))


def page_data(page: FeaturePage, labels: Sequence[str]) -> dict[str, Any]:
    """Return everything about one feature as plain lists, numbers and strings.

    Args:
        page: of the feature.
        labels: names of all features, for its neighbours.
    """
    said = page.annotation
    return {
        "feature": page.feature,
        "label": page.name or None,
        **_machine(page.machine),
        "fire_rate": page.fire_rate,
        "documents": page.documents,
        "threshold": page.threshold,
        "group": said.group,
        "starred": said.starred,
        "note": said.note,
        "family": {
            "head": page.head,
            "size": page.family_size,
            "ratio": finite(page.family_ratio),
            "parent": page.parent,
            "children": list(page.children),
        },
        "top": [_example(example) for example in page.examples.top],
        "quantiles": [_example(example) for example in page.examples.quantiles],
        "near_misses": [_example(example) for example in page.examples.near_misses],
        "histogram": {
            "counts": page.histogram.counts.tolist(),
            "edges": page.histogram.edges.tolist(),
        },
        "similar": [_neighbour(one, "cosine", labels) for one in page.similar],
        "coactive": [_neighbour(one, "phi", labels) for one in page.coactive],
        "metadata": None if page.alignment is None else _alignment(page.alignment),
    }


def _text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _row(table: FeatureTable, feature: int) -> dict[str, Any]:
    family = int(table.family[feature])
    return {
        "feature": feature,
        "label": table.labels[feature] or None,
        **_machine(table.machine[feature]),
        "fire_rate": float(table.fire_rate[feature]),
        "family": family if family >= 0 else None,
        "group": table.groups[feature] or None,
        "starred": bool(table.starred[feature]),
        "note": table.notes[feature],
    }


def _machine(label: MachineLabel | None) -> dict[str, Any]:
    if label is None:
        return {"machine_label": None, "reason": "", "keywords": [], "score": None}
    data = label_data(label)
    return {
        "machine_label": data["label"],
        "reason": data["reason"],
        "keywords": data["keywords"],
        "score": data["score"],
    }


def _example(example: Example) -> dict[str, Any]:
    document = example.document
    data: dict[str, Any] = {"id": document.name, "text": document.text, "activation": example.activation}
    if example.band is not None:
        data["band"] = example.band
    return {**data, "metadata": document.metadata}


def _neighbour(one: Neighbour, measure: str, labels: Sequence[str]) -> dict[str, Any]:
    return {
        "feature": one.feature,
        "label": labels[one.feature] or None,
        measure: one.value,
        "documents": one.together,
    }


def _alignment(alignment: Alignment) -> dict[str, Any]:
    return {
        "values": [asdict(value) for value in alignment.values],
        "tested": alignment.tested,
        "skipped": dict(alignment.skipped),
    }
