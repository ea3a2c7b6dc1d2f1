"""Where the files in `resources/` are, in a checkout and in the executable."""

import json
import sys
from pathlib import Path
from typing import Literal


def resource(*parts: str) -> Path:
    """Return the path of a file or folder below `resources/`."""
    root = Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parent.parent))
    return root.joinpath("resources", *parts)


def diverging_palette(theme: Literal["light", "dark"]) -> dict[str, str]:
    """Return the hex colours "negative", "neutral" and "positive" of the one diverging palette."""
    palettes = json.loads(resource("palettes", "diverging.json").read_text(encoding="utf-8"))
    colours: dict[str, str] = palettes[theme]
    return colours
