"""Where the files in `resources/` are, in a checkout and in the executable."""

import json
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

DEFAULT_PALETTE = "blue-orange"


def is_frozen() -> bool:
    """Return whether this is the executable, which carries all that it needs, and no checkout."""
    return bool(getattr(sys, "frozen", False))


def resource(*parts: str) -> Path:
    """Return the path of a file or folder below `resources/`."""
    root = Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parent.parent))
    return root.joinpath("resources", *parts)


def diverging_palettes() -> tuple[str, ...]:
    """Return the diverging palettes by name, the default first: "blue-orange" goes from blue to orange.

    All keep sign and strength apart for colour-blind readers.
    """
    return tuple(_palettes())


def palette_title(palette: str) -> str:
    """Return what a palette is called where people choose one."""
    title: str = _palettes()[palette]["name"]
    return title


def diverging_palette(theme: Literal["light", "dark"], palette: str = DEFAULT_PALETTE) -> dict[str, str]:
    """Return the hex colours "negative", "neutral" and "positive" of a diverging palette."""
    colours: dict[str, str] = _palettes()[palette][theme]
    return dict(colours)


@lru_cache(maxsize=1)
def _palettes() -> dict[str, Any]:
    palettes: dict[str, Any] = json.loads(resource("palettes", "diverging.json").read_text(encoding="utf-8"))
    return palettes
