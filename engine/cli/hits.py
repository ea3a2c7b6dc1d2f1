"""The hits of a search for a terminal."""

import shutil

from engine.cli.terminal import bold, display_width, padded
from engine.report.lines import fitted
from engine.report.numbers import MINUS, signed
from engine.report.ranking import RankingResult
from engine.report.segments import label
from engine.retrieval.explain_hits import DRIVERS, strongest

_BAR, _WIDEST, _INDENT = 12, 140, " " * 6


def printed_hits(result: RankingResult, similarity: str, ranked: str, seconds: float, styled: bool) -> str:
    """Return the hits as a table: rank, similarity with its bar, percentile, name and text.

    Args:
        result: what was found.
        similarity: "cosine" or "dot".
        ranked: what was searched, with its number: "2,000 documents".
        seconds: that it took.
        styled: whether similarities are bold.
    """
    columns = min(shutil.get_terminal_size().columns, _WIDEST)
    some = f"{result.searched:,} of " if result.searched < result.documents else ""
    lines = [f"{some}{ranked}, {similarity}, {seconds:.2f} s", *_steering(result)]
    if not result.hits:
        return "\n".join([*lines, "no document passes the filters"]) + "\n"
    largest = max(abs(hit.similarity) for hit in result.hits)
    scale = max(largest, 1.0) if similarity == "cosine" or not largest else largest
    for hit in result.hits:
        bar = "█" * round(_BAR * max(hit.similarity, 0.0) / scale)
        below = "" if hit.percentile is None else f"  above {_share(hit.percentile)} random pairs"
        score = bold(f"{hit.similarity:.4f}", styled)
        lines += ["", f"{hit.rank:>4}  {score} {padded(bar, _BAR)}{below}  [{label(hit.id)}]"]
        lines.append(_INDENT + fitted(label(hit.text, columns), columns - len(_INDENT), display_width))
        if hit.words is not None:
            drivers = strongest(hit.words, DRIVERS)
            shown = [f"{label(word.text)} {signed(word.share, 2)}" for word in drivers]
            lines.append(_INDENT + ("  ".join(shown) or "no word speaks for it"))
    return "\n".join(lines).replace(MINUS, "-") + "\n"


def _steering(result: RankingResult) -> list[str]:
    if not result.turned or result.drift is None:
        return []
    turned = ", ".join(f"feature {one.feature} by {one.weight:+g} x {one.scale:.3f}" for one in result.turned)
    return [f"steered: {turned}; cosine with the query as it was: {result.drift:.3f}"]


def _share(percentile: float) -> str:
    """Return what share of the random pairs that were drawn is less similar."""
    # 100% would say that no pair can be more alike.
    return "all" if percentile >= 100 else f"{min(percentile, 99.99):.2f}% of"
