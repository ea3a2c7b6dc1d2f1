"""Spans of time as people say them."""


def duration(seconds: float) -> str:
    """Return "0.25 s", "2.5 s", "40 s", "12 min", "1.5 h"."""
    if seconds < 10:
        return f"{seconds:.1f} s" if seconds >= 0.1 else f"{seconds:.2f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
