"""What people say about features: names, notes, groups and stars, one change at a time, and back again."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from ui.concepts.feature_list import FeatureList
from ui.concepts.feature_view import FeatureView
from ui.concepts.group_dialog import ask_group
from ui.concepts.requests import Annotate, Change, FeatureRows
from ui.concepts.undo import Undo
from ui.page import PageContext


class Changes(QObject):
    """Asks the engine for each change, and offers to take the last one back.

    The page shows the answers, and then calls `send_next`.
    """

    def __init__(self, context: PageContext, features: FeatureList, view: FeatureView, page: QWidget) -> None:
        super().__init__(page)
        self._engine, self._navigator, self._actions = context.engine, context.navigator, context.actions
        self._features, self._view, self._page = features, view, page
        self._rows: FeatureRows | None = None
        self._waiting: list[Annotate] = []
        self._undo = Undo(context.actions, self)
        view.undo.clicked.connect(self._undo.undo_change)
        view.redo.clicked.connect(self._undo.redo_change)
        self._undo.undo_wanted.connect(lambda entry: self._go_back("undo", entry))
        self._undo.redo_wanted.connect(lambda entry: self._go_back("redo", entry))
        view.renamed.connect(lambda feature, text: self._change("rename", (feature,), text))
        view.noted.connect(lambda feature, text: self._change("note", (feature,), text))
        view.grouped.connect(lambda feature, text: self._change("group", (feature,), text))
        view.starred.connect(lambda feature, on: self._change("star", (feature,), "1" if on else ""))
        self._show_steps()

    @property
    def waiting(self) -> bool:
        """Whether a change is still to be answered."""
        return bool(self._waiting)

    def show_rows(self, rows: FeatureRows) -> None:
        """Change these features from now on, and offer what can be taken back of what was said of them."""
        self._rows = rows
        self._show_steps()

    def forget_rows(self) -> None:
        """Change nothing until there are features again."""
        self._rows = None

    def send_next(self) -> None:
        """Go on with the next change: the last one has been answered."""
        del self._waiting[:1]
        if self._waiting:
            self._engine.submit(self._waiting[0])

    def group_selected(self) -> None:
        """Ask for the group into which the selected features go, all of them in one change."""
        if self._rows is None or not self._features.selected():
            return
        rows = self._rows.rows
        features = tuple(self._features.selected())
        ask_group(
            self._page,
            [rows[feature].name for feature in features],
            sorted({row.group for row in rows if row.group}),
            lambda group: self._change("group", features, group),
        )

    def _change(self, change: Change, features: tuple[int, ...], value: str) -> None:
        if self._rows is not None:
            self._send(Annotate(self._rows.dictionary, change, features, value))

    def _go_back(self, change: Change, entry: int) -> None:
        """Take a change back or do it again, where a person sees it."""
        self._navigator.page_asked.emit("Concepts")
        if self._rows is not None:
            self._send(Annotate(self._rows.dictionary, change, entry=entry))

    def _send(self, request: Annotate) -> None:
        # One at a time: a newer request of a kind would cancel the older one.
        self._waiting.append(request)
        if len(self._waiting) == 1:
            self._engine.submit(request)

    def _show_steps(self) -> None:
        rows = self._rows
        steps = (None, None) if rows is None else (rows.undo, rows.redo)
        self._undo.show_journal(*steps)
        self._view.show_steps(*steps)
        self._actions["edit.group"].setEnabled(rows is not None)
