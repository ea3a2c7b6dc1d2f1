"""What is asked about the hits on screen: comparisons, missing documents, edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QTabWidget

from ui.rank.contrast_view import ContrastView
from ui.rank.missing_view import MissingView
from ui.rank.requests import (
    ContrastRequest,
    DeletionRequest,
    Edited,
    EditRequest,
    FindRequest,
    MissingRequest,
    ProbesRequest,
)
from ui.rank.whatif_view import WhatIfView
from ui.requests import Answer, Failure

if TYPE_CHECKING:
    from engine.retrieval.search import Hit, Ranking
    from ui.page import PageContext

_ASKED = (ContrastRequest, DeletionRequest, EditRequest, FindRequest, MissingRequest, ProbesRequest)


class SecondLooks(QObject):
    """Asks for what the views beside the ranking show, and only for the one that is in front."""

    problem = Signal(str)

    def __init__(
        self,
        context: PageContext,
        tabs: QTabWidget,
        contrast: ContrastView,
        missing: MissingView,
        what_if: WhatIfView,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine, self._navigator, self._tabs = context.engine, context.navigator, tabs
        self._contrast, self._missing, self._what_if = contrast, missing, what_if
        self._ranking: Ranking | None = None
        self._row = 0
        self._among: tuple[str, ...] = ()
        self._compared: ContrastRequest | None = None
        self._document: int | None = None
        tabs.currentChanged.connect(self._tab_changed)
        contrast.other_chosen.connect(self._compare)
        missing.find_asked.connect(self._find)
        missing.document_chosen.connect(self._why_missing)
        what_if.edited.connect(self._edit)
        what_if.deletion_asked.connect(self._delete)
        what_if.probes_asked.connect(self._probe)
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)

    def take(self, ranking: Ranking, row: int, among: tuple[str, ...]) -> None:
        """Look at another hit, or another ranking, of documents or of the texts `among`."""
        self._among = among
        self._tabs.setTabEnabled(self._tabs.indexOf(self._missing), not among)
        other_query = self._ranking is not None and self._query(self._ranking) != self._query(ranking)
        self._ranking, self._row = ranking, row
        self._contrast.set_ranks(len(ranking.hits), row + 1)
        self._what_if.show_hit(self._query(ranking), ranking.hits[row].text)
        if other_query and self._document is not None and self._tabs.currentWidget() is self._missing:
            self._why_missing(self._document)
        self._tab_changed()

    # -- asking ---------------------------------------------------------------------------------------

    @Slot()
    def _tab_changed(self) -> None:
        if self._tabs.currentWidget() is self._contrast:
            self._compare()

    @Slot()
    def _compare(self) -> None:
        ranking = self._ranking
        if ranking is None or len(ranking.hits) < 2:
            return
        first, second = self._row, self._contrast.other.value() - 1
        if not 0 <= second < len(ranking.hits) or first == second:
            self._contrast.say("Choose another rank to compare with.")
            return
        a, b = ranking.hits[first], ranking.hits[second]
        request = ContrastRequest(
            self._query(ranking), a.text, b.text, a.rank, b.rank, self._navigator.dictionary
        )
        if request != self._compared:
            self._compared = request
            self._contrast.say("Comparing …")
            self._engine.submit(request)

    @Slot(str)
    def _find(self, words: str) -> None:
        if words:
            self._engine.submit(FindRequest(words))
        else:
            self._missing.show_documents(())

    @Slot(int)
    def _why_missing(self, document: int) -> None:
        self._document = document
        if self._ranking is None:
            return
        self._missing.say("Looking for its place …")
        self._engine.submit(
            MissingRequest(self._query(self._ranking), document, max(len(self._ranking.hits), 1))
        )

    @Slot(str, str)
    def _edit(self, query: str, text: str) -> None:
        if (hit := self._hit()) is not None:
            self._engine.submit(
                EditRequest(self._query(self._ranking), hit.id, hit.text, query, text, self._among)
            )

    @Slot(str, int)
    def _delete(self, side: str, rank: int) -> None:
        if (hit := self._hit()) is not None:
            self._engine.submit(
                DeletionRequest(self._query(self._ranking), hit.id, hit.text, side, rank, self._among)
            )

    @Slot(str)
    def _probe(self, side: str) -> None:
        if (hit := self._hit()) is not None:
            self._engine.submit(
                ProbesRequest(self._query(self._ranking), hit.id, hit.text, side, self._among)
            )

    def _hit(self) -> Hit | None:
        return None if self._ranking is None else self._ranking.hits[self._row]

    @staticmethod
    def _query(ranking: Ranking) -> str:
        return ranking.query.text.text

    # -- answers --------------------------------------------------------------------------------------

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        match answer.request:
            case ContrastRequest() as request if request == self._compared:
                self._contrast.show_contrast(answer.value, request.rank_a, request.rank_b)
            case FindRequest():
                self._missing.show_documents(answer.value)
            case MissingRequest() if self._ranking is not None:
                self._missing.show_missing(answer.value, self._ranking.documents)
            case EditRequest():
                edited: Edited = answer.value
                self._what_if.show_outcome(edited.outcome, edited.pinned)
            case DeletionRequest():
                self._what_if.show_deletion(answer.value)
            case ProbesRequest():
                self._what_if.show_probes(answer.value)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.request, _ASKED):
            self._compared = None
            self._contrast.say("")
            self._missing.say("")
            self._what_if.say("")
            self.problem.emit(failure.message)
