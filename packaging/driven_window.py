"""The real window, driven with the keyboard as a person would, on a display of its own (Xvfb, xdotool)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

TITLE = "Semascope"
SCREEN = "1600x1000x24"
_POLL_SECONDS = 0.02


class NoAnswer(Exception):
    """The window did not do what was asked of it in time."""


class Display:
    """An X server without a screen.

    Args:
        frames: folder in which it keeps its picture as `Xvfb_screen0`; by default it keeps it in memory.
    """

    def __init__(self, frames: Path | None = None) -> None:
        self._options = [] if frames is None else ["-fbdir", str(frames)]

    def __enter__(self) -> Display:
        read, write = os.pipe()
        self._server = subprocess.Popen(
            [
                "Xvfb",
                "-displayfd",
                str(write),
                "-screen",
                "0",
                SCREEN,
                "-ac",
                "-nolisten",
                "tcp",
                *self._options,
            ],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as numbers:
            self.name = f":{numbers.readline().strip()}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        self._server.wait()

    def xdotool(self, *arguments: str | int) -> str:
        """Run one command of xdotool; what it printed, empty if it found nothing."""
        command = ["xdotool", *map(str, arguments)]
        environment = {**os.environ, "DISPLAY": self.name}
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        ).stdout.strip()

    def picture(self, path: Path) -> None:
        """Save what is on the screen, if the tool for that is installed."""
        environment = {**os.environ, "DISPLAY": self.name}
        subprocess.run(
            ["import", "-window", "root", str(path)], env=environment, capture_output=True, check=False
        )


class Window:
    """A running program and its window.

    Args:
        display: where it opens.
        command: that starts it.
        environment: for it; DISPLAY is added.
        errors: file for its standard error.
    """

    def __init__(
        self,
        display: Display,
        command: Sequence[str],
        environment: Mapping[str, str],
        errors: Path | None = None,
    ) -> None:
        self._display, self._errors = display, errors
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            list(command),
            env={**environment, "DISPLAY": display.name},
            cwd="/",
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if errors is None else errors.open("w"),
        )

    def __enter__(self) -> Window:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # After a failure it may be left in any state.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait_for(self, title: str = TITLE, seconds: float = 60) -> int:
        """Return the id of the window with this title, once it is on the screen.

        Raises:
            NoAnswer: it did not come, or the program ended.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self._display.xdotool("search", "--onlyvisible", "--name", title).split()
            if found:
                return int(found[-1])
            if self.process.poll() is not None:
                said = "" if self._errors is None else f": {self._errors.read_text().strip()[-300:]}"
                raise NoAnswer(f"the program ended with {self.process.returncode}{said}")
            time.sleep(_POLL_SECONDS)
        raise NoAnswer(f"no window with the title {title!r} within {seconds:.0f} s")

    def focus(self, title: str = TITLE) -> None:
        """Give the keyboard to a window. Nothing else does where no window manager runs."""
        self._display.xdotool("windowfocus", "--sync", self.wait_for(title))

    def keys(self, *keys: str) -> None:
        """Press keys, in xdotool's names."""
        for key in keys:
            self._display.xdotool("key", "--clearmodifiers", key)
            time.sleep(0.1)

    def type(self, text: str) -> None:
        """Type a text."""
        self._display.xdotool("type", "--clearmodifiers", "--delay", 8, text)

    def save(self, keys: str, title: str, path: Path, seconds: float = 300) -> None:
        """Save what a shortcut saves under this path, as soon as there is something to save.

        Raises:
            NoAnswer: nothing was saved in time.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.focus()
            self.keys(keys)
            try:
                self.wait_for(title, 2)
            except NoAnswer:
                if self.process.poll() is not None:
                    raise
                continue
            self.focus(title)
            self.keys("ctrl+a")
            self.type(str(path))
            for _ in range(3):
                self.keys("Return")
                if comes_true(path.is_file, 5):
                    return
        raise NoAnswer(f"{keys} saved nothing within {seconds:.0f} s")

    def quit(self, seconds: float = 40) -> int:
        """Ask it to end; its exit status."""
        self.focus()
        self.keys("ctrl+q")
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise NoAnswer(f"the program did not end within {seconds:.0f} s") from error


def comes_true(condition: Callable[[], object], seconds: float) -> bool:
    """Wait until a condition holds; whether it did in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(_POLL_SECONDS)
    return False
