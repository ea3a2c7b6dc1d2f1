"""Progress on standard error: one line that changes in place, and nothing at all when piped."""

import contextlib
import os
import shutil
from types import TracebackType
from typing import TextIO

from engine.jobs import CancelToken, Job, Progress

_CLEAR = "\r\x1b[K"


class ProgressLine:
    """The line of a running task; gone when the block ends.

    Args:
        stream: standard error; nothing is written unless it is a terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = stream.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def clear(self) -> None:
        """Empty the line, so that something else can be written; the next report draws it again."""
        self._write(_CLEAR)

    def job(self, cancel: CancelToken | None = None) -> Job:
        """Return a job that reports here."""
        return Job(cancel, self._report)

    def _report(self, progress: Progress) -> None:
        line = f"{progress.fraction:4.0%}  {progress.stage}"
        if progress.remaining_seconds is not None and progress.fraction < 1:
            line += f", {_duration(progress.remaining_seconds)} left"
        self._write(_CLEAR + line[: shutil.get_terminal_size().columns - 1])

    def _write(self, text: str) -> None:
        if self._shown:
            with contextlib.suppress(OSError):
                self._stream.write(text)
                self._stream.flush()


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60} s"
