"""The indexes of the open workspace: build another beside the one in use, compare, switch, switch back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.actions import Actions
from ui.buttons import action_button
from ui.empty_state import EmptyState
from ui.explain.text_field import TextField
from ui.flow_layout import FlowLayout
from ui.inspect.panel import Panel
from ui.inspect.text_view import state_label
from ui.plain import PlainLabel
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.data_table import Column, DataTable
from ui.widgets.durations import show_fraction, stage_in_words
from ui.widgets.numbers import plain

if TYPE_CHECKING:
    from engine.corpus.vectors import IndexModel
    from engine.jobs import Progress
    from engine.retrieval.reindexing import IndexComparison
    from ui.inspect.requests import IndexState

_QUERY_LINES = 4


def _index_columns() -> tuple[Column, ...]:
    return (
        Column("In use", "Which index answers", lambda r: r[2], width=10),
        Column("Model", "Whose vectors they are", lambda r: r[0].name),
        Column("Fingerprint", "Of the model's files", lambda r: r[0].fingerprint[:12], width=15),
        Column("Pooling", "How tokens become a vector", lambda r: r[0].pooling, width=10),
        Column(
            "Dimensions",
            "Numbers in a vector",
            lambda r: f"{r[0].dimension:,}",
            lambda r: r[0].dimension,
            number=True,
            width=10,
        ),
        Column(
            "Vectors",
            "How many documents are embedded; the bar is their share of all",
            lambda r: f"{r[1]:,} of {r[3]:,}",
            lambda r: r[1],
            lambda r: r[1] / max(r[3], 1),
            number=True,
            width=20,
        ),
    )


_QUERY_COLUMNS = (
    Column("Query", "As saved", lambda q: q.query),
    Column(
        "First hit by the first",
        "The most similar document in the index of the model named first above",
        lambda q: q.first_texts[0],
    ),
    Column(
        "First hit by the second",
        "The most similar document in the index of the model named second above",
        lambda q: q.first_texts[1],
    ),
    Column(
        "Overlap@10",
        "Share of the first ten documents that both find",
        lambda q: f"{q.overlap:.0%}",
        lambda q: q.overlap,
        lambda q: q.overlap,
        number=True,
        width=12,
    ),
    Column(
        "Rank correlation",
        "Spearman's, over the documents among the first hundred of either; 1: same order",
        lambda q: plain(q.correlation),
        lambda q: q.correlation,
        lambda q: q.correlation,
        number=True,
        width=15,
    ),
)


class IndexView(QWidget):
    """The table of indexes with what can be done to them, and the comparison on saved queries below."""

    build_asked = Signal(str)  # folder of a model

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.state_: IndexState | None = None
        self._wanted_queries = ""
        self._building = False
        self.indexes = DataTable("Indexes of the workspace", _index_columns(), self)
        self.queries = TextField(
            "Saved queries", "One query a line; they stay with the workspace", _QUERY_LINES, self
        )
        self.results = DataTable("Indexes on saved queries", _QUERY_COLUMNS, self)
        self.indexes.set_empty_text("No document is embedded yet. Embed them in Train.")
        self.results.set_empty_text(
            "Build a second index and write queries that matter to you: what both find for them appears here."
        )
        self.state = state_label("State of the indexes", self)
        self._stage = state_label("Building", self)
        self._bar = QProgressBar(self)
        self._bar.setAccessibleName("Progress of the index")
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        self._bar.setMaximumHeight(8)
        self._work = QWidget(self)
        work = QHBoxLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.addWidget(self._stage, 1)
        work.addWidget(self._bar)
        work.addWidget(action_button(actions["inspect.stop"], parent=self))
        self._work.hide()
        self.panels = [
            Panel("Indexes", self.indexes, self),
            Panel("Quality on saved queries", self.results, self),
        ]
        self.panels[0].about.set_text("one for each model; one of them answers")
        self._lay_out()
        self.indexes.chosen.connect(lambda _row: self._enable())
        self._enable()

    @property
    def chosen(self) -> IndexModel | None:
        """The model of the index that a person has chosen in the table."""
        row = self.indexes.current()
        return None if row is None else self.indexes.records[row][0]

    def other(self) -> IndexModel | None:
        """Return the model to compare with: the one chosen, or the only one beside the one in use."""
        chosen, state = self.chosen, self.state_
        if state is None:
            return None
        others = [model for model, _ in state.info.indexes if model.fingerprint != state.info.active]
        if chosen is not None and chosen in others:
            return chosen
        return others[0] if len(others) == 1 else None

    def unfinished(self) -> IndexModel | None:
        """Return the model of an index that is not complete: the one chosen, or the only one."""
        chosen, state = self.chosen, self.state_
        if state is None:
            return None
        left = [model for model, count in state.info.indexes if count < state.info.documents]
        if chosen is not None and chosen in left:
            return chosen
        return left[0] if len(left) == 1 else None

    def query_list(self) -> tuple[str, ...]:
        """Return the queries as they are written."""
        return tuple(filter(None, (line.strip() for line in self.queries.toPlainText().splitlines())))

    def show_state(self, state: IndexState) -> None:
        """Show the indexes of a workspace."""
        known = self.state_ is not None and self.state_.info.folder == state.info.folder
        self.state_ = state
        chosen = self.chosen
        total = state.info.documents
        rows = []
        for model, count in state.info.indexes:
            use = "in use" if model.fingerprint == state.info.active else ""
            if model.fingerprint == state.previous and not use:
                use = "before"
            rows.append((model, count, use, total))
        models = [row[0] for row in rows]
        self.indexes.show_records(rows, models.index(chosen) if chosen in models else None)
        if not known:
            self.queries.setPlainText(self._wanted_queries or "\n".join(state.queries))
            self._wanted_queries = ""
            self.results.show_records([])
            self.panels[1].about.set_text("write queries, one a line, and compare what two indexes find")
        self._stack.setCurrentIndex(1)
        self._enable()

    @property
    def written_queries(self) -> str:
        """The text in the field of the queries, or the one that is to be there."""
        return self._wanted_queries or self.queries.toPlainText()

    def restore_queries(self, text: str) -> None:
        """Put queries into their field, in place of those that the workspace has."""
        self._wanted_queries = text if self.state_ is None else ""
        self.queries.setPlainText(text)

    def show_comparison(self, comparison: IndexComparison) -> None:
        """Show what two indexes find for the saved queries."""
        self.results.show_records(comparison.queries)
        old, new = (model.name for model in comparison.models)
        correlation = plain(comparison.correlation)
        count = len(comparison.queries)
        self.panels[1].about.set_text(
            f"{old} and {new}: overlap@10 {comparison.overlap:.0%}, rank correlation {correlation}; "
            f"means over {count:,} {'query' if count == 1 else 'queries'}"
        )

    def choose_model(self) -> None:
        """Let a person point to the model of a new index."""
        folder = QFileDialog.getExistingDirectory(self, "Build an index with the model in a folder")
        if folder:
            self.build_asked.emit(folder)

    def begin(self, name: str) -> None:
        """Say that an index is being built."""
        self._building = True
        self._stage.set_text(f"{name}: waiting for its turn")
        self._bar.setRange(0, 0)
        self._work.show()
        self._enable()

    def show_progress(self, name: str, progress: Progress) -> None:
        """Say how far it is."""
        self._stage.set_text(f"{name}: {stage_in_words(progress)}; the index in use goes on answering")
        show_fraction(self._bar, progress.fraction)

    def end(self, text: str) -> None:
        """Say how the building has ended."""
        self._building = False
        self._bar.setRange(0, 1000)
        self._work.hide()
        self.state.set_text(text)
        self._enable()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self.indexes.set_theme(theme)
        self.results.set_theme(theme)

    @Slot()
    def _enable(self) -> None:
        state = self.state_
        other = self.other()
        ready = state is not None and not self._building
        whole = ready and other is not None and (other, state.info.documents) in state.info.indexes
        self._actions["inspect.build"].setEnabled(ready)
        self._actions["inspect.resume"].setEnabled(ready and self.unfinished() is not None)
        self._actions["inspect.stop"].setEnabled(self._building)
        self._actions["inspect.compare"].setEnabled(bool(whole))
        self._actions["inspect.switch"].setEnabled(bool(whole))
        self._actions["inspect.switch_back"].setEnabled(bool(ready and state.previous))

    def _lay_out(self) -> None:
        bar = FlowLayout(horizontal=SPACE_M)
        for name in ("build", "resume", "switch", "switch_back"):
            bar.addWidget(action_button(self._actions[f"inspect.{name}"], parent=self))
        about = PlainLabel(
            "Features belong to the index that they were trained on: after a switch they are refused until "
            "you switch back, or train new ones in Train.",
            self,
        )
        about.setWordWrap(True)
        about.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        above = QWidget(self)
        top = QVBoxLayout(above)
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(SPACE_S)
        top.addWidget(self.panels[0], 1)
        top.addLayout(bar)
        top.addWidget(self._work)
        top.addWidget(self.state)
        top.addWidget(about)
        below = QWidget(self)
        bottom = QVBoxLayout(below)
        bottom.setContentsMargins(0, SPACE_S, 0, 0)
        bottom.setSpacing(SPACE_S)
        title = PlainLabel("Saved queries", self)
        title.setBuddy(self.queries)
        bottom.addWidget(title)
        row = QHBoxLayout()
        row.addWidget(self.queries, 1)
        compare = action_button(self._actions["inspect.compare"], parent=self)
        row.addWidget(compare, 0, Qt.AlignmentFlag.AlignTop)
        bottom.addLayout(row)
        bottom.addWidget(self.panels[1], 1)
        halves = QSplitter(Qt.Orientation.Vertical, self)
        halves.addWidget(above)
        halves.addWidget(below)
        halves.setChildrenCollapsible(False)
        halves.setSizes([300, 360])
        empty = EmptyState("layers", self)
        empty.say(
            "No workspace is open.",
            "Here its documents can be indexed with another model while the index in use goes on answering.",
            "Open the sample workspace",
            self._actions["file.sample"].trigger,
            ("Open a workspace…", self._actions["file.workspace"].trigger),
        )
        self._stack = QStackedWidget(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(halves)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_S)
        layout.addWidget(self._stack)
