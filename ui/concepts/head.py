"""The strip at the head of Concepts: which autoencoder, what is searched for, how many features there are."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from ui.buttons import tool_button
from ui.elided_label import ElidedLabel
from ui.theme import SPACE_M, SPACE_S

MEANING_AFTER_MS = 250


class ConceptsHead(QWidget):
    """Owns the choice of the autoencoder and the search.

    Words filter at each keystroke; meaning is asked for after a short pause.
    """

    dictionary_chosen = Signal(str)
    words_changed = Signal()
    meaning_due = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dictionary = QComboBox(self)
        self.dictionary.setAccessibleName("Autoencoder")
        self.dictionary.view().setAccessibleName("Autoencoder")
        self.dictionary.setToolTip("Whose features are shown")
        self.dictionary.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.dictionary.activated.connect(self._dictionary_activated)
        self.search = QLineEdit(self)
        self.search.setAccessibleName("Search features")
        self.search.setPlaceholderText("Search features by words and by meaning")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(180)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.search.textChanged.connect(self._edited)
        self.by_words = tool_button(
            "Words", "Search by words", "Names, keywords, notes and groups that hold all the words", "segment"
        )
        self.by_meaning = tool_button(
            "Meaning", "Search by meaning", "Names and decoder rows near in meaning, nearest first", "segment"
        )
        modes = QWidget(self)
        row = QHBoxLayout(modes)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for button, place in ((self.by_words, "first"), (self.by_meaning, "last")):
            button.setCheckable(True)
            button.setChecked(True)
            button.setProperty("place", place)
            button.clicked.connect(self._mode_clicked)
            row.addWidget(button)
        self.counts = ElidedLabel("How many features", self)
        self.counts.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self.dictionary)
        layout.addWidget(self.search, 3)
        layout.addWidget(modes)
        layout.addWidget(self.counts, 2)
        self._pause = QTimer(self, singleShot=True, interval=MEANING_AFTER_MS)
        self._pause.timeout.connect(self._pause_over)

    @property
    def words(self) -> str:
        """What names must hold; empty if words do not count."""
        return self.search.text() if self.by_words.isChecked() else ""

    @property
    def meaning(self) -> str:
        """What features must be near to; empty if meaning does not count."""
        return self.search.text().strip() if self.by_meaning.isChecked() else ""

    def restore(self, text: str, by_words: bool, by_meaning: bool) -> None:
        """Search again for what was searched for."""
        self.by_words.setChecked(by_words or not by_meaning)
        self.by_meaning.setChecked(by_meaning)
        if text == self.search.text():
            self._edited()
        self.search.setText(text)

    def ask_meaning(self) -> None:
        """Ask by meaning once more, as there are other features to search."""
        if self.meaning:
            self._pause.start()

    def show_dictionaries(self, names: tuple[str, ...], current: str) -> None:
        """Offer autoencoders."""
        blocker = QSignalBlocker(self.dictionary)
        self.dictionary.clear()
        self.dictionary.addItems(list(names))
        self.dictionary.setCurrentIndex(self.dictionary.findText(current))
        blocker.unblock()

    def stop(self) -> None:
        """Ask for nothing more."""
        self._pause.stop()

    @Slot()
    def _dictionary_activated(self) -> None:
        self.dictionary_chosen.emit(self.dictionary.currentText())

    @Slot()
    def _edited(self) -> None:
        self.words_changed.emit()
        if self.meaning:
            self._pause.start()
        else:
            self._pause.stop()

    @Slot()
    def _mode_clicked(self) -> None:
        # One of the two must search.
        if not self.by_words.isChecked() and not self.by_meaning.isChecked():
            other = self.by_meaning if self.sender() is self.by_words else self.by_words
            other.setChecked(True)
        self._edited()

    @Slot()
    def _pause_over(self) -> None:
        self.meaning_due.emit(self.meaning)
