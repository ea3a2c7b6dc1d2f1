"""The hits of a search for a terminal and for other programs."""

import shutil
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.cli.terminal import bold, display_width, padded
from engine.report.lines import fitted
from engine.report.numbers import MINUS, signed
from engine.report.segments import label
from engine.retrieval.explain_hits import ExplainedHit, WordShare
from engine.retrieval.index import SearchIndex
from engine.retrieval.search import Ranking
from engine.retrieval.steering import Steered

_BAR, _WIDEST, _INDENT = 12, 140, " " * 6


def listed_hits(
    ranking: Ranking, explained: Sequence[ExplainedHit], steered: Steered | None, index: SearchIndex
) -> list[dict[str, Any]]:
    """Return the hits as plain lists and objects, for JSON.

    "id" is the document's id in the corpus, as the JSON of features has it; "document" its number in the
    workspace.

    Args:
        ranking: what was found.
        explained: the hits whose words are known, from the best on.
        steered: how the query was steered; each hit then also has its similarity to the query as it was.
        index: what was searched.
    """
    hits: list[dict[str, Any]] = [
        {
            "rank": hit.rank,
            "id": hit.name,
            "document": hit.id,
            "text": hit.text,
            "similarity": hit.similarity,
            "percentile": hit.percentile,
            "metadata": hit.metadata,
        }
        for hit in ranking.hits
    ]
    if steered is not None:
        rows = np.array([hit.id - 1 for hit in ranking.hits], dtype=np.int64)
        for listed, similarity in zip(hits, index.exact(ranking.query.vector, rows), strict=True):
            listed |= {"query_similarity": float(similarity), "drift": steered.drift}
    for one in explained:
        hits[one.place]["words"] = _listed(one.words)
        hits[one.place]["query_words"] = _listed(one.query_words)
        hits[one.place]["layer"] = one.pair.candidate.layer
    return hits


def printed_hits(
    ranking: Ranking, explained: Sequence[ExplainedHit], steered: Steered | None, styled: bool
) -> str:
    """Return the hits as a table: rank, similarity with its bar, percentile, name and text.

    Args:
        ranking: what was found.
        explained: the hits whose words are known, from the best on.
        steered: how the query was steered.
        styled: whether similarities are bold.
    """
    columns = min(shutil.get_terminal_size().columns, _WIDEST)
    some = ranking.searched < ranking.documents
    of = f"{ranking.searched:,} of {ranking.documents:,}" if some else f"{ranking.documents:,}"
    lines = [f"{of} documents, {ranking.similarity}, {ranking.seconds:.2f} s", *_steering(steered)]
    if not ranking.hits:
        return "\n".join([*lines, "no document passes the filters"]) + "\n"
    largest = max(abs(hit.similarity) for hit in ranking.hits)
    scale = max(largest, 1.0) if ranking.similarity == "cosine" or not largest else largest
    words = {one.place: one for one in explained}
    for place, hit in enumerate(ranking.hits):
        bar = "█" * round(_BAR * max(hit.similarity, 0.0) / scale)
        below = "" if hit.percentile is None else f"  above {_share(hit.percentile)} random pairs"
        score = bold(f"{hit.similarity:.4f}", styled)
        lines += ["", f"{hit.rank:>4}  {score} {padded(bar, _BAR)}{below}  [{label(hit.name)}]"]
        lines.append(_INDENT + fitted(label(hit.text, columns), columns - len(_INDENT), display_width))
        if place in words:
            shown = [f"{label(word.text)} {signed(word.share, 2)}" for word in words[place].drivers()]
            lines.append(_INDENT + ("  ".join(shown) or "no word speaks for it"))
    return "\n".join(lines).replace(MINUS, "-") + "\n"


def _steering(steered: Steered | None) -> list[str]:
    if steered is None or not steered.features:
        return []
    turned = ", ".join(f"feature {f.feature} by {f.weight:+g} x {f.scale:.3f}" for f in steered.features)
    return [f"steered: {turned}; cosine with the query as it was: {steered.drift:.3f}"]


def _listed(words: Sequence[WordShare]) -> list[dict[str, Any]]:
    return [{"text": word.text, "span": list(word.span), "share": word.share} for word in words]


def _share(percentile: float) -> str:
    """Return what share of the random pairs that were drawn is less similar."""
    # 100% would say that no pair can be more alike.
    return "all" if percentile >= 100 else f"{min(percentile, 99.99):.2f}% of"
