"""The window that says that something went wrong, and offers the report as a file."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from ui.banner import Offer
from ui.errors.report import Mishap, report_text
from ui.icons import icons
from ui.plain import PlainLabel
from ui.tab_order import ReadingOrder
from ui.theme import SPACE_L, SPACE_M

_REPORT_LINES, _ICON = 12, 32


class ErrorDialog(ReadingOrder, QDialog):
    """Says what happened and what was saved; nobody has to do anything about it.

    Args:
        title: what happened, in a few words.
        mishap: more about it.
        saved: what was saved, in one sentence.
        save: writes a text into a file that a person chooses.
        offers: further buttons: what each says, and what it does before the window closes.
    """

    def __init__(
        self,
        title: str,
        mishap: Mishap,
        saved: str,
        save: Callable[[str], object],
        offers: tuple[Offer, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.mishap, self._save = mishap, save
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.said = PlainLabel("\n\n".join(filter(None, (mishap.words, saved))), self)
        self.said.setWordWrap(True)
        self.said.setAccessibleName("What happened")
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.texts = QCheckBox("&Include my texts (queries, candidates, names of files)", self)
        self.texts.setAccessibleName("Include my texts")
        self.texts.toggled.connect(self._fill)
        self.report = QPlainTextEdit(self)
        self.report.setReadOnly(True)
        self.report.setAccessibleName("Report on the error")
        self.report.setTabChangesFocus(True)
        self.report.setMinimumHeight(_REPORT_LINES * self.report.fontMetrics().lineSpacing())
        self._lay_out(self._buttons(offers))
        self._fill()

    def _lay_out(self, buttons: QWidget) -> None:
        icon = PlainLabel(self)
        icons.give(icon, "triangle-alert", "warning", _ICON)
        icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        above = QHBoxLayout()
        above.setSpacing(SPACE_L)
        above.addWidget(icon)
        above.addWidget(self.said, 1)
        about = PlainLabel(
            "The report below stays on this machine unless you hand it on: nothing is sent anywhere.", self
        )
        about.setWordWrap(True)
        about.setForegroundRole(about.palette().ColorRole.PlaceholderText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        layout.setSpacing(SPACE_M)
        layout.addLayout(above)
        layout.addSpacing(SPACE_M)
        layout.addWidget(about)
        layout.addWidget(self.texts)
        layout.addWidget(self.report, 1)
        layout.addWidget(buttons)
        self.resize(680, 560)

    def _buttons(self, offers: tuple[Offer, ...]) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self._add(box, "&Save report…", self._ask_file)
        self._add(box, "&Copy report", self._copy)
        for text, callback in offers:
            self._add(box, text, lambda callback=callback: self._do(callback))
        box.rejected.connect(self.reject)
        close = box.button(QDialogButtonBox.StandardButton.Close)
        close.setDefault(True)
        close.setFocus()
        return box

    @staticmethod
    def _add(box: QDialogButtonBox, text: str, callback: Callable[[], object]) -> None:
        button = box.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setAccessibleName(text.replace("&", "").rstrip("…"))
        button.clicked.connect(lambda _checked=False: callback())

    def _ask_file(self) -> None:
        self._save(self.report.toPlainText())

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.report.toPlainText())

    def _fill(self) -> None:
        self.report.setPlainText(report_text(self.mishap, self.texts.isChecked()))

    def _do(self, callback: Callable[[], object]) -> None:
        self.accept()
        callback()
