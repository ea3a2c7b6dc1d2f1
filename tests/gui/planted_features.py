"""Features that a test has thought up, and an engine that answers the requests of Concepts with them."""

import math
from dataclasses import replace

import numpy as np

from engine.errors import UserError
from ui.concepts.requests import (
    ActiveFeature,
    ActiveFeatures,
    Aligned,
    Annotate,
    Cluster,
    Coactivation,
    ColourExamples,
    Example,
    Family,
    FeatureDetail,
    FeatureRow,
    FeatureRows,
    FoundFeatures,
    Histogram,
    OpenFeature,
    OpenFeatures,
    ReadAlignment,
    ReadCoactivation,
    ReadStructure,
    ReadText,
    Related,
    SearchFeatures,
    Step,
    Structure,
    WordValues,
)
from ui.requests import OpenWorkspace

NAMES = ("rivers, water", "birds", "", "metals", "water vapour", "")
RATES = (0.02, 0.01, 0.0, 0.005, 0.001, 0.03)
TEXT = "a large natural stream of water"


def planted_rows(count: int = 6, labelled: bool = True, dictionary: str = "main") -> FeatureRows:
    """Rows 2 and 8, 14... are dead; row 5 and 11... have no name."""
    rows = []
    for feature in range(count):
        kind = feature % 6
        name = NAMES[kind] if labelled else ""
        name = f"{name} {feature}" if name and feature >= 6 else name
        rate = RATES[kind]
        rows.append(
            FeatureRow(
                feature,
                name,
                name,
                "incoherent" if kind == 5 and labelled else "",
                (f"keyword{kind}", "lake") if name else (),
                0.5 - 0.05 * kind if name else math.nan,
                rate,
                0.3 if name else math.nan,
            )
        )
    edges, counts = np.linspace(-4, -1, 11), np.arange(10)
    return FeatureRows(dictionary, 1000, tuple(rows), labelled, Histogram(edges, counts))


def planted_structure(count: int = 6, dictionary: str = "main") -> Structure:
    """Feature f lies at (f, f % 7); the first half is one cluster, the second another."""
    positions = np.array([[f, f % 7] for f in range(count)], dtype=float)
    half = count // 2
    clusters = (Cluster("water", tuple(range(half))), Cluster("air", tuple(range(half, count))))
    return Structure(dictionary, (Family(0, ((4, 0), (1, 4)), 12.5),), positions, clusters)


def planted_detail(feature: int, dictionary: str = "main") -> FeatureDetail:
    examples = (
        Example("top", "d7", TEXT, 0.9),
        Example("quantile", "d8", "a wet place", 0.4),
        Example("near", "d9", "a dry place", 0.0),
    )
    return FeatureDetail(
        dictionary,
        feature,
        (("rivers", 0.31), ("stream", 0.29)),
        (("Pearson", "0.50", "correlation"),),
        examples,
        Histogram(np.linspace(0, 1, 11), np.arange(10)),
        0.25,
        (Related(4, 0.6), Related(1, 0.2)),
        (Related(3, 0.8),),
    )


def planted_words(request: ColourExamples, count: int) -> WordValues:
    spans = (((2, 7), (16, 22), (26, 31)), ((2, 5),), ((2, 5),))
    values = (np.array([0.1, 0.2, 0.6]), np.array([0.4]), np.array([-0.3]))
    return WordValues(request.dictionary, request.feature, spans[:count], values[:count])


def planted_matrix(request: ReadCoactivation) -> Coactivation:
    matrix = np.full((len(request.features),) * 2, 0.25)
    np.fill_diagonal(matrix, 1.0)
    return Coactivation(request.dictionary, request.title, request.features, matrix, "phi")


class ConceptsBackend:
    """Answers at once; `rows` is what it knows, changed by annotations."""

    def __init__(self, count: int = 6, labelled: bool = True) -> None:
        self.count = count
        self.rows = planted_rows(count, labelled)
        self.before: list[FeatureRows] = []
        self.asked: list[object] = []

    def of(self, kind: type) -> list:
        return [request for request in self.asked if isinstance(request, kind)]

    def close(self) -> None:
        pass

    def answer(self, request, job, partial) -> object:
        self.asked.append(request)
        job.step("at work", 0)
        if isinstance(request, Annotate):
            return self._annotate(request)
        if isinstance(request, ColourExamples):
            partial(planted_words(request, 1))
        return {
            OpenWorkspace: lambda: request,
            OpenFeatures: lambda: self.rows,
            OpenFeature: lambda: planted_detail(request.feature),
            ReadAlignment: lambda: (Aligned("domain", "water", 12, 20, 40, 15.0, 1e-9),),
            ColourExamples: lambda: planted_words(request, 3),
            SearchFeatures: lambda: FoundFeatures(request.dictionary, request.text, (3, 0), (0.9, 0.8)),
            ReadText: lambda: ActiveFeatures(
                request.dictionary, request.text, (ActiveFeature(4, 0.7), ActiveFeature(0, 0.9))
            ),
            ReadStructure: lambda: planted_structure(self.count),
            ReadCoactivation: lambda: planted_matrix(request),
        }[type(request)]()

    def _annotate(self, request: Annotate) -> FeatureRows:
        if request.value == "refused":
            raise UserError("the workspace cannot be written; free some space")
        if request.change == "undo":
            self.rows = replace(self.before.pop(), redo=Step(1, "rename of feature 0"))
            return self.rows
        self.before.append(self.rows)
        changes = {
            "rename": {"label": request.value},
            "note": {"note": request.value},
            "group": {"group": request.value},
            "star": {"starred": bool(request.value)},
        }[request.change]
        rows = list(self.rows.rows)
        for feature in request.features:
            rows[feature] = replace(rows[feature], **changes)
        self.rows = replace(self.rows, rows=tuple(rows), undo=Step(1, "rename of feature 0"))
        return self.rows
