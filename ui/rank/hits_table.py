"""The hits of a search: rank, score, how high that is here, the text and the words that drove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

from ui.widgets.data_table import Column, DataTable
from ui.widgets.numbers import counted, isolated_word, plain, signed

if TYPE_CHECKING:
    from engine.retrieval.explain_hits import ExplainedHit
    from engine.retrieval.search import Hit, Ranking

_DRIVERS = 4
# Shares of every hit have the two decimals of this limit, so that hits can be compared.
_SHARE_LIMIT = 1.0


# Columns that are left out of a narrower table, by their place, and its least width in characters.
_NEEDED = {5: 105, 2: 88}


@dataclass(frozen=True)
class Line:
    """A hit, its explanation once there is one, and the score of a full bar."""

    hit: Hit
    explained: ExplainedHit | None
    full: float


class HitsTable(DataTable):
    """One hit a row, best first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Documents, most similar first", _COLUMNS, parent)
        self.set_empty_text("No document passes the filters. Loosen them above.")

    def resizeEvent(self, event: QEvent) -> None:
        # Documents need the room more than what can also be seen below them, or in the list that is saved.
        letters = self.viewport().width() / self.fontMetrics().averageCharWidth()
        for column, needed in _NEEDED.items():
            self.setColumnHidden(column, letters < needed)
        super().resizeEvent(event)

    def show_ranking(self, ranking: Ranking, explained: tuple[ExplainedHit | None, ...]) -> None:
        """Show hits; the row that was chosen stays chosen as long as its document is there.

        Args:
            ranking: the hits.
            explained: of each hit, or None where that is still to come.
        """
        row = self.current()
        kept = None if row is None else self.records[row].hit.id
        full = max((abs(hit.similarity) for hit in ranking.hits), default=1.0) or 1.0
        full = 1.0 if ranking.similarity == "cosine" else full
        lines = [Line(hit, why, full) for hit, why in zip(ranking.hits, explained, strict=True)]
        places = [place for place, line in enumerate(lines) if line.hit.id == kept]
        self.show_records(lines, places[0] if places else None)


def drivers(explained: ExplainedHit) -> str:
    """Return the words that speak most for a hit, strongest first, with what each carries."""
    words = explained.drivers(_DRIVERS)
    return ", ".join(f"{isolated_word(word.text, 24)} {signed(word.share, _SHARE_LIMIT)}" for word in words)


def percentile(hit: Hit) -> str:
    """Return what share of random pairs is less similar, in percent; a dash where that is unknown."""
    if hit.percentile is None:
        return "–"
    # "100th" would say that no pair can be more alike.
    return ">99.9" if hit.percentile > 99.9 else f"{hit.percentile:.1f}"


def _waiting(line: Line) -> str:
    return "…" if line.explained is None else drivers(line.explained)


_COLUMNS = (
    Column(
        "Rank",
        "Place among the documents that pass the filters",
        lambda line: str(line.hit.rank),
        key=lambda line: line.hit.rank,
        number=True,
        width=5,
    ),
    Column(
        "Similarity",
        "Similarity of query and document, as the model has it",
        lambda line: plain(line.hit.similarity),
        key=lambda line: line.hit.similarity,
        share=lambda line: line.hit.similarity / line.full,
        number=True,
        width=9,
    ),
    Column(
        "Percentile",
        "Share of random pairs of documents of this workspace that are less similar, in percent",
        lambda line: percentile(line.hit),
        key=lambda line: line.hit.percentile,
        number=True,
        width=9,
    ),
    Column("Document", "The text as it was imported", lambda line: line.hit.text),
    Column(
        "Words that drove it",
        "The words of the document that carry most of the similarity, and how much",
        _waiting,
        width=27,
    ),
    Column("Id", "The document's id in the corpus", lambda line: line.hit.name, width=14),
)


def summary(ranking: Ranking) -> str:
    """Return how many documents were searched, how fast, and what is to be known about it."""
    parts = [
        f"{counted(ranking.searched, 'document')} searched in {1000 * ranking.seconds:.0f} ms",
        "" if ranking.searched == ranking.documents else f"of {ranking.documents:,}",
        ranking.query.note,
        "" if ranking.hits else "no document passes the filters",
    ]
    return "; ".join(part for part in parts if part)
