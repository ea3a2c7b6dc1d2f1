"""Undo and redo: of what is typed while a text field has the focus, of changes to features elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from ui.actions import Actions
from ui.concepts.requests import Step

Field = QLineEdit | QPlainTextEdit


class Undo(QObject):
    """Keeps the two actions in step with the focus and with the journal, and says what each would do.

    A text field answers its shortcuts by itself; the menu asks here.
    """

    undo_wanted = Signal(int)  # a change in the journal
    redo_wanted = Signal(int)

    def __init__(self, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        self._undo: Step | None = None
        self._redo: Step | None = None
        self._field: Field | None = None
        actions.bind("edit.undo", self.undo)
        actions.bind("edit.redo", self.redo)
        application = QGuiApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_changed)
        self._show()

    def show_journal(self, undo: Step | None, redo: Step | None) -> None:
        """Take note of what can be taken back, and done again."""
        self._undo, self._redo = undo, redo
        self._show()

    def undo(self) -> None:
        """Take back what was typed, or the last change to features."""
        if self._field is not None:
            self._field.undo()
            self._show()
        else:
            self.undo_change()

    def redo(self) -> None:
        """Do again what was taken back."""
        if self._field is not None:
            self._field.redo()
            self._show()
        else:
            self.redo_change()

    def undo_change(self) -> None:
        """Take the last change to features back."""
        if self._undo is not None:
            self.undo_wanted.emit(self._undo.entry)

    def redo_change(self) -> None:
        """Do the change to features again that was taken back last."""
        if self._redo is not None:
            self.redo_wanted.emit(self._redo.entry)

    @Slot(QWidget, QWidget)
    def _focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is None:
            # The window as a whole has lost it, to a menu or another program.
            return
        field = now if isinstance(now, Field) and not now.isReadOnly() else None
        if field is self._field:
            return
        if self._field is not None:
            self._field.textChanged.disconnect(self._show)
            self._field.destroyed.disconnect(self._field_gone)
        self._field = field
        if field is not None:
            field.textChanged.connect(self._show)
            field.destroyed.connect(self._field_gone)
        self._show()

    @Slot()
    def _field_gone(self) -> None:
        self._field = None
        self._show()

    @Slot()
    def _show(self) -> None:
        field = self._field
        if field is not None:
            document = field if isinstance(field, QLineEdit) else field.document()
            self._say("edit.undo", "&Undo typing", document.isUndoAvailable())
            self._say("edit.redo", "&Redo typing", document.isRedoAvailable())
        else:
            self._say("edit.undo", _words("&Undo", self._undo), self._undo is not None)
            self._say("edit.redo", _words("&Redo", self._redo), self._redo is not None)

    def _say(self, id: str, text: str, possible: bool) -> None:
        self._actions[id].setText(text)
        self._actions.allow(id, possible)


def _words(verb: str, step: Step | None) -> str:
    return verb if step is None else f"{verb} {step.what}"
