"""The one way from evidence to the files that subcommands write."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.cli.interrupts import ending_at_once
from engine.cli.output import Kind
from engine.startup import import_engine

if TYPE_CHECKING:
    from engine.evidence.report import Report
    from engine.instrument import Instrument

REPORTS: tuple[Kind, ...] = ("html", "pdf", "bundle")


@contextlib.contextmanager
def instrument_on(folder: str | None) -> Iterator[Instrument]:
    """Yield an instrument with a workspace open, if one is named, and close that at the end.

    Raises:
        UserError: the folder is no workspace.
    """
    from engine.corpus.workspace import Workspace

    if folder is not None:
        # What is wrong with a folder is said before the engine is imported.
        with Workspace.open(folder):
            pass
    with ending_at_once():
        import_engine()
        from engine.instrument import Instrument
    instrument = Instrument()
    try:
        if folder is not None:
            instrument.open_workspace(folder)
        yield instrument
    finally:
        instrument.close_workspace()


def written(kind: Kind, report: Report) -> bytes | str:
    """Return a report as the file that one of `REPORTS` asks for."""
    if kind == "html":
        return report.html()
    return report.pdf() if kind == "pdf" else report.bundle()
