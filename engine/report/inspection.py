"""The numbers of an inspection, as JSON and as CSV tables."""

import json
from typing import Any

from engine.report.data import APP, exact, model_data, number_row, number_rows, text_data
from engine.retrieval.embedding_inspection import Inspection, TextInspection
from engine.spreadsheet import csv_text


def inspection_json(inspection: Inspection) -> str:
    """Return the JSON of an inspection, with a line feed at its end.

    `similarities` are cosines, `products` is `E @ E.T`; `order` puts similar texts side by side.
    """
    data = {
        "app": APP,
        "model": model_data(inspection.model),
        "pooling": inspection.pooling,
        "texts": [_text(inspection, text) for text in inspection.texts],
        "similarities": number_rows(inspection.cosines),
        "products": number_rows(inspection.products),
        "order": inspection.order.tolist(),
    }
    return json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n"


def inspection_tables(inspection: Inspection) -> dict[str, str]:
    """Return the CSV tables "tokens" and "similarities"; texts count from 1."""
    numbered = list(enumerate(inspection.texts, start=1))
    return {
        "tokens": csv_text(
            ("text", "index", "token", "id", "start", "end", "attention", "pooled", "norm"),
            (
                (number, index, token, id_, *(span or ("", "")), attended, pooled, exact(norm))
                for number, one in numbered
                for index, (token, id_, span, attended, pooled, norm) in enumerate(
                    zip(
                        one.text.tokens,
                        one.text.ids,
                        one.text.spans,
                        one.attention,
                        one.pooled,
                        one.norms,
                        strict=True,
                    )
                )
            ),
        ),
        "similarities": csv_text(
            ("text", "other", "cosine", "product"),
            (
                (i, j, exact(inspection.cosines[i - 1, j - 1]), exact(inspection.products[i - 1, j - 1]))
                for i, _ in numbered
                for j, _ in numbered
            ),
        ),
    }


def _text(inspection: Inspection, one: TextInspection) -> dict[str, Any]:
    text = one.text
    return {
        **text_data(text),
        "ids": text.ids.tolist(),
        "attention_mask": one.attention.tolist(),
        "pooled": one.pooled.tolist(),
        "norms": number_row(one.norms),
        "steps": [
            {"name": step.name, "what": step.what, "shape": list(step.shape), "norm": step.norm}
            for step in one.steps
        ],
        "poolings": {"names": list(inspection.poolings), "cosines": number_rows(one.cosines)},
        "read_characters": text.seen_characters,
        "cut_off": text.text[text.seen_characters :],
        "embedding": number_row(one.vectors[inspection.poolings.index(inspection.pooling)]),
    }
