"""The concepts of a pair made again from their JSON."""

from typing import Any

import numpy as np

from engine.attribution.pair import PairExplanation
from engine.concepts.erasure import ErasureTest
from engine.concepts.explanation import ConceptExplanation
from engine.concepts.flow import ConceptFlow, FlowSide
from engine.concepts.ledger import ConceptLedger, Float64Array
from engine.encoder import TokenizedText
from engine.report.plain import field, number, numbers, refused, whole


def concepts_from_data(data: Any, pair: PairExplanation, dictionary: str, place: str) -> ConceptExplanation:
    """Return the concept explanation that `concepts_data` wrote.

    Args:
        data: what a JSON parser gave.
        pair: the explanation whose concepts they are.
        dictionary: the name of the autoencoder.
        place: where the data stand, for messages.

    Raises:
        UserError: something is missing, or does not fit the rest.
    """
    rows = field(data, "features", place)
    if not isinstance(rows, list):
        raise refused(f"{place}.features", "is no list")
    if field(data, "sae", place) != dictionary or field(data, "kind", place) != pair.similarity:
        raise refused(place, "is of other features, or of another similarity, than its request")
    features = [whole(field(row, "feature", place), f"{place}.feature") for row in rows]
    names = {}
    for row, feature in zip(rows, features, strict=True):
        names[feature] = field(row, "label", place)
        if not isinstance(names[feature], str):
            raise refused(f"{place}.label", "is no text")
    columns = {
        name: np.array([number(field(row, name, place), f"{place}.{name}") for row in rows])
        for name in ("contribution", "query_activation", "candidate_activation")
    }
    terms = field(data, "ledger", place)
    ledger = ConceptLedger(
        pair.similarity,
        np.array(features, dtype=np.int64),
        columns["contribution"],
        columns["query_activation"],
        columns["candidate_activation"],
        bias=number(field(terms, "bias", place), f"{place}.ledger.bias"),
        residual=number(field(terms, "residual", place), f"{place}.ledger.residual"),
        similarity=number(field(data, "similarity", place), f"{place}.similarity"),
        members=_members(rows, place),
    )
    erasure = field(data, "erasure", place)
    return ConceptExplanation(
        dictionary,
        names,
        ledger,
        _flow(rows, ledger, pair, place),
        _erasure(erasure, ledger, f"{place}.erasure"),
    )


def _members(rows: list[Any], place: str) -> tuple[Any, ...]:
    found = [row["members"] for row in rows if "members" in row]
    if found and len(found) != len(rows):
        raise refused(place, "has families in some rows only")
    arrays = [numbers(members, f"{place}.members", None).astype(np.int64) for members in found]
    if not all(len(members) for members in arrays):
        raise refused(place, "has a family without members")
    return tuple(arrays)


def _flow(rows: list[Any], ledger: ConceptLedger, pair: PairExplanation, place: str) -> ConceptFlow:
    sides = ("query", "candidate")
    shown = [all(field(row, f"{side}_tokens", place) for side in sides) for row in rows]
    count = shown.index(False) if False in shown else len(rows)

    def side(name: str, text: TokenizedText) -> FlowSide:
        bands, activations = (
            _tokens(rows[:count], f"{name}_tokens", key, len(text.tokens), place)
            for key in ("share", "activation")
        )
        return FlowSide(text, bands, activations, ledger.contributions[:count])

    return ConceptFlow(
        ledger.features[:count],
        ledger.contributions[:count],
        float(ledger.contributions[count:].sum()),
        len(rows) - count,
        side("query", pair.query.text),
        side("candidate", pair.candidate.text),
    )


def _tokens(rows: list[Any], name: str, key: str, tokens: int, place: str) -> Float64Array:
    """Return what each token brings to each feature, (tokens, features)."""
    found = np.zeros((tokens, len(rows)))
    for column, row in enumerate(rows):
        members = row[name]
        if not isinstance(members, list):
            raise refused(f"{place}.{name}", "is no list")
        values = [field(token, key, f"{place}.{name}") for token in members]
        found[:, column] = numbers(values, f"{place}.{name}", tokens)
    return found


def _erasure(data: Any, ledger: ConceptLedger, place: str) -> ErasureTest:
    features = numbers(field(data, "features", place), f"{place}.features", None).astype(np.int64)
    erased, kept = (numbers(field(data, name, place), place, None) for name in ("draws_erased", "draws_kept"))
    return ErasureTest(
        features,
        ledger.similarity,
        number(field(data, "erased", place), f"{place}.erased"),
        number(field(data, "kept", place), f"{place}.kept"),
        erased,
        kept,
    )
