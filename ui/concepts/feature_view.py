"""One feature: its name and what people say about it, examples, activations, relatives, metadata."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ui.buttons import tool_button
from ui.concepts.example_list import ExampleList
from ui.concepts.feature_list import STAR, placeholder
from ui.concepts.requests import Aligned, Example, FeatureDetail, FeatureRow, Related, Step, WordValues
from ui.elided_label import ElidedLabel
from ui.plain import PlainLabel
from ui.theme import SPACE_M, SPACE_S, Theme, set_size
from ui.widgets.data_table import Column, DataTable
from ui.widgets.histogram import HistogramPlot
from ui.widgets.numbers import MINUS, counted, percent, plain

_HOLLOW_STAR = "\N{WHITE STAR}"


class FeatureView(QWidget):
    """Shows a feature; what a person changes about it leaves as signals."""

    renamed = Signal(int, str)
    noted = Signal(int, str)
    grouped = Signal(int, str)
    starred = Signal(int, bool)
    feature_chosen = Signal(int)
    search_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: FeatureRow | None = None
        self._rows: tuple[FeatureRow, ...] = ()
        self.name = _Field("Name of the feature", "Name it", self)
        set_size(self.name, "title")
        self.star = tool_button(_HOLLOW_STAR, "Star the feature", "Star this feature (to find it again)")
        self.star.setCheckable(True)
        self.star.clicked.connect(self._star_clicked)
        self.undo = tool_button("Undo", "Undo the change to features", parent=self, icon="undo-2")
        self.redo = tool_button("Redo", "Redo the change to features", parent=self, icon="redo-2")
        self.about = ElidedLabel("About the feature", self)
        self.keywords = PlainLabel(self)
        self.keywords.setWordWrap(True)
        self.scores = PlainLabel(self)
        self.scores.setWordWrap(True)
        for label, title in ((self.keywords, "Keywords"), (self.scores, "Scores of the name")):
            label.setAccessibleName(title)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.scores.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.about.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.group = _Field("Group of the feature", "Group", self)
        self.group.setToolTip("Features of one group belong together; type a name to put this one into it")
        self.note = _Note(self)
        self.examples = ExampleList(self)
        self.search_example = tool_button(
            "Search in Rank", "Search in Rank", "Rank all documents by the chosen example"
        )
        self.search_example.clicked.connect(self._search_clicked)
        self.examples.chosen.connect(self._example_chosen)
        self.activations = HistogramPlot(
            "Activations", "activation", "documents", "No document fires this feature."
        )
        self.similar = _related_table("Similar features", "Cosine", "Cosine of their decoder rows", self._at)
        self.coactive = _related_table(
            "Co-active features",
            "Together",
            "How much more often they fire together than by chance",
            self._at,
        )
        self.alignment = DataTable("Metadata of its documents", _ALIGNMENT, self, sorted_by=(4, False))
        for table in (self.similar, self.coactive):
            # Not as soon as a row is the current one: the keyboard could never come to the second row.
            table.clicked.connect(lambda _index, table=table: self._go(table))
            table.opened.connect(lambda _row, table=table: self._go(table))
        self.name.edited.connect(lambda text: self._emit(self.renamed, text))
        self.group.edited.connect(lambda text: self._emit(self.grouped, text))
        self.note.edited.connect(lambda text: self._emit(self.noted, text))
        self.tabs = QTabWidget(self)
        self.tabs.setAccessibleName("About the feature")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("Parts of the feature's page")
        self._arrange()
        self._example_chosen(None)

    def show_steps(self, undo: Step | None, redo: Step | None) -> None:
        """Say what can be taken back, and done again."""
        for button, verb, step in ((self.undo, "Undo", undo), (self.redo, "Redo", redo)):
            button.setEnabled(step is not None)
            button.setToolTip("" if step is None else f"{verb} the {step.what}")

    @property
    def pictures(self) -> tuple[QWidget, ...]:
        """What can be saved as a picture."""
        return self.examples, self.activations

    def show_rows(self, rows: tuple[FeatureRow, ...]) -> None:
        """Take the names of all features, and what has changed about the one on screen."""
        self._rows = rows
        self.similar.viewport().update()
        self.coactive.viewport().update()
        if self._row is not None and self._row.feature < len(rows):
            self._show_row(rows[self._row.feature])

    def show_feature(self, row: FeatureRow) -> None:
        """Show what the table knows of a feature, until the rest comes."""
        for field in (self.name, self.group, self.note):
            field.commit()
        self._show_row(row)
        self.keywords.setText(" · ".join(row.keywords))
        self.scores.setText("")
        self.examples.show_examples(())
        self.examples.set_empty_text("Looking for its documents …")
        self.activations.clear()
        for table in (self.similar, self.coactive, self.alignment):
            table.set_empty_text("Looking …")
            table.show_records(())

    def show_detail(self, detail: FeatureDetail) -> None:
        """Show the rest of the feature on screen."""
        self.keywords.setText(
            "  ·  ".join(f"{word} {plain(score, 2)}" for word, score in detail.keywords)
            or "No keywords: names have not been looked for, or nothing was found."
        )
        self.keywords.setToolTip(
            "Phrases of its documents, and how well the similarity to each goes with the activation"
        )
        self.scores.setText("  ·  ".join(f"{name} {value}" for name, value, _ in detail.scores))
        self.scores.setToolTip("\n".join(f"{name}: {tip}" for name, _, tip in detail.scores))
        self.examples.set_empty_text("No document fires this feature: it is dead.")
        self.examples.show_examples(detail.examples)
        histogram = detail.activations
        self.activations.show_counts(histogram.edges, histogram.counts, detail.threshold)
        self.similar.set_empty_text("There is no other feature.")
        self.coactive.set_empty_text("No other feature fires with it on three documents or more.")
        self.similar.show_records(detail.similar)
        self.coactive.show_records(detail.coactive)

    def show_alignment(self, alignment: tuple[Aligned, ...]) -> None:
        """Show which metadata the feature goes with."""
        self.alignment.set_empty_text(
            "No value of a metadata column goes with its documents more than chance allows."
        )
        self.alignment.show_records(alignment)

    def show_words(self, words: WordValues) -> None:
        """Colour the words of the examples that have been read."""
        self.examples.show_words(words)

    def commit(self) -> None:
        """Say what was typed and not yet said."""
        for field in (self.name, self.group, self.note):
            field.commit()

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        for panel in (self.examples, self.activations, self.similar, self.coactive, self.alignment):
            panel.set_theme(theme)

    # -- inside ---------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_S)
        head.addWidget(self.name, 1)
        for button in (self.star, self.undo, self.redo):
            head.addWidget(button)
        words = QGridLayout()
        words.setHorizontalSpacing(SPACE_M)
        words.addWidget(self.group, 0, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(self.note, 0, 1)
        words.setColumnStretch(0, 1)
        words.setColumnStretch(1, 3)
        examples = QWidget(self)
        below = QVBoxLayout(examples)
        below.setContentsMargins(0, SPACE_S, 0, 0)
        below.setSpacing(SPACE_S)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.search_example)
        below.addWidget(self.examples, 1)
        below.addLayout(row)
        related = QSplitter(Qt.Orientation.Vertical, self)
        related.setAccessibleName("Related features")
        related.setChildrenCollapsible(False)
        for title, table in (
            ("Fire on the same documents", self.coactive),
            ("Point the same way", self.similar),
        ):
            part = QWidget(related)
            column = QVBoxLayout(part)
            column.setContentsMargins(0, SPACE_S, 0, 0)
            column.setSpacing(0)
            label = PlainLabel(title, part)
            label.setContentsMargins(SPACE_M, 0, 0, 0)
            column.addWidget(label)
            column.addWidget(table, 1)
        for title, widget in (
            ("Examples", examples),
            ("Activations", self.activations),
            ("Related", related),
            ("Metadata", self.alignment),
        ):
            self.tabs.addTab(widget, title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_S)
        layout.addLayout(head)
        layout.addWidget(self.about)
        layout.addWidget(self.keywords)
        layout.addWidget(self.scores)
        layout.addLayout(words)
        layout.addWidget(self.tabs, 1)

    def _show_row(self, row: FeatureRow) -> None:
        self._row = row
        self.name.show_value(row.label)
        self.name.setPlaceholderText(placeholder(row))
        self.group.show_value(row.group)
        self.note.show_value(row.note)
        self.star.setChecked(row.starred)
        self.star.setText(STAR if row.starred else _HOLLOW_STAR)
        parts = [f"Feature {row.feature}", f"fires on {percent(row.fire_rate)} of the documents"]
        if row.machine_label and row.machine_label != row.label:
            parts.append(f"named “{row.machine_label}” by the machine")
        self.about.set_text("  ·  ".join(parts))

    def _at(self, feature: int) -> FeatureRow | None:
        return self._rows[feature] if feature < len(self._rows) else None

    def _go(self, table: DataTable) -> None:
        row = table.current()
        if row is not None:
            self.feature_chosen.emit(table.records[row].feature)

    def _emit(self, signal: Signal, text: str) -> None:
        if self._row is not None:
            signal.emit(self._row.feature, text)

    @Slot()
    def _star_clicked(self) -> None:
        if self._row is not None:
            self.starred.emit(self._row.feature, self.star.isChecked())

    @Slot(object)
    def _example_chosen(self, example: Example | None) -> None:
        self.search_example.setEnabled(example is not None)

    @Slot()
    def _search_clicked(self) -> None:
        self.search_wanted.emit(self.examples.current.text)


class _Field(QLineEdit):
    """A line that says what was typed into it when it is left, or at Return; Escape takes it back."""

    edited = Signal(str)

    def __init__(self, name: str, placeholder: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._value = ""
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.editingFinished.connect(self.commit)

    def show_value(self, value: str) -> None:
        self._value = value
        if self.text() != value:
            self.setText(value)
            self.setCursorPosition(0)

    @Slot()
    def commit(self) -> None:
        text = " ".join(self.text().split())
        if text != self._value:
            self._value = text
            self.edited.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._value)
        else:
            super().keyPressEvent(event)


class _Note(QPlainTextEdit):
    """A note of a few lines, said when it is left."""

    edited = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._value = ""
        self.setAccessibleName("Note about the feature")
        self.setPlaceholderText("Note")
        self.setTabChangesFocus(True)
        self._fit()

    def show_value(self, value: str) -> None:
        self._value = value
        if self.toPlainText() != value:
            self.setPlainText(value)

    def commit(self) -> None:
        text = self.toPlainText().strip()
        if text != self._value:
            self._value = text
            self.edited.emit(text)

    def focusOutEvent(self, event: QEvent) -> None:
        super().focusOutEvent(event)
        self.commit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(2 * self.fontMetrics().lineSpacing() + 2 * SPACE_M)


def _related_table(name: str, title: str, tip: str, row_of: Callable[[int], FeatureRow | None]) -> DataTable:
    def said(related: Related) -> str:
        row = row_of(related.feature)
        return str(related.feature) if row is None else row.label or placeholder(row)

    columns = (
        Column("Name", "What the feature stands for; a click or Return goes there", said),
        Column(
            title,
            tip,
            lambda related: plain(related.value, 2),
            key=lambda related: related.value,
            share=lambda related: related.value,
            number=True,
            width=10,
        ),
        Column("Id", "Number of the feature", lambda r: str(r.feature), key=lambda r: r.feature, number=True,
               width=7),
    )  # fmt: skip
    return DataTable(name, columns)


def _lift(aligned: Aligned) -> str:
    return f"{aligned.lift:.2f}×" if math.isfinite(aligned.lift) else "∞"


def _p(aligned: Aligned) -> str:
    said = "< 1e-300" if aligned.p_value < 1e-300 else f"{aligned.p_value:.1e}"
    return said.replace("-", MINUS)


_ALIGNMENT = (
    Column("Column", "Of the metadata", lambda a: a.column, width=9),
    Column("Value", "That the documents have", lambda a: a.value),
    Column(
        "Documents",
        "How many of the documents that fire the feature have the value",
        lambda a: f"{a.inside:,} of {a.active:,}",
        key=lambda a: a.inside,
        share=lambda a: a.inside / a.active if a.active else None,
        tooltip=lambda a: f"{counted(a.total, 'document')} of all have the value",
        number=True,
        width=13,
    ),
    Column(
        "Lift",
        "Share among the documents that fire it over the share among all documents",
        _lift,
        key=lambda a: a.lift,
        number=True,
        width=6,
    ),
    Column(
        "p",
        "Chance of so many if the feature had nothing to do with the value, corrected for all values tested",
        _p,
        key=lambda a: a.p_value,
        number=True,
        width=8,
    ),
)
