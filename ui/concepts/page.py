"""The page Concepts: a table of features, one of them in full, and how all of them lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.concepts import session
from ui.concepts.changes import Changes
from ui.concepts.empty import EmptyConcepts
from ui.concepts.feature_list import FeatureList, summary
from ui.concepts.feature_view import FeatureView
from ui.concepts.head import ConceptsHead
from ui.concepts.layout import halves
from ui.concepts.overview import Overview
from ui.concepts.picture_menu import offer_picture
from ui.concepts.requests import (
    Annotate,
    ColourExamples,
    FeatureDetail,
    FeatureRows,
    OpenFeature,
    OpenFeatures,
    ReadAlignment,
    ReadCoactivation,
    ReadText,
    SearchFeatures,
)
from ui.page import Page, PageContext
from ui.report.requests import ShownFeature
from ui.requests import Answer, Failure, Request, Stopped
from ui.theme import SPACE_S, Theme

if TYPE_CHECKING:
    from engine.instrument import WorkspaceInfo

_REQUESTS = (
    Annotate,
    ColourExamples,
    OpenFeature,
    OpenFeatures,
    ReadAlignment,
    ReadCoactivation,
    ReadText,
    SearchFeatures,
)


class ConceptsPage(Page):
    """Asks the engine for features when it is in front, and keeps what it shows in step with the window."""

    session_shape = staticmethod(session.SHAPE)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine, self._navigator, self._actions = context.engine, context.navigator, context.actions
        self._info: WorkspaceInfo | None = None
        self._rows: FeatureRows | None = None
        self._stale = True
        self._found: tuple[int, ...] | None = None
        self._uncoloured: ColourExamples | None = None
        self.head = ConceptsHead(self)
        self.features = FeatureList(self)
        self.feature = FeatureView(self)
        self.overview = Overview(context, self)
        self.changes = Changes(context, self.features, self.feature, self)
        self.empty = EmptyConcepts(context.actions, context.navigator, self)
        self._halves = halves(self, self.features, self.overview, self.feature)
        self._places = QStackedWidget(self)
        self._places.addWidget(self.empty)
        self._places.addWidget(self._halves)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.head)
        layout.addWidget(self.banner)
        layout.addWidget(self._places, 1)
        for panel in (*self.overview.pictures, *self.feature.pictures):
            offer_picture(panel, context.settings, self.banner.show_error)
        self._connect()
        self._bind()
        self._say_what_is_missing()

    # -- what the window tells ------------------------------------------------------------------------

    def workspace_ready(self, info: WorkspaceInfo) -> None:
        self._info = info
        self.overview.set_folder(info.folder)
        self.head.show_dictionaries(info.dictionaries, self._navigator.dictionary)
        self._look_again()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for part in (self.features, self.feature, self.overview):
            part.set_theme(theme)

    def shown(self) -> None:
        if self._stale:
            self._look_again()
        self._colour_examples(self._engine.busy)

    def shown_for_report(self) -> ShownFeature | str:
        """Return the feature on screen."""
        feature = self._navigator.feature
        if feature is None or not self._navigator.dictionary:
            return "no feature is chosen; choose one in the table first"
        return ShownFeature(self._navigator.dictionary, feature)

    def session(self) -> dict[str, Any]:
        return session.session_of(self)

    def restore(self, data: Mapping[str, Any]) -> None:
        session.restore(self, data)

    def stop(self) -> None:
        self.head.stop()
        self.overview.text.stop()
        self.feature.commit()

    # -- features -------------------------------------------------------------------------------------

    @property
    def dictionary(self) -> str:
        """The autoencoder whose features are shown, empty for none."""
        name = self._navigator.dictionary
        return name if self._info is not None and name in self._info.dictionaries else ""

    @Slot()
    def _look_again(self) -> None:
        """Read the features anew, now or when the page comes to the front."""
        self._stale = True
        if not self.dictionary:
            self._rows = None
            self.changes.forget_rows()
            self._say_what_is_missing()
        elif self.isVisible():
            self._stale = False
            self._engine.submit(OpenFeatures(self.dictionary))
            if self._rows is None or self._rows.dictionary != self.dictionary:
                self.empty.show_reading(self.dictionary)
                self._places.setCurrentWidget(self.empty)

    def changed_elsewhere(self, dictionary: str, changes: tuple[int | None, int | None]) -> None:
        """Read the features anew if another program has changed what is said of them."""
        rows = self._rows
        if rows is not None and rows.dictionary == dictionary and not self.changes.waiting:
            known = tuple(None if step is None else step.entry for step in (rows.undo, rows.redo))
            if known != changes:
                self._look_again()

    def _show_rows(self, rows: FeatureRows) -> None:
        other = self._rows is None or self._rows.dictionary != rows.dictionary
        self._rows = rows
        self.head.counts.set_text(summary(rows))
        if other:
            self._found = None
            self.head.ask_meaning()
        self.features.show_rows(rows, self._navigator.feature)
        self.feature.show_rows(rows.rows)
        self.overview.show_rows(rows, other)
        self._places.setCurrentWidget(self._halves)
        self.changes.show_rows(rows)
        if not rows.labelled:
            self.banner.show_note(
                "These features have no names yet. Label them in Train, or run `label` on the command line.",
                "Go to Train",
                lambda: self._navigator.page_asked.emit("Train"),
            )
        if other:
            chosen = self._navigator.feature
            if chosen is None or chosen >= len(rows.rows):
                shown = self.features.shown()
                self._navigator.choose_feature(shown[0] if shown else None)
            else:
                self._feature_changed(chosen)

    def _say_what_is_missing(self) -> None:
        self._places.setCurrentWidget(self.empty)
        self.head.counts.set_text("")
        if self._info is None:
            self.empty.show_no_workspace()
        else:
            self.empty.show_no_features()

    # -- selection ------------------------------------------------------------------------------------

    @Slot(object)
    def _feature_changed(self, feature: int | None) -> None:
        if self._rows is None or feature is None or feature >= len(self._rows.rows):
            return
        self.features.choose(feature)
        self.overview.choose(feature)
        self.feature.show_feature(self._rows.rows[feature])
        for kind in ("alignment", "feature words"):
            self._engine.cancel(kind)
        self._engine.submit(OpenFeature(self._rows.dictionary, feature))

    @Slot(object)
    def _pointed_at(self, feature: int | None) -> None:
        self.overview.hover(feature)
        self.features.point_at(feature)

    @Slot(str)
    def _dictionary_changed(self, _name: str) -> None:
        if self._info is not None:
            self.head.show_dictionaries(self._info.dictionaries, self._navigator.dictionary)
            self._look_again()

    # -- search ---------------------------------------------------------------------------------------

    @Slot()
    def _words_changed(self) -> None:
        if not self.head.meaning:
            self._found = None
        self._filter()

    @Slot(str)
    def _meaning_due(self, text: str) -> None:
        if self._rows is not None and text:
            self._engine.submit(SearchFeatures(self._rows.dictionary, text))

    def _filter(self) -> None:
        self.features.show_matching(self.head.words, self._found)
        self.features.choose(self._navigator.feature)
        searched = bool(self.head.words.strip()) or self._found is not None
        self.overview.show_matching(self.features.shown() if searched else None)

    # -- answers --------------------------------------------------------------------------------------

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        match answer.request:
            case OpenFeatures(dictionary) if dictionary == self.dictionary:
                self._show_rows(answer.value)
            case Annotate():
                if answer.request.dictionary == self.dictionary:
                    self._show_rows(answer.value)
                self.changes.send_next()
            case SearchFeatures(dictionary, text):
                if dictionary == self.dictionary and text == self.head.meaning:
                    self._found = answer.value.features
                    self._filter()
            case OpenFeature() if self._is_current(answer.request):
                self.feature.show_detail(answer.value)
                self.overview.show_detail(answer.value)
                self._ask_more(answer.value)
            case ReadAlignment() if self._is_current(answer.request):
                self.feature.show_alignment(answer.value)
            case ColourExamples() if self._is_current(answer.request):
                self.feature.show_words(answer.value)
                if answer.final:
                    self._uncoloured = None

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if not isinstance(failure.request, _REQUESTS):
            return
        self._give_up_colours(failure.request)
        self.banner.show_error(failure.message)
        if isinstance(failure.request, Annotate):
            self.changes.send_next()
            self.feature.show_rows(self._rows.rows if self._rows is not None else ())
            if failure.request.entry is not None:
                # Somebody else has changed something; what can be taken back is another change now.
                self._look_again()
        elif isinstance(failure.request, OpenFeatures):
            self.empty.show_refused(failure.message, self._look_again)
            self._places.setCurrentWidget(self.empty)

    @Slot(object)
    def _cancelled(self, stopped: Stopped) -> None:
        self._give_up_colours(stopped.request)
        if isinstance(stopped.request, Annotate):
            self.changes.send_next()
        elif isinstance(stopped.request, OpenFeatures):
            self.empty.show_stopped(self._look_again)
            self._places.setCurrentWidget(self.empty)

    def _ask_more(self, detail: FeatureDetail) -> None:
        texts = tuple(example.text for example in detail.examples)
        if texts:
            self._engine.submit(ReadAlignment(detail.dictionary, detail.feature))
            self._uncoloured = ColourExamples(detail.dictionary, detail.feature, texts)

    @Slot(bool)
    def _colour_examples(self, busy: bool) -> None:
        """Colour the words of the examples on screen while nobody waits for anything."""
        wanted = self._uncoloured
        if not busy and wanted is not None and self.isVisible() and self._is_current(wanted):
            self._engine.submit(wanted)

    def _give_up_colours(self, request: Request) -> None:
        if request == self._uncoloured:
            self._uncoloured = None

    def _is_current(self, request: OpenFeature | ReadAlignment | ColourExamples) -> bool:
        return (request.dictionary, request.feature) == (self.dictionary, self._navigator.feature)

    # -- wiring ---------------------------------------------------------------------------------------

    def _connect(self) -> None:
        navigator, view = self._navigator, self.feature
        self._engine.answered.connect(self._answered)
        self._engine.failed.connect(self._failed)
        self._engine.cancelled.connect(self._cancelled)
        self._engine.busy_changed.connect(self._colour_examples)
        navigator.feature_changed.connect(self._feature_changed)
        navigator.dictionary_changed.connect(self._dictionary_changed)
        self.head.dictionary_chosen.connect(navigator.choose_dictionary)
        self.head.words_changed.connect(self._words_changed)
        self.head.meaning_due.connect(self._meaning_due)
        for source in (self.features.chosen, view.feature_chosen, self.overview.feature_chosen):
            source.connect(navigator.choose_feature)
        self.features.hovered.connect(self.overview.hover)
        self.overview.hovered.connect(self._pointed_at)
        self.overview.families_known.connect(self.features.show_families)
        self.overview.problem.connect(self.banner.show_error)
        view.search_wanted.connect(navigator.search)

    def _bind(self) -> None:
        bind = self._actions.bind
        bind("edit.features", self._focus_search)
        bind("edit.group", self.changes.group_selected)
        self.features.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.features.addAction(self._actions["edit.group"])

    def _focus_search(self) -> None:
        self._navigator.page_asked.emit("Concepts")
        self.head.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.head.search.selectAll()
