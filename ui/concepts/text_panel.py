"""A text of one's own, and the features that it switches on."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from ui.concepts.feature_list import placeholder
from ui.concepts.requests import ActiveFeature, ActiveFeatures, FeatureRow
from ui.elided_label import ElidedLabel
from ui.theme import SPACE_S, Theme
from ui.widgets.data_table import Column, DataTable
from ui.widgets.numbers import counted, plain

_ASK_AFTER_MS = 350


class TextPanel(QWidget):
    """A field at the left, its active features at the right, strongest first."""

    read_wanted = Signal(str)
    feature_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[FeatureRow, ...] = ()
        self._strongest = 1.0
        self.field = QPlainTextEdit(self)
        self.field.setAccessibleName("Text to read features from")
        self.field.setPlaceholderText("Paste a text: the features that it switches on appear beside it.")
        self.field.setTabChangesFocus(True)
        self.field.textChanged.connect(self._edited)
        self.note = ElidedLabel("What the text switches on", self)
        self.note.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        columns = (
            Column("Active feature", "What the feature stands for; choose it to go there", self._name),
            Column(
                "Activation",
                "How strongly the text fires the feature",
                lambda active: plain(active.activation, 3),
                key=lambda active: active.activation,
                share=lambda active: active.activation / self._strongest,
                number=True,
                width=10,
            ),
        )
        self.table = DataTable("Active features of the text", columns, self, sorted_by=(1, True))
        self.table.set_empty_text("The features that your text switches on appear here, strongest first.")
        self.table.chosen.connect(lambda place: self.feature_chosen.emit(self.table.records[place].feature))
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(SPACE_S, 0, 0, 0)
        column.setSpacing(SPACE_S)
        column.addWidget(self.note)
        column.addWidget(self.table, 1)
        halves = QSplitter(Qt.Orientation.Horizontal, self)
        halves.setAccessibleName("Text and its features")
        halves.addWidget(self.field)
        halves.addWidget(right)
        halves.setSizes([300, 400])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_S)
        layout.addWidget(halves)
        self._pause = QTimer(self, singleShot=True, interval=_ASK_AFTER_MS)
        self._pause.timeout.connect(self._pause_over)

    @property
    def text(self) -> str:
        """What is in the field."""
        return self.field.toPlainText().strip()

    def show_rows(self, rows: tuple[FeatureRow, ...], other: bool) -> None:
        """Take the names of features; those of another autoencoder are read anew."""
        self._rows = rows
        self.table.viewport().update()
        if other:
            self.table.show_records(())
            self._edited()

    def show_active(self, found: ActiveFeatures) -> None:
        """Show what a text switches on, if it is still the text in the field."""
        if found.text == self.text:
            self._strongest = max((one.activation for one in found.features), default=0.0) or 1.0
            self.table.show_records(found.features)
            self.note.set_text(counted(len(found.features), "active feature") + ", strongest first")

    def choose(self, feature: int | None) -> None:
        """Mark a feature if the text switches it on."""
        places = [place for place, one in enumerate(self.table.records) if one.feature == feature]
        self.table.choose(places[0] if places else None)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self.table.set_theme(theme)

    def stop(self) -> None:
        """Ask for nothing more."""
        self._pause.stop()

    @Slot()
    def _edited(self) -> None:
        if self.text:
            self._pause.start()
        else:
            self._pause.stop()
            self.table.show_records(())
            self.note.set_text("")

    @Slot()
    def _pause_over(self) -> None:
        self.read_wanted.emit(self.text)

    def _name(self, active: ActiveFeature) -> str:
        if active.feature >= len(self._rows):
            return f"feature {active.feature}"
        row = self._rows[active.feature]
        return row.label or placeholder(row)
