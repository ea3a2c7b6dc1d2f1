"""An explanation made again from its JSON, so that what was read can be shown as what was computed.

Everything is checked: what a report says of a text must fit the text, and every number its place.
"""

from typing import Any

import numpy as np

from engine.attribution.contributions import TokenContributions
from engine.attribution.explainer import Explanation
from engine.attribution.faithfulness import Curve, Faithfulness
from engine.attribution.pair import Ledger, PairExplanation
from engine.attribution.request import ExplainRequest
from engine.encoder import FloatArray, ModelInfo, TokenizedText
from engine.report.data import CURVE_POINTS
from engine.report.plain import field, number, numbers, refused, whole
from engine.text import Span, Word

_NOTHING = np.zeros((0, 0), dtype=np.float32)


def explanation_from_data(
    data: Any, request: ExplainRequest, model: ModelInfo, seconds: float, place: str
) -> Explanation:
    """Return the explanation that `explanation_data` wrote, without the vectors behind its matrices.

    Args:
        data: what a JSON parser gave.
        request: that it answers.
        model: that answered.
        seconds: that it took.
        place: where the data stand, for messages.

    Raises:
        UserError: something is missing, or does not fit the rest.
    """
    query = text_from_data(field(data, "query", place), f"{place}.query")
    candidates = field(data, "candidates", place)
    if not isinstance(candidates, list) or not 1 <= len(candidates) <= len(request.candidates):
        raise refused(f"{place}.candidates", "do not fit the request")
    texts = [query.text] if candidates else []
    texts += [field(one, "text", f"{place}.candidates") for one in candidates]
    if texts != [request.query, *request.candidates[: len(candidates)]]:
        raise refused(place, "is of other texts than its request")
    layer = whole(field(data, "layer", place), f"{place}.layer")
    pairs, tests = [], []
    for at, one in enumerate(candidates):
        where = f"{place}.candidates[{at}]"
        pairs.append(_pair(one, query, request, layer, where))
        tests.append(_tests(field(one, "faithfulness", where), pairs[-1], f"{where}.faithfulness"))
    return Explanation(request, model, tuple(pairs), tuple(tests), False, seconds)


def text_from_data(data: Any, place: str) -> TokenizedText:
    """Return a text as the model read it, without the ids of its tokens.

    Raises:
        UserError: spans or words do not fit the text.
    """
    text, prompt = (_string(field(data, name, place), f"{place}.{name}") for name in ("text", "prompt"))
    tokens = field(data, "tokens", place)
    spans = field(data, "spans", place)
    words = field(data, "words", place)
    if not isinstance(tokens, list) or not isinstance(spans, list) or not isinstance(words, list):
        raise refused(place, "has no lists of tokens, spans and words")
    if len(tokens) != len(spans) or not words:
        raise refused(place, "has tokens without spans, or no words")
    seen = whole(field(data, "seen_characters", place), f"{place}.seen_characters")
    total = whole(field(data, "total_tokens", place), f"{place}.total_tokens")
    if not 0 <= seen <= len(text) or total < len(tokens):
        raise refused(place, "has another length than it says")
    found = TokenizedText(
        text=text,
        prompt=prompt,
        ids=np.zeros(len(tokens), dtype=np.int64),
        tokens=tuple(_string(token, f"{place}.tokens") for token in tokens),
        spans=tuple(None if span is None else _span(span, text, f"{place}.spans") for span in spans),
        content=(),
        words=tuple(_word(word, text, len(tokens), f"{place}.words[{at}]") for at, word in enumerate(words)),
        total_tokens=total,
        seen_characters=seen,
    )
    edges = [edge for word in found.words for edge in word.span]
    if edges != sorted(edges) or field(data, "truncated", place) is not found.truncated:
        raise refused(place, "has words that overlap, or another length than it says")
    return found


def _word(data: Any, text: str, tokens: int, place: str) -> Word:
    span = _span(field(data, "span", place), text, place)
    members = field(data, "tokens", place)
    if not isinstance(members, list) or not members:
        raise refused(place, "has no tokens")
    indices = tuple(whole(token, place) for token in members)
    if not all(0 <= index < tokens for index in indices) or field(data, "text", place) != text[slice(*span)]:
        raise refused(place, "does not fit its text")
    return Word(text[slice(*span)], span, indices)


