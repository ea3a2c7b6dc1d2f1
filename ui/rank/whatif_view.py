"""What if query or document read otherwise: edit them, and see the score and the rank move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ui.flow_layout import FlowLayout
from ui.plain import PlainLabel
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.data_table import Column, DataTable
from ui.widgets.numbers import counted, isolated_word, plain, signed

if TYPE_CHECKING:
    from engine.retrieval.whatif import Deletion, Outcome, Pinned, Probes

_PAUSE_MS = 350
_SIDES = {"candidate": "the document", "query": "the query"}


@dataclass(frozen=True)
class _ProbeLine:
    kind: str
    what: str
    outcome: Outcome
    unmoved: bool
    largest: float


class WhatIfView(QWidget):
    """Fields with both texts as they are, to be edited; nothing in the workspace changes."""

    edited = Signal(str, str)
    deletion_asked = Signal(str, int)  # side, rank
    probes_asked = Signal(str)  # side

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._query = self._text = ""
        self._wanted: tuple[str, str] | None = None
        self.query = _field("Query, to be edited", self)
        self.text = _field("Document, to be edited", self)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        for field in (self.query, self.text):
            field.textChanged.connect(self._pause.start)
        self.outcome = _told(self)
        self.restore = QPushButton("As it was", self)
        self.restore.setAccessibleName("Put both texts back as they were")
        self.restore.clicked.connect(self._restore)
        self.side = QComboBox(self)
        self.side.setAccessibleName("Whose words are changed")
        self.side.view().setAccessibleName("Sides")
        for side, name in _SIDES.items():
            self.side.addItem(f"in {name}", side)
        self.rank = QSpinBox(self)
        self.rank.setAccessibleName("Rank that the document is to drop below")
        self.rank.setRange(1, 1000)
        self.rank.setValue(10)
        self.delete = QPushButton("Smallest deletion", self)
        self.delete.setAccessibleName("Find the smallest deletion")
        self.delete.setToolTip("The fewest words whose deletion drops the document below this rank")
        self.delete.clicked.connect(self._ask_deletion)
        self.deletion = _told(self)
        self.probe = QPushButton("Try changes of meaning", self)
        self.probe.setAccessibleName("Try changes of meaning")
        self.probe.setToolTip("Negation, numbers and names changed: does the similarity move?")
        self.probe.clicked.connect(self._ask_probes)
        self.probes = DataTable("Changes of meaning and what they do", _PROBES, self)
        self.probes.set_empty_text(
            "Press “Try changes of meaning”: the text is negated, its numbers and names are changed. What "
            "each change does to the similarity appears here."
        )
        self.warning = _told(self)
        self._lay_out()

    @property
    def edits(self) -> tuple[str, str] | None:
        """Query and document as they were edited, or are to be; None if they are as they were."""
        written = self.query.toPlainText(), self.text.toPlainText()
        return self._wanted or (None if written == (self._query, self._text) else written)

    def edit_when_shown(self, edits: tuple[str, str] | None) -> None:
        """Edit the texts of the next hit like this."""
        self._wanted = edits

    def show_hit(self, query: str, text: str) -> None:
        """Start from a query and a document as they are; what was edited is kept if they are the same."""
        if (query, text) == (self._query, self._text):
            return
        self._query, self._text = query, text
        self._restore()
        self.deletion.setText("")
        self.warning.setText("")
        self.probes.show_records([])
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            for field, edited in zip((self.query, self.text), wanted, strict=True):
                field.setPlainText(edited)

    def say(self, text: str) -> None:
        """Say what is going on, in place of the outcome."""
        self.outcome.setText(text)

    def show_outcome(self, outcome: Outcome, pinned: Pinned) -> None:
        """Say what has become of the edit."""
        self.outcome.setText(
            f"Similarity {plain(pinned.similarity)} → {plain(outcome.similarity)} "
            f"({signed(outcome.change, 0.1)}), rank {pinned.rank:,} → {outcome.rank:,}"
        )

    def show_deletion(self, deletion: Deletion) -> None:
        """Say which words have to go."""
        if not deletion.words:
            self.deletion.setText(f"It is below rank {deletion.k} as it is.")
            return
        words = ", ".join(isolated_word(word.text) for word in deletion.words)
        end = f"similarity {plain(deletion.outcome.similarity)}, rank {deletion.outcome.rank:,}"
        self.deletion.setText(
            f"Without {words}: {end} (encoded anew)."
            if deletion.below
            else f"No deletion in the order of importance does it; the nearest is without {words}: {end}."
        )

    def show_probes(self, probes: Probes) -> None:
        """List what changes of meaning do, and warn of those that the model hardly notices."""
        largest = max([abs(probe.outcome.change) for probe in probes.probes] + [probes.threshold, 1e-9])
        self.probes.show_records(
            [
                _ProbeLine(probe.change.kind, probe.change.what, probe.outcome, probe.unmoved, largest)
                for probe in probes.probes
            ]
        )
        unmoved = sum(probe.unmoved for probe in probes.probes)
        middling = f"deleting one middling word does ({plain(probes.threshold)})"
        self.warning.setText(
            f"⚠ {unmoved} of {counted(len(probes.probes), 'change')} of meaning moved the similarity less "
            f"than {middling}: the model hardly reads what was changed."
            if unmoved
            else f"Every change of meaning moved the similarity more than {middling}."
        )

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self.probes.set_theme(theme)

    def stop(self) -> None:
        """Ask for nothing more."""
        self._pause.stop()

    @Slot()
    def _restore(self) -> None:
        for field, text in ((self.query, self._query), (self.text, self._text)):
            field.blockSignals(True)
            field.setPlainText(text)
            field.blockSignals(False)
        self._pause.stop()
        self.outcome.setText("Edit either text: the score and the rank follow.")

    @Slot()
    def _ask(self) -> None:
        query, text = self.query.toPlainText(), self.text.toPlainText()
        if not query.strip() or not text.strip():
            self.outcome.setText("A text of no words has no similarity; leave at least one.")
        elif (query, text) == (self._query, self._text):
            self._restore()
        else:
            self.edited.emit(query, text)

    @Slot()
    def _ask_deletion(self) -> None:
        self.deletion.setText("Deleting words …")
        self.deletion_asked.emit(self.side.currentData(), self.rank.value())

    @Slot()
    def _ask_probes(self) -> None:
        self.warning.setText("Trying …")
        self.probes_asked.emit(self.side.currentData())

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_S)
        for title, field in (("Query", self.query), ("Document", self.text)):
            label = PlainLabel(title, self)
            label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
            label.setBuddy(field)
            layout.addWidget(label)
            layout.addWidget(field)
        row = QHBoxLayout()
        row.addWidget(self.outcome, 1)
        row.addWidget(self.restore, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(row)
        layout.addSpacing(SPACE_M)
        controls = FlowLayout(horizontal=SPACE_M)
        below = PlainLabel("below rank", self)
        below.setBuddy(self.rank)
        for widget in (self.delete, below, self.rank, self.side, self.probe):
            controls.addWidget(widget)
        layout.addLayout(controls)
        layout.addWidget(self.deletion)
        layout.addWidget(self.probes, 1)
        layout.addWidget(self.warning)


def _field(name: str, parent: QWidget) -> QPlainTextEdit:
    field = QPlainTextEdit(parent)
    field.setAccessibleName(name)
    field.setTabChangesFocus(True)
    field.setFixedHeight(4 * field.fontMetrics().lineSpacing())
    return field


def _told(parent: QWidget) -> QLabel:
    label = PlainLabel(parent)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


_PROBES = (
    Column(
        "Change",
        "What was changed in the text",
        lambda line: line.what,
        tooltip=lambda line: line.outcome.text,
    ),
    Column(
        "Similarity",
        "What it does to the similarity; the bar is its size beside the others",
        lambda line: signed(line.outcome.change, 0.1),
        key=lambda line: line.outcome.change,
        share=lambda line: line.outcome.change / line.largest,
        diverging=True,
        number=True,
        width=12,
    ),
    Column(
        "Rank",
        "The rank with the change",
        lambda line: f"{line.outcome.rank:,}",
        key=lambda line: line.outcome.rank,
        number=True,
        width=8,
    ),
    Column(
        "Noticed",
        "Whether the similarity moved more than by deleting a middling word",
        lambda line: "hardly" if line.unmoved else "yes",
        width=9,
    ),
)
