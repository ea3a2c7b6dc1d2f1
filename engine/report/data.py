"""The numbers of an explanation, as JSON that scripts rely on and as CSV tables."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import engine
from engine.attribution.explainer import Explanation
from engine.attribution.faithfulness import Curve, Faithfulness
from engine.attribution.pair import PairExplanation
from engine.encoder import FloatArray, ModelInfo, TokenizedText
from engine.spreadsheet import csv_text

CURVE_POINTS = ("fractions", "values", "random_mean", "random_low", "random_high")
APP = f"Semascope {engine.__version__}"


def json_report(explanation: Explanation) -> str:
    """Return the JSON of an explanation without its concepts, one line with a line feed at its end.

    Raises:
        ValueError: a number is not finite, so that the result would not be JSON.
    """
    return (
        json.dumps({"app": APP, **explanation_data(explanation)}, ensure_ascii=False, allow_nan=False) + "\n"
    )


def explanation_data(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as plain lists, numbers and strings.

    `matrix` is query tokens x candidate tokens, specials included; `spans` are [start, end) characters
    of the text, None for specials; numbers have the digits that single precision holds.
    """
    request, model, first = explanation.request, explanation.model, explanation.pairs[0]
    return {
        "model": model_data(model),
        "method": request.method,
        "similarity": request.similarity,
        "layer": first.query.layer,
        "references": request.references,
        "tolerance": request.tolerance,
        "query": text_data(first.query.text),
        "candidates": [
            _pair_data(pair, tests)
            for pair, tests in zip(explanation.pairs, explanation.faithfulness, strict=True)
        ],
    }


def csv_tables(explanation: Explanation) -> dict[str, str]:
    """Return the CSV tables "tokens", "words", "matrix", "token_matrix" and "ledger".

    Every table has a column `candidate` that counts from 1. The matrices are in long form, one cell a
    row; "matrix" holds the sums over words.
    """
    numbered = list(enumerate(explanation.pairs, start=1))
    return {
        "tokens": csv_text(
            ("candidate", "side", "index", "token", "start", "end", "importance"),
            (
                (number, side, index, token, *(span or ("", "")), exact(value))
                for number, pair in numbered
                for side, text, importance in (
                    ("query", pair.query.text, pair.query_importance),
                    ("candidate", pair.candidate.text, pair.candidate_importance),
                )
                for index, (token, span, value) in enumerate(
                    zip(text.tokens, text.spans, importance, strict=True)
                )
            ),
        ),
        "words": csv_text(
            ("candidate", "side", "index", "word", "start", "end", "importance"),
            (
                (number, side, index, word.text, *word.span, exact(value))
                for number, pair in numbered
                for side, text, importance in (
                    ("query", pair.query.text, pair.query_word_importance),
                    ("candidate", pair.candidate.text, pair.candidate_word_importance),
                )
                for index, (word, value) in enumerate(zip(text.words, importance, strict=True))
            ),
        ),
        "matrix": _matrix_table(
            "word",
            (
                (
                    number,
                    [word.text for word in pair.query.text.words],
                    [word.text for word in pair.candidate.text.words],
                    pair.word_matrix,
                )
                for number, pair in numbered
            ),
        ),
        "token_matrix": _matrix_table(
            "token",
            (
                (number, pair.query.text.tokens, pair.candidate.text.tokens, pair.matrix)
                for number, pair in numbered
            ),
        ),
        "ledger": csv_text(
            (
                "candidate",
                "similarity",
                "explained",
                "reference",
                "residual",
                "query_error",
                "candidate_error",
                "query_nodes",
                "candidate_nodes",
            ),
            (
                (
                    number,
                    pair.ledger.similarity,
                    pair.ledger.explained,
                    pair.ledger.reference,
                    pair.ledger.residual,
                    pair.query.error,
                    pair.candidate.error,
                    pair.query.nodes,
                    pair.candidate.nodes,
                )
                for number, pair in numbered
            ),
        ),
    }


def model_data(model: ModelInfo) -> dict[str, Any]:
    """Return what every report says about the model."""
    return {
        "name": model.name,
        "fingerprint": model.fingerprint,
        "tokenizer": model.tokenizer,
        "pooling": model.pooling,
        "dimension": model.dimension,
        "max_tokens": model.max_tokens,
    }


def text_data(text: TokenizedText) -> dict[str, Any]:
    """Return a text as the model reads it."""
    return {
        "text": text.text,
        "tokens": list(text.tokens),
        "spans": [list(span) if span else None for span in text.spans],
        "words": [
            {"text": word.text, "span": list(word.span), "tokens": list(word.tokens)} for word in text.words
        ],
        "truncated": text.truncated,
        "prompt": text.prompt,
        "total_tokens": text.total_tokens,
        "seen_characters": text.seen_characters,
    }


def _pair_data(pair: PairExplanation, tests: Faithfulness | None) -> dict[str, Any]:
    parts = pair.ledger.reference_parts
    return {
        **text_data(pair.candidate.text),
        "similarity": pair.ledger.similarity,
        "matrix": number_rows(pair.matrix),
        "word_matrix": number_rows(pair.word_matrix),
        "ledger": {
            "explained": pair.ledger.explained,
            "reference": pair.ledger.reference,
            "residual": pair.ledger.residual,
        },
        "reference_parts": None if parts is None else list(parts),
        "query_importance": number_row(pair.query_importance),
        "candidate_importance": number_row(pair.candidate_importance),
        "error": {"query": pair.query.error, "candidate": pair.candidate.error},
        "nodes": {"query": pair.query.nodes, "candidate": pair.candidate.nodes},
        "within_span": {
            "query": pair.query.basis is not None,
            "candidate": pair.candidate.basis is not None,
        },
        "seconds": pair.query.seconds + pair.candidate.seconds,
        "faithfulness": _faithfulness_data(tests) if tests else None,
    }


def _faithfulness_data(tests: Faithfulness) -> dict[str, Any]:
    return {
        "deletion": _curve_data(tests.deletion),
        "insertion": _curve_data(tests.insertion),
        "spearman": tests.spearman,
        "leave_one_out": number_rows(tests.leave_one_out),
        "tested_words": [list(words) for words in tests.tested_words],
    }


def _curve_data(curve: Curve) -> dict[str, Any]:
    return {
        "area": curve.area,
        "random_area": curve.random_area,
        "z": curve.z,
        "orders": curve.orders,
        **{name: number_row(getattr(curve, name)) for name in CURVE_POINTS},
    }


def exact(value: np.floating[Any]) -> float:
    """Return a single-precision number with as few decimals as tell it from its neighbours."""
    return float(str(value))


def number_row(values: FloatArray) -> list[float]:
    """Return single-precision numbers (N,) with the digits that mean something."""
    return [exact(value) for value in values]


def number_rows(values: FloatArray) -> list[list[float]]:
    """Return a single-precision matrix (N, M) with the digits that mean something."""
    return [number_row(row) for row in values]


def _matrix_table(
    level: str, matrices: Iterable[tuple[int, Sequence[str], Sequence[str], FloatArray]]
) -> str:
    header = (
        "candidate",
        f"query_{level}",
        f"query_{level}_text",
        f"candidate_{level}",
        f"candidate_{level}_text",
    )
    return csv_text(
        (*header, "value"),
        (
            (number, i, row, j, column, exact(matrix[i, j]))
            for number, rows, columns, matrix in matrices
            for i, row in enumerate(rows)
            for j, column in enumerate(columns)
        ),
    )
