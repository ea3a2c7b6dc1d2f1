"""Asks for the name of a file that is to be written."""

import re
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

_ENDING = re.compile(r"\*(\.\w+)")


def ask_save_path(parent: QWidget, title: str, start: str | Path, filters: str) -> tuple[str, str]:
    """Return where a person wants a file, and the filter chosen; an empty path if nowhere.

    A name without one of the endings that `filters` know gets that of the filter chosen, else that of
    `start`. If there is such a file already, the dialog opens again on its name, and so asks whether it may
    go.
    """
    known = {ending.lower() for ending in _ENDING.findall(filters)}
    proposed = str(start)
    while True:
        path, chosen = QFileDialog.getSaveFileName(parent, title, proposed, filters)
        if not path:
            return "", chosen
        whole = path
        if Path(path).suffix.lower() not in known:
            whole += next(iter(_ENDING.findall(chosen)), Path(start).suffix)
        if whole == path or not Path(whole).exists():
            return whole, chosen
        proposed = whole