def _span(data: Any, text: str, place: str) -> Span:
    if not isinstance(data, list) or len(data) != 2:
        raise refused(place, "is no span")
    start, end = whole(data[0], place), whole(data[1], place)
    if not 0 <= start < end <= len(text):
        raise refused(place, "lies outside the text")
    return start, end


def _pair(
    data: Any, query: TokenizedText, request: ExplainRequest, layer: int, place: str
) -> PairExplanation:
    candidate = text_from_data(data, place)
    ledger = field(data, "ledger", place)
    parts = field(data, "reference_parts", place)
    similarity, (explained, reference, residual) = (
        number(field(data, "similarity", place), f"{place}.similarity"),
        (
            number(field(ledger, name, f"{place}.ledger"), f"{place}.ledger.{name}")
            for name in ("explained", "reference", "residual")
        ),
    )
    shared = None if parts is None else _three(parts, f"{place}.reference_parts")
    matrix = numbers(
        field(data, "matrix", place), f"{place}.matrix", len(query.tokens), len(candidate.tokens)
    )
    sides = [
        _side(data, name, text, request, layer, place)
        for name, text in (("query", query), ("candidate", candidate))
    ]
    return PairExplanation(
        query=sides[0],
        candidate=sides[1],
        references=request.references,
        similarity=request.similarity,
        query_vectors=_NOTHING,
        candidate_vectors=_NOTHING,
        matrix=matrix.astype(np.float32),
        ledger=Ledger(similarity, explained, reference, residual, shared),
    )


def _side(
    data: Any, name: str, text: TokenizedText, request: ExplainRequest, layer: int, place: str
) -> TokenContributions:
    error = number(field(field(data, "error", place), name, place), f"{place}.error")
    nodes = whole(field(field(data, "nodes", place), name, place), f"{place}.nodes")
    within = field(field(data, "within_span", place), name, place)
    if not isinstance(within, bool):
        raise refused(f"{place}.within_span", "is neither true nor false")
    # The seconds of both sides are written as one number.
    seconds = number(field(data, "seconds", place), f"{place}.seconds") if name == "candidate" else 0.0
    nothing: FloatArray = _NOTHING
    return TokenContributions(
        text=text,
        vectors=nothing,
        embedding=nothing,
        reference=nothing,
        padding=nothing,
        error=error,
        nodes=nodes,
        method=request.method,
        layer=layer,
        seconds=seconds,
        basis=nothing if within else None,
    )


def _three(data: Any, place: str) -> tuple[float, float, float]:
    one, two, three = numbers(data, place, 3).tolist()
    return one, two, three


def _tests(data: Any, pair: PairExplanation, place: str) -> Faithfulness | None:
    if data is None:
        return None
    tested = field(data, "tested_words", place)
    if not isinstance(tested, list) or len(tested) != 2:
        raise refused(f"{place}.tested_words", "is no pair of lists")
    left, right = (
        tuple(int(word) for word in numbers(words, f"{place}.tested_words", None)) for words in tested
    )
    measured = numbers(field(data, "leave_one_out", place), f"{place}.leave_one_out", len(left), len(right))
    spearman = field(data, "spearman", place)
    return Faithfulness(
        deletion=_curve(field(data, "deletion", place), f"{place}.deletion"),
        insertion=_curve(field(data, "insertion", place), f"{place}.insertion"),
        query_error=pair.query.error,
        candidate_error=pair.candidate.error,
        leave_one_out=measured.astype(np.float32),
        tested_words=(left, right),
        spearman=None if spearman is None else number(spearman, f"{place}.spearman"),
    )


def _curve(data: Any, place: str) -> Curve:
    points = {
        name: numbers(field(data, name, place), f"{place}.{name}", None).astype(np.float32)
        for name in CURVE_POINTS
    }
    if len({len(values) for values in points.values()}) != 1 or len(points["values"]) < 2:
        raise refused(place, "has curves of different lengths, or of no point")
    area, random_area, z = (
        number(field(data, name, place), f"{place}.{name}") for name in ("area", "random_area", "z")
    )
    orders = whole(field(data, "orders", place), f"{place}.orders")
    return Curve(**points, area=area, random_area=random_area, z=z, orders=orders)


def _string(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise refused(place, "is no text")
    return value
