"""The report of the window: its tray, and the verification of reports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QStandardPaths, Slot
from PySide6.QtWidgets import QFileDialog

from ui.drops import BUNDLE_SUFFIX
from ui.report.requests import TakeItem, TrayItem
from ui.report.tray import MOST_ITEMS, Tray
from ui.report.tray_dialog import TrayDialog
from ui.report.verify_dialog import VerifyDialog
from ui.requests import Answer, Failure
from ui.widgets.numbers import counted

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_REPORTS = f"Reports (*.html *{BUNDLE_SUFFIX} *.json);;All files (*)"


class Reports(QObject):
    """Takes what is in front into the report of the window that it is made with, and verifies reports."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.tray = Tray(self)
        self._dialog: TrayDialog | None = None
        bind = window.actions_.bind
        bind("file.add_item", self.add)
        bind("file.tray", self.show_tray)
        bind("file.verify", self._ask_verify)
        window.opening.add(BUNDLE_SUFFIX, self.verify)
        window.engine.answered.connect(self._answered)
        window.engine.failed.connect(self._failed)

    def add(self) -> None:
        """Make what is in front an item of the report."""
        page = self._window.page
        shown = page.shown_for_report()
        if isinstance(shown, str):
            page.banner.show_error(shown, passing=True)
        elif len(self.tray.items) >= MOST_ITEMS:
            page.banner.show_error(f"a report has at most {MOST_ITEMS} items; remove some", passing=True)
        else:
            self._window.engine.submit(TakeItem(shown))

    def show_tray(self) -> TrayDialog:
        """Open the window with the items of the report."""
        if self._dialog is None:
            self._dialog = TrayDialog(self.tray, self._window.engine, self._window.preferences, self._window)
            self._dialog.opened.connect(self._open_item)
            self._dialog.verify_asked.connect(self.verify)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()
        return self._dialog

    def verify(self, path: Path | str) -> VerifyDialog:
        """Recompute a report and show what has become of its figures."""
        dialog = VerifyDialog(str(path), self._window.background, self._window.preferences, self._window)
        dialog.open_and_verify()
        return dialog

    def session(self) -> dict[str, Any]:
        """Return what the tray needs to look as it does."""
        return self.tray.session()

    def restore(self, data: Mapping[str, Any]) -> None:
        """Bring the items of a session back."""
        self.tray.restore(data)

    # -- inside -----------------------------------------------------------------------------------------

    def _ask_verify(self) -> None:
        settings = self._window.settings
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        path, _filter = QFileDialog.getOpenFileName(
            self._window, "Verify a report", settings.last_folder or documents, _REPORTS
        )
        if path:
            settings.last_folder = str(Path(path).parent)
            self.verify(path)

    @Slot(object)
    def _open_item(self, item: TrayItem) -> None:
        """Show an item on its page."""
        navigator = self._window.navigator
        match item.kind, _parsed(item.item):
            case "explanation", {"request": {"query": str(query), "candidates": [*some]}} if _all_text(some):
                navigator.explain(query, tuple(some))
            case "ranking", {"query": str(query), "candidates": [_, *_] as some} if _all_text(some):
                navigator.rank(query, tuple(some))
            case "ranking", {"query": str(query)}:
                navigator.search(query)
            case "feature", {"dictionary": str(name), "feature": int(feature)}:
                navigator.choose_dictionary(name)
                navigator.show_feature(feature)
            case _:
                # A session can come from anywhere.
                message = f"“{item.title}” is damaged; remove it from the report, and add it again"
                self._window.page.banner.show_error(message, passing=True)
        self._window.activateWindow()

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        if isinstance(answer.request, TakeItem):
            self.tray.add(answer.value)
            self._window.page.banner.show_note(
                f"Added to the report: {answer.value.title} ({counted(len(self.tray.items), 'item')}).",
                "Items of the report",
                self.show_tray,
            )

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.request, TakeItem):
            self._window.page.banner.show_error(failure.message, passing=True)


def _parsed(text: str) -> Any:
    """Return what JSON says, None for what is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _all_text(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
