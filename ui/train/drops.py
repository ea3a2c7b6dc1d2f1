"""Files and folders that people drop on the window."""

from __future__ import annotations

from PySide6.QtCore import QMimeData


def dropped_path(data: QMimeData) -> str:
    """Return the one file or folder that is dropped, empty if it is none, or several."""
    if not data.hasUrls():
        return ""
    files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return files[0] if len(files) == 1 else ""
