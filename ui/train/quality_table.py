"""How good a run is, beside what untrained features and principal components reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.widgets.data_table import Column, DataTable
from ui.widgets.numbers import counted, plain

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from engine.concepts.saved_runs import TrainingRun


@dataclass(frozen=True)
class Measured:
    """One measure of a run.

    Attributes:
        name: of the measure.
        meaning: what it says, and which way is better.
        features: of the run.
        random: of untrained features of the same size.
        components: of as many principal components as a document has active features.
        vectors: of the vectors themselves.
    """

    name: str
    meaning: str
    features: float | None
    random: float | None = None
    components: float | None = None
    vectors: float | None = None


class QualityTable(DataTable):
    """The report on quality of one run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Quality of the run",
            (
                Column("Measure", "On documents that were held out", _name, tooltip=lambda row: row.meaning),
                _score("Features", "What the features of this run reach", "features"),
                _score("Random", "Untrained features of the same size, as many of them active", "random"),
                _score("PCA", "As many principal components as a document has active features", "components"),
                _score("Embedding", "The vectors themselves", "vectors"),
            ),
            parent,
        )
        self.set_empty_text("Choose a finished run: how good it is, beside controls, appears here.")

    def show_run(self, run: TrainingRun | None) -> None:
        """Show the report on a run; nothing if it has none."""
        report = run.report.get("quality") if run is not None else None
        self.show_records(measures(report) if report else ())


def measures(quality: Mapping[str, Any]) -> tuple[Measured, ...]:
    """Return the report on quality in `training.json` as rows."""
    random, components = quality["random"], quality["principal_components"]
    rows = [
        Measured(
            "Variance unexplained (FVU)",
            "Share of the variance that reconstructions miss; lower is better",
            quality["fvu"],
            random["fvu"],
            components["fvu"],
        ),
        Measured(
            "Neighbours kept (recall@10)",
            "Of the ten nearest documents, how many stay the nearest after reconstruction; higher is better",
            quality["recall_at_10"],
            random["recall_at_10"],
            components["recall_at_10"],
            1.0,
        ),
        Measured(
            "Nearest other feature",
            "Mean over features of the largest cosine with another one; lower is less redundant",
            quality["redundancy"],
        ),
        Measured(
            "Near copies of another",
            "Share of the features whose largest cosine with another one is above .9",
            quality["redundant_fraction"],
        ),
    ]
    if quality["stability"] is not None:
        rows.append(
            Measured(
                "Found again with another seed",
                "Mean largest cosine with the features of a run that differs by its seed; higher is better",
                quality["stability"],
            )
        )
    return (*rows, *_probes(quality["probes"]))


def _probes(probes: Mapping[str, Any] | None) -> list[Measured]:
    if probes is None:
        return []
    rows = []
    for place, score in enumerate(probes["features"]):
        k = "all features" if score["k"] is None else counted(score["k"], "feature")
        rows.append(
            Measured(
                f"{probes['column']} from {k} (F1)",
                f"Macro-F1 of telling {score['categories']} values of {probes['column']!r} apart; "
                "higher is better",
                score["f1"],
                None,
                _f1(probes["principal_components"], place),
                _f1(probes["embeddings"], place),
            )
        )
    return rows


def _f1(scores: Sequence[Mapping[str, Any]], place: int) -> float | None:
    return scores[place]["f1"] if place < len(scores) else None


def _name(row: Measured) -> str:
    return row.name


def _score(title: str, what: str, field: str) -> Column:
    def value(row: Measured) -> float | None:
        return getattr(row, field)

    def text(row: Measured) -> str:
        found = value(row)
        return "" if found is None else plain(found)

    return Column(title, what, text, key=value, number=True, width=10)
