"""Sessions of the window: saved while a person works, brought back at the next start, opened and saved."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QObject, QTimer, Slot
from PySide6.QtWidgets import QFileDialog

from engine.errors import UserError
from ui.banner import Offer
from ui.drops import SESSION_SUFFIX
from ui.requests import ModelChoice
from ui.save_dialog import ask_save_path
from ui.session.document import read_session, session_shape, write_session
from ui.session.recent_menu import RecentMenu
from ui.session.shape import pack, unpack
from ui.session.store import Earlier, SessionStore

if TYPE_CHECKING:
    from ui.main_window import MainWindow

log = logging.getLogger(__name__)

# What is typed and chosen is on the disk after so long.
SAVE_EVERY_MS = 1_000
# A session that has been on the screen for so long is not what ends the program.
SETTLED_AFTER_MS = 60_000
# A session is not brought back by itself once the program has ended badly with it so often in a row.
MOST_STARTS = 2
_FILTER = f"Sessions (*{SESSION_SUFFIX})"


class Sessions(QObject):
    """Keeps the session of the window that it is made with.

    Without a folder for data (`window.data`) nothing saves itself; files can still be opened and saved.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._settings = window, window.settings
        self._shape = session_shape({name: page.session_shape for name, page in window.pages.items()})
        self._store = None if window.data is None else SessionStore(window.data / "sessions", self._shape)
        self._starts = 0
        self._told = False
        bind = window.actions_.bind
        bind("file.open_session", self._ask_open)
        bind("file.save_session", self._ask_save)
        bind("file.afresh", self.start_afresh)
        window.opening.add(SESSION_SUFFIX, self.open_file)
        self._recent = RecentMenu(window, self._list_earlier)
        self._recent.file_chosen.connect(self.open_file)
        self._recent.earlier_chosen.connect(self.open_earlier)
        self._timer = QTimer(self, interval=SAVE_EVERY_MS)
        self._timer.timeout.connect(self._save)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_AFTER_MS)
        self._settled.timeout.connect(self._settle)
        window.closing.connect(self._end)

    # -- start and end ----------------------------------------------------------------------------------

    def begin(self, wanted: bool = True) -> bool:
        """Bring back what the last run has shown, and save from now on; return whether there was anything.

        Args:
            wanted: whether a session that ended well is to be brought back, too.
        """
        restored = False
        earlier = self._list_earlier()
        last = earlier[0] if earlier else None
        if last is not None and not last.problem:
            crashed = not last.session.get("ended", False)
            self._window.errors.last_session = dict(last.session)
            tries = last.session.get("starts", 0)
            if crashed and tries >= MOST_STARTS:
                self._offer(last)
            elif crashed or (wanted and self._is_last(last)):
                restored = self._take_over(last, crashed)
        self.start_saving()
        return restored

    def _is_last(self, last: Earlier) -> bool:
        """Return whether no other window has been worked in since: beside one, a new window starts anew."""
        return self._store is not None and last.saved > self._store.newest_elsewhere

    def start_saving(self) -> None:
        """Save what is on the screen from now on."""
        if self._store is not None:
            self._timer.start()

    def session(self) -> dict[str, Any]:
        """Return what is on the screen."""
        window, loading = self._window, self._window.loading
        choice = window.header.in_use
        return {
            "page": window.page_name,
            "geometry": pack(bytes(window.saveGeometry().data())),
            "model": {"folder": choice.folder, "device": choice.device, "layer_path": choice.layer_path},
            "workspace": loading.folder_in_use,
            "dictionary": loading.dictionary_in_use,
            "feature": loading.feature_in_use,
            "report": window.reports.session(),
            "pages": {name: page.session() for name, page in window.pages.items()},
        }

    def save_now(self) -> None:
        """Save what is on the screen before anything else happens."""
        if self._store is not None:
            self._store.save_now(self._with_head(ended=False))

    @property
    def saved_in(self) -> Path | None:
        """The file in which what is on the screen is saved; None if it could not be."""
        store = self._store
        return store.path if store is not None and not store.problem and store.path.exists() else None

    def _take_over(self, last: Earlier, crashed: bool) -> bool:
        """Make a session of an earlier run that of this one; False if another program was quicker."""
        if self._store is None or not self._store.take_over(last):
            return False
        self._starts = last.session.get("starts", 0) + 1
        # Should bringing it back end the program, the next start is to know.
        self._store.save_now({**last.session, "ended": False, "starts": self._starts})
        try:
            self.restore(last.session)
        except Exception:
            log.exception("the session in %s could not be brought back", self._store.path)
            return False
        self._settled.start()
        if crashed:
            self._say(
                "The last run did not end well; what was on the screen is back.",
                ("Start afresh", self.start_afresh),
                ("What happened…", self._window.errors.show_last_run),
                keep=True,
            )
        else:
            self._say("")
        return True

    def _offer(self, last: Earlier) -> None:
        self._window.page.banner.keep_note(
            "The program ended badly twice with the last session, so it was not opened again.",
            ("Open it", lambda: self.open_earlier(last)),
            ("What happened…", self._window.errors.show_last_run),
        )

    def _say(self, text: str, *offers: Offer, keep: bool = False) -> None:
        """Say quietly what there is to say of a session that is open now, and what can be done.

        Long work that was interrupted can go on. What is to be kept stays until a person dismisses it,
        whatever goes wrong meanwhile.
        """
        pages = self._window.pages.values()
        for work in (page.interrupted() for page in pages):
            if work is not None:
                text = f"{text} {work.title} was interrupted.".strip()
                offers = (("Go on with it", work.go_on), *offers)
        banner = self._window.page.banner
        if text and keep:
            banner.keep_note(text, *offers)
        elif text:
            banner.show_note(text, "", None, *offers)

    @Slot()
    def _settle(self) -> None:
        self._starts = 0

    @Slot()
    def _save(self) -> None:
        if self._store is None:
            return
        self._store.save(self._with_head(ended=False))
        problem, told = self._store.problem, self._told
        self._told = bool(problem)
        if problem and not told:
            self._window.page.banner.show_note(f"What is on the screen cannot be saved: {problem}")

    @Slot()
    def _end(self) -> None:
        self._timer.stop()
        self._settled.stop()
        if self._store is not None:
            self._store.save_now(self._with_head(ended=True))
            self._store.close()

    def _with_head(self, *, ended: bool) -> dict[str, Any]:
        return {"ended": ended, "starts": 0 if ended else self._starts, **self.session()}

    # -- opening and saving -------------------------------------------------------------------------------

    def restore(self, session: Mapping[str, Any]) -> None:
        """Show what a session says; what is computed is computed anew."""
        window, loading = self._window, self._window.loading
        if "geometry" in session:
            window.restoreGeometry(QByteArray(unpack(session["geometry"])))
        choice = ModelChoice(**session.get("model", {}))
        if window.header.ready is None or window.header.in_use != choice:
            loading.load(choice)
        loading.bring_back(
            session.get("workspace", ""), session.get("dictionary", ""), session.get("feature")
        )
        window.reports.restore(session.get("report", {}))
        pages = session.get("pages", {})
        for name, page in window.pages.items():
            page.restore(pages.get(name, {}))
        window.show_page(session.get("page", "Explain"))

    def open_file(self, path: Path) -> None:
        """Open a session that was saved as a file."""
        try:
            session = read_session(path, self._shape)
        except UserError as error:
            self._settings.forget_session(str(path))
            self._window.page.banner.show_error(str(error))
            return
        self._settings.add_recent_session(str(path))
        self._open(session)

    def open_earlier(self, earlier: Earlier) -> None:
        """Go on with the session of an earlier run."""
        self._starts = earlier.session.get("starts", 0)
        self._open(earlier.session)
        self._settled.start()

    def start_afresh(self) -> None:
        """Show what the first start shows; what was there can be opened again from the recent ones."""
        self._put_aside()
        for page in self._window.pages.values():
            page.restore({})
        self._window.show_page("Explain")
        if self._settings.start != "empty":
            self._window.explain.show_worked_example()

    def _open(self, session: Mapping[str, Any]) -> None:
        self._put_aside()
        self.restore(session)
        self._say("")

    def _put_aside(self) -> None:
        if self._store is not None:
            self._store.put_aside(self._with_head(ended=True))

    def _ask_open(self) -> None:
        path, _filter = QFileDialog.getOpenFileName(
            self._window, "Open a session", self._settings.last_folder, _FILTER
        )
        if path:
            self._settings.last_folder = str(Path(path).parent)
            self.open_file(Path(path))

    def _ask_save(self) -> None:
        start = Path(self._settings.last_folder) / f"session{SESSION_SUFFIX}"
        path, _ = ask_save_path(self._window, "Save the session", start, _FILTER)
        if path:
            self._settings.last_folder = str(Path(path).parent)
            self.save_file(Path(path))

    def save_file(self, path: Path) -> None:
        """Save what is on the screen as a file."""
        try:
            written = write_session(path, self.session())
        except UserError as error:
            self._window.page.banner.show_error(str(error))
            return
        self._settings.add_recent_session(str(written))
        self._window.page.banner.show_note(f"Saved the session as {written}")

    def _list_earlier(self) -> list[Earlier]:
        return [] if self._store is None else self._store.earlier()
