"""The page Rank: a query, the documents nearest to it, and why each is where it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from ui.elided_label import ElidedLabel
from ui.explain.text_field import TextField
from ui.page import Page, PageContext
from ui.rank import session
from ui.rank.contrast_view import ContrastView
from ui.rank.empty import EmptyRank
from ui.rank.hit_reasons import HitReasons
from ui.rank.hit_view import HitView
from ui.rank.hits_table import HitsTable, summary
from ui.rank.layout import hit_tabs, results
from ui.rank.missing_view import MissingView
from ui.rank.query_bar import QueryBar
from ui.rank.requests import FeatureNames, Found, HitsRequest, SearchRequest
from ui.rank.second_looks import SecondLooks
from ui.rank.steering_panel import SteeringPanel
from ui.rank.whatif_view import WhatIfView
from ui.report.requests import ShownRanking
from ui.requests import Answer, Failure, Stopped
from ui.theme import SPACE_S, Theme

if TYPE_CHECKING:
    from engine.instrument import WorkspaceInfo
    from engine.retrieval.explain_hits import ExplainedHit
    from ui.requests import ModelReady


class RankPage(Page):
    """Search on the left, the chosen hit and its comparisons on the right."""

    session_shape = staticmethod(session.SHAPE)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._engine = context, context.engine
        self._info: WorkspaceInfo | None = None
        self._found: Found | None = None
        self._answered_by: SearchRequest | None = None
        self.reasons = HitReasons()
        self._wanted: int | None = None
        self._due = False
        self._among: tuple[str, ...] = ()
        self._fingerprint = ""
        self.bar = QueryBar(self)
        self.state = ElidedLabel("State of the search", self, lines=2)
        self.state.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.table = HitsTable(self)
        self.hit = HitView(self)
        self.contrast = ContrastView(self)
        self.missing = MissingView(self)
        self.what_if = WhatIfView(self)
        self.steering = SteeringPanel(self)
        self._empty = EmptyRank(context.actions, self)
        self._lay_out()
        self.looks = SecondLooks(context, self.tabs, self.contrast, self.missing, self.what_if, self)
        self._connect()
        self._show_state()

    # -- what the window says -------------------------------------------------------------------------

    def query_field(self) -> QLineEdit:
        """Return the field with the query."""
        return self.bar.query

    def text_field(self) -> TextField | None:
        """Return the field with the texts to be ranked, while such texts are ranked."""
        return None if self.bar.texts.isHidden() else self.bar.texts

    def model_ready(self, ready: ModelReady) -> None:
        """Rank by a model that has just been loaded."""
        if ready.info.fingerprint != self._fingerprint:
            # Another model can neither stand by these hits nor explain them.
            self._fingerprint = ready.info.fingerprint
            self._forget()
            self._show_state()
        if self.bar.what().query:
            self._search()

    def workspace_ready(self, info: WorkspaceInfo) -> None:
        """Search the documents of a workspace that has just been opened, or has changed."""
        other = self._info is None or self._info.folder != info.folder
        self._info = info
        self.bar.set_columns(info.columns)
        if other:
            self._forget()
            self.steering.clear()
        self._ask_names()
        self._show_state()
        if self._found is not None or (other and self.isVisible()):
            self._search()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        super().set_theme(theme)
        for part in (self.table, self.hit, self.contrast, self.missing, self.what_if, self.steering):
            part.set_theme(theme)

    def shown(self) -> None:
        """Go on with explaining the hits."""
        self.bar.query.setFocus(Qt.FocusReason.OtherFocusReason)
        self._ask_names()
        if self._due:
            self._search()
        self._explain_rest()

    def shown_for_report(self) -> ShownRanking | str:
        """Return the ranking on screen."""
        asked = self._answered_by
        if self._found is None or asked is None or not self._found.ranking.hits:
            return "there is no ranking yet; search first"
        return ShownRanking(asked, bool(asked.among) and self._found.ranking.hits[0].percentile is not None)

    def session(self) -> dict[str, Any]:
        """Return what the page needs to look as it does."""
        return session.session_of(self)

    def restore(self, data: Mapping[str, Any]) -> None:
        """Look as `session` said, as soon as there is something to search."""
        session.restore(self, data)

    @property
    def wanted_hit(self) -> int:
        """Which hit is chosen, or is to be as soon as it is found."""
        return self._wanted if self._wanted is not None else self.table.current() or 0

    def search_anew(self, hit: int) -> None:
        """Search for what is in the fields, and choose a hit; if the page is not in sight, once it is."""
        self._forget()
        self._wanted, self._due = hit, True
        self._show_state()
        if self.isVisible():
            self._ask_names()
            self._search()

    def stop(self) -> None:
        """Start nothing more."""
        for part in (self.bar, self.steering, self.missing, self.what_if):
            part.stop()

    # -- asking ---------------------------------------------------------------------------------------

    @Slot()
    def _search(self) -> None:
        self.banner.dismiss_passing()
        asked = self.bar.what()
        nothing_to_rank = self._info is None if asked.texts is None else not asked.texts
        if nothing_to_rank or not asked.query:
            self._forget()
            self._engine.cancel("search")
            self._engine.cancel("hits")
            self._show_state()
            return
        if self.steering.waiting and self._has_features():
            # Their names are on the way, and the search follows them.
            return
        self._due = False
        weights = self.steering.weights()
        self._among = asked.texts or ()
        self._engine.submit(
            SearchRequest(
                asked.query,
                asked.top,
                asked.words,
                asked.column,
                asked.value,
                self._context.navigator.dictionary if weights else "",
                weights,
                self._among,
            )
        )
        self._show_state()
        self.state.set_text("Searching …")

    def _explain_rest(self) -> None:
        """Explain the hits that are not explained yet, best first, while nobody waits for anything."""
        if not self.isVisible() or self._engine.busy:
            return
        request = self.reasons.next_request(self.table.current())
        if request is not None:
            self._engine.submit(request)

    @Slot()
    def _ask_names(self) -> None:
        if not self.isVisible():
            return
        if self._has_features():
            self._engine.submit(FeatureNames(self._context.navigator.dictionary))
        else:
            self.steering.set_features(())

    def _has_features(self) -> bool:
        return self._info is not None and self._context.navigator.dictionary in self._info.dictionaries

    def _query(self) -> str:
        return "" if self._found is None else self._found.ranking.query.text.text

    def _forget(self) -> None:
        """Take note that no hits stand for what is asked."""
        self._found = None
        self.reasons.begin(None)

    # -- answers --------------------------------------------------------------------------------------

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        match answer.request:
            case SearchRequest() as request:
                self._answered_by = request
                self._show(answer.value)
            case FeatureNames() as request if request.dictionary == self._context.navigator.dictionary:
                self.steering.set_features(answer.value)
                self.contrast.set_names(answer.value)
            case HitsRequest() as request if request.query == self._query():
                self._take_explained(answer.value)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.request, FeatureNames) and self.steering.waiting:
            self.steering.give_up()
            self._search()
        if isinstance(failure.request, SearchRequest | HitsRequest):
            self.banner.show_error(failure.message, passing=True)
            self._show_state()

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        if isinstance(stopped.request, SearchRequest):
            self._show_state()
        elif isinstance(stopped.request, HitsRequest):
            # A person wants no more of it.
            self.reasons.pause()

    @Slot(bool)
    def _busy_changed(self, busy: bool) -> None:
        if not busy:
            self._explain_rest()

    def _show(self, found: Found) -> None:
        self._found = found
        self.reasons.begin(found)
        self.table.show_ranking(found.ranking, self.reasons.known)
        if found.ranking.hits and (self._wanted is not None or self.table.current() is None):
            self.table.choose(min(self._wanted or 0, len(found.ranking.hits) - 1))
            self._wanted = None
        self.steering.show_steered(found.steered)
        self._show_state()
        self._show_hit()

    def _take_explained(self, explained: tuple[ExplainedHit, ...]) -> None:
        found = self._found
        if found is None:
            return
        self.reasons.take(explained)
        self.table.show_ranking(found.ranking, self.reasons.known)
        self._show_hit()

    @Slot()
    def _show_hit(self) -> None:
        found, row = self._found, self.table.current()
        if found is None or row is None:
            return
        why = self.reasons.known[row]
        self.hit.show_hit(found.ranking.hits[row], why.pair if why is not None else None)
        self.looks.take(found.ranking, row, self._among)

    @Slot()
    def _hit_chosen(self) -> None:
        self._show_hit()
        row = self.table.current()
        if row is not None and self.reasons.known[row] is None:
            self.reasons.resume()
            request = self.reasons.next_request(row)
            if request is not None and self.isVisible():
                # What is explained in passing gives way to what a person looks at.
                self._engine.submit(request)

    @Slot()
    def _explain_in_full(self) -> None:
        row = self.table.current()
        if self._found is not None and row is not None:
            self._context.navigator.explain(self._query(), (self._found.ranking.hits[row].text,))

    @Slot(str)
    @Slot(str, object)
    def _search_asked(self, query: str, texts: tuple[str, ...] = ()) -> None:
        self.bar.set_query(query, texts)
        self._search()

    # -- small things ---------------------------------------------------------------------------------

    def _show_state(self) -> None:
        found, info = self._found, self._info
        self._stack.setCurrentWidget(self._empty if found is None else self._results)
        if self._engine.awaits("search"):
            self._empty.show_searching()
        elif self.bar.what().texts is not None:
            self._empty.show_no_texts()
        elif info is None:
            self._empty.show_no_workspace()
        else:
            self._empty.show_no_query(info.documents)
        self.state.set_text("" if found is None else summary(found.ranking))

    def _lay_out(self) -> None:
        self.tabs = hit_tabs(self, self.hit, self.contrast, self.missing, self.what_if, self.steering)
        self._results = results(self, self.state, self.table, self.tabs)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._results)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.bar)
        layout.addWidget(self.banner)
        layout.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.bar.asked.connect(self._search)
        self.bar.refused.connect(self.banner.show_error)
        self.table.chosen.connect(self._hit_chosen)
        self.table.opened.connect(self._explain_in_full)
        self.hit.explain_asked.connect(self._explain_in_full)
        self.steering.changed.connect(self._search)
        self.contrast.feature_opened.connect(self._context.navigator.show_feature)
        self.looks.problem.connect(lambda message: self.banner.show_error(message, passing=True))
        self._context.navigator.dictionary_changed.connect(self._ask_names)
        self._context.navigator.search_asked.connect(self._search_asked)
        self._context.navigator.ranking_asked.connect(self._search_asked)
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self._engine.cancelled.connect(self._cancelled)
        self._engine.busy_changed.connect(self._busy_changed)
