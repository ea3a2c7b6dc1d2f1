"""What every workspace of the window is: a page that is told what is loaded, and themed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from ui.banner import Banner
from ui.session.shape import Shape, record
from ui.theme import Theme

if TYPE_CHECKING:
    from engine.instrument import WorkspaceInfo
    from ui.actions import Actions
    from ui.engine_thread import EngineThread
    from ui.explain.text_field import TextField
    from ui.navigator import Navigator
    from ui.report.requests import Shown
    from ui.requests import ModelReady
    from ui.settings import Settings


@dataclass(frozen=True)
class PageContext:
    """What a page is made with.

    Attributes:
        engine: answers what a person waits for.
        background: works on what takes minutes; it has its own model, workspace and features.
        actions: every action of the window.
        settings: what the last run remembered.
        navigator: what the pages tell each other.
    """

    engine: EngineThread
    background: EngineThread
    actions: Actions
    settings: Settings
    navigator: Navigator


@dataclass(frozen=True)
class Interrupted:
    """Long work that an earlier run did not bring to its end.

    Attributes:
        title: what was being done, "Training small".
        go_on: does the rest of it.
    """

    title: str
    go_on: Callable[[], object]


class Page(QWidget):
    """One of the places between which the head of the window switches.

    A page says what went wrong in its own `banner`. All that it is told, it is told on the main thread.

    Attributes:
        session_shape: checks what `session` has returned, and a file may have changed.
    """

    session_shape: ClassVar[Shape] = staticmethod(record())

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = Banner(self)

    def query_field(self) -> QLineEdit | QPlainTextEdit | None:
        """Return the field in which a person asks something of the page, None if it has none."""
        return None

    def text_field(self) -> TextField | None:
        """Return the field that takes a text file dropped on the page, None if there is none now."""
        return None

    def shown_for_report(self) -> Shown | str:
        """Return what is in front as a report takes it, or in one line why there is nothing."""
        return "only what Explain, Rank and Concepts show can be added to the report; go there first"

    def model_ready(self, ready: ModelReady) -> None:
        """Take note of a model that has just been loaded."""

    def workspace_ready(self, info: WorkspaceInfo) -> None:
        """Take note of the workspace folder that is open now, or of what has changed in it."""

    def changed_elsewhere(self, dictionary: str, changes: tuple[int | None, int | None]) -> None:
        """Take note of what another program may have changed in what is said of features.

        Args:
            dictionary: the autoencoder that is meant.
            changes: ids of the change that would be taken back, and of the one that would be done again.
        """

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self.banner.set_theme(theme)

    def shown(self) -> None:
        """Catch up with what was put off while another page was in front."""

    def session(self) -> dict[str, Any]:
        """Return what the page needs to look as it does, as plain data; it is asked for every second."""
        return {}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Look as `session` said, now or as soon as what it needs is there.

        Args:
            data: what `session` has returned; what is missing is to be as at the first start.
        """

    def interrupted(self) -> Interrupted | None:
        """Return the work that was going on when what has been restored was saved, None if there was none."""
        return None

    def remember(self) -> None:
        """Write down what the next run starts with."""

    def stop(self) -> None:
        """Start nothing more: the window is closing."""


def focus_field(field: QLineEdit | QPlainTextEdit) -> None:
    """Give a field the focus, as a shortcut does: what is typed replaces what it holds."""
    field.setFocus(Qt.FocusReason.ShortcutFocusReason)
    field.selectAll()
