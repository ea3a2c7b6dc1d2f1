"""What a monkey does to the window: clicks, keys, typing, settings, models, panels, files."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QFileDialog,
    QInputDialog,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from engine.attribution.worked_example import CANDIDATES, QUERY
from ui.main_window import MainWindow
from ui.requests import ModelChoice

TEXTS = (
    QUERY,
    *CANDIDATES,
    "",
    " ",
    "a",
    ".",
    "\N{ZERO WIDTH SPACE}",
    "tab\tbell\x07nul\x00 end",
    "<b>HTML</b> &amp; <script>alert(1)</script>",
    "😀👩‍👩‍👧‍👦 🏳️‍🌈",
    "שלום עולם, הגוף מפרק פחמימות",
    "يتم تكسير الكربوهيدرات إلى سكر",
    "碳水化合物在体内分解成糖。血糖升高。",
    "half of a pair \ud83d",
    "e\N{COMBINING ACUTE ACCENT}\N{COMBINING ACUTE ACCENT} ﷽ ﬁ",
    "line one\nline two\r\nline three\N{LINE SEPARATOR}line four",
    "sugar " * 400,
    "x" * 5000,
)
DOCUMENTS = (
    "Plants make sugar out of light",
    "Iron is a metal",
    "A horse runs in the field",
    "The bank lends money to the farmer",
    "Bread is made of flour and water",
) * 12
_KEYS = (
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Return,
    Qt.Key.Key_Space,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Backspace,
    Qt.Key.Key_Plus,
    Qt.Key.Key_Minus,
    Qt.Key.Key_PageDown,
)
_NEVER = {"file.quit"}


class Moves:
    """One random move at a time.

    Args:
        window: the window to play with.
        models: folders to load, broken ones among them.
        workspaces: folders to open.
        folder: where files may be written.
        dice: where all chance comes from.
    """

    def __init__(
        self,
        window: MainWindow,
        models: Sequence[str],
        workspaces: Sequence[str],
        folder: Path,
        dice: random.Random,
    ) -> None:
        self._window, self._models, self._workspaces = window, models, workspaces
        self._folder, self._dice = folder, dice
        self._moves: dict[Callable[[], None], int] = {
            self._type: 14,
            self._write: 8,
            self._click: 20,
            self._hover: 14,
            self._press: 12,
            self._wheel: 5,
            self._action: 10,
            self._turn: 8,
            self._choose: 6,
            self._cancel: 5,
            self._drop: 2,
            self._model: 5,
            self._resize: 2,
            self._example: 2,
            self._page: 4,
            self._fill: 8,
            self._workspace: 2,
        }
        QFileDialog.getSaveFileName = self._ask_where
        QFileDialog.getOpenFileName = self._ask_which
        QFileDialog.getExistingDirectory = self._ask_folder
        QInputDialog.getText = self._ask_text

    def __call__(self) -> str:
        """Make a move and return its name."""
        popup = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if popup is not None and self._dice.random() < 0.7:
            QTest.keyClick(popup, self._dice.choice((Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Return)))
            return "popup"
        move = self._dice.choices(list(self._moves), list(self._moves.values()))[0]
        move()
        return move.__name__

    def _widgets(self, kind: type = QWidget) -> list:
        return [
            widget
            for widget in self._window.findChildren(kind)
            if widget.isVisible() and widget.isEnabled() and not widget.visibleRegion().isEmpty()
        ]

    def _field(self):
        inputs = self._window.explain.inputs
        return self._dice.choice((inputs.query, inputs.candidates))

    def _place(self, widget: QWidget) -> QPoint:
        return QPoint(
            self._dice.randrange(max(widget.width(), 1)), self._dice.randrange(max(widget.height(), 1))
        )

    def _type(self) -> None:
        field = self._field()
        field.setFocus()
        text = self._dice.choice(("sugar ", "x", " the", "glucose", ".", "é", "\b\b\b"))
        for letter in text:
            QTest.keyClick(field, Qt.Key.Key_Backspace) if letter == "\b" else field.insertPlainText(letter)

    def _write(self) -> None:
        texts = self._dice.choices(TEXTS, k=self._dice.choice((1, 1, 1, 2, 5)))
        data = QMimeData()
        data.setText("\n".join(texts))
        field = self._field()
        field.selectAll()
        field.insertFromMimeData(data)

    def _click(self) -> None:
        widget = self._dice.choice(self._widgets())
        if isinstance(widget, QAbstractButton) and widget.window() is not self._window:
            return
        button = Qt.MouseButton.RightButton if self._dice.random() < 0.05 else Qt.MouseButton.LeftButton
        click = QTest.mouseDClick if self._dice.random() < 0.1 else QTest.mouseClick
        click(widget, button, Qt.KeyboardModifier.NoModifier, self._place(widget))

    def _hover(self) -> None:
        areas = self._widgets(QAbstractScrollArea)
        if not areas:
            return
        target = self._dice.choice(areas).viewport()
        for _ in range(self._dice.randrange(1, 6)):
            QTest.mouseMove(target, self._place(target))
        if self._dice.random() < 0.3:
            QTest.mouseClick(
                target, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self._place(target)
            )

    def _press(self) -> None:
        widget = QApplication.focusWidget() or self._window
        for _ in range(self._dice.randrange(1, 5)):
            QTest.keyClick(widget, self._dice.choice(_KEYS))

    def _wheel(self) -> None:
        widget = self._dice.choice(self._widgets())
        place = QPointF(self._place(widget))
        event = QWheelEvent(
            place,
            widget.mapToGlobal(place),
            QPoint(),
            QPoint(0, self._dice.choice((-360, -120, 120, 360))),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)

    def _action(self) -> None:
        actions = [action for action in self._window.actions_.all if action.objectName() not in _NEVER]
        self._dice.choice(actions).trigger()

    def _turn(self) -> None:
        widgets = [*self._widgets(QComboBox), *self._widgets(QSpinBox), *self._widgets(QAbstractSlider)]
        if not widgets:
            return
        widget = self._dice.choice(widgets)
        if isinstance(widget, QComboBox):
            index = self._dice.randrange(max(widget.count(), 1))
            widget.setCurrentIndex(index)
            widget.activated.emit(index)
        else:
            widget.setValue(self._dice.randint(widget.minimum(), max(widget.maximum(), widget.minimum())))

    def _choose(self) -> None:
        panels = self._window.explain.panels
        rows = self._dice.choice((panels.candidates, panels.history))
        if rows.count():
            row = self._dice.randrange(rows.count())
            rows.setCurrentRow(row)
            rows.itemActivated.emit(rows.item(row))

    def _page(self) -> None:
        self._window.show_page(self._dice.choice(list(self._window.pages)))

    def _fill(self) -> None:
        fields = [*self._widgets(QLineEdit), *self._widgets(QPlainTextEdit)]
        if not fields:
            return
        field, text = self._dice.choice(fields), self._dice.choice((*TEXTS, "sugar", "plant", "3"))
        field.setFocus()
        field.selectAll()
        for letter in text[:12].replace("\n", " "):
            QTest.keyClicks(field, letter) if letter.isascii() and letter.isprintable() else None
        if self._dice.random() < 0.5:
            QTest.keyClick(field, Qt.Key.Key_Return)

    def _workspace(self) -> None:
        self._window.header.workspace.chosen.emit(self._dice.choice(self._workspaces))

    def _cancel(self) -> None:
        self._window.actions_["run.cancel"].trigger()

    def _drop(self) -> None:
        path = Path(self._any_file())
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        self._field().insertFromMimeData(data)

    def _model(self) -> None:
        folder = self._dice.choice((None, *self._models))
        self._window.header.model_chosen.emit(ModelChoice(folder, self._dice.choice(("auto", "cpu", "cuda"))))

    def _resize(self) -> None:
        self._window.resize(self._dice.randrange(700, 1900), self._dice.randrange(500, 1200))

    def _example(self) -> None:
        self._window.actions_["file.example"].trigger()

    # -- in place of dialogs that would wait for an answer ---------------------------------------------

    def _any_file(self) -> str:
        corpus = self._folder / "documents.csv"
        corpus.write_text("id,text\n" + "\n".join(f"{i},{t} {i}" for i, t in enumerate(DOCUMENTS)), "utf-8")
        good, binary = self._folder / "texts.txt", self._folder / "binary.dat"
        good.write_text("one text\nanother text about sugar\n", encoding="utf-8")
        binary.write_bytes(bytes(range(256)) * 40)
        return str(self._dice.choice((good, corpus, binary, self._folder, self._folder / "is not there")))

    def _ask_where(self, *_args) -> tuple[str, str]:
        name = self._dice.choice(
            ("", "out.html", "out.csv", "out.png", "out.svg", "out.pdf", "no/where.json")
        )
        return (str(self._folder / name) if name else "", "")

    def _ask_which(self, *_args) -> tuple[str, str]:
        return self._any_file(), ""

    def _ask_folder(self, *_args) -> str:
        return self._dice.choice(("", *self._models, *self._workspaces))

    def _ask_text(self, *_args, **_named) -> tuple[str, bool]:
        return self._dice.choice(("", "encoder.layer", "no.such.path")), self._dice.random() < 0.5
