"""Numbers and words as people read them: signed, with a true minus, no more digits than mean something."""

import html
import math
from collections.abc import Iterable, Sequence

from ui.plain import one_line

MINUS = "\N{MINUS SIGN}"
_ISOLATE, _END_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def decimals_for(limit: float) -> int:
    """Return how many decimals show three significant digits of the largest value."""
    if not math.isfinite(limit) or limit <= 0:
        return 3
    return min(max(2 - math.floor(math.log10(limit)), 0), 6)


def signed(value: float, limit: float) -> str:
    """Return a value of a scale from -limit to +limit, with its sign; zero has none."""
    return _with_minus(f"{value:+.{decimals_for(limit)}f}")


def plain(value: float, decimals: int = 3) -> str:
    """Return a value without a plus sign; a dash where there is none (not a number, or infinite)."""
    if not math.isfinite(value):
        return "\N{EN DASH}"
    return _with_minus(f"{value:.{decimals}f}")


def percent(share: float) -> str:
    """Return a share in per cent, with two significant digits."""
    if share <= 0:
        return "0%"
    decimals = min(max(1 - math.floor(math.log10(100 * share)), 0), 4)
    return f"{100 * share:.{decimals}f}%"


def isolated_word(text: str, longest: int = 60) -> str:
    """Return a word for use inside a sentence: shortened, and its direction kept to itself."""
    shown = one_line(text)
    shown = shown if len(shown) <= longest else shown[: longest - 1] + "…"
    return f"{_ISOLATE}{shown}{_END_ISOLATE}"


def tip(title: str, *lines: str) -> str:
    """Return the rich text of a tooltip: a bold title, then lines; all are escaped, none breaks."""
    rows = [f"<b>{html.escape(title)}</b>", *(html.escape(line) for line in lines if line)]
    return f'<div style="white-space:nowrap">{"<br>".join(rows)}</div>'


def strongest(names: Sequence[str], values: Iterable[float], limit: float, count: int = 5) -> str:
    """Return the largest values in words, for screen readers: "sugar +0.213, glucose +0.101"."""
    order = sorted(zip(values, names, strict=True), key=lambda pair: -abs(pair[0]))[:count]
    return ", ".join(f"{isolated_word(name, 40)} {signed(value, limit)}" for value, name in order)


def counted(count: int, noun: str) -> str:
    """Return "1 word", "2 words"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _with_minus(digits: str) -> str:
    if not digits.strip("+-0."):
        return digits.lstrip("+-")
    return digits.replace("-", MINUS)
