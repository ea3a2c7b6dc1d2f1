"""Why each hit is where it is: what is known of it, and what is asked next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.rank.requests import Found, HitsRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.retrieval.explain_hits import ExplainedHit

_EXPLAINED = 20


class HitReasons:
    """Explanations of the hits of one ranking, as they come in."""

    def __init__(self) -> None:
        self._found: Found | None = None
        self._known: list[ExplainedHit | None] = []
        self._first = 0
        self._paused = False

    @property
    def known(self) -> tuple[ExplainedHit | None, ...]:
        """Why each hit is where it is, best first; None for those that are not explained yet."""
        return tuple(self._known)

    def begin(self, found: Found | None) -> None:
        """Explain the hits of another ranking, or nothing."""
        self._found, self._paused = found, False
        self._known = [] if found is None else [None] * len(found.ranking.hits)

    def pause(self) -> None:
        """Ask nothing more, until another ranking comes or a hit is chosen."""
        self._paused = True

    def resume(self) -> None:
        """Ask on."""
        self._paused = False

    def next_request(self, chosen: int | None) -> HitsRequest | None:
        """Return what to ask next: the chosen hit, or else the best that are not explained yet."""
        found = self._found
        if found is None or self._paused:
            return None
        query = found.ranking.query.text.text
        vector = found.steered.vector if found.steered is not None else None
        left = [place for place, why in enumerate(self._known[:_EXPLAINED]) if why is None]
        if chosen is not None and self._known[chosen] is None:
            self._first = chosen
            return HitsRequest(query, (found.ranking.hits[chosen].text,), 0, vector)
        if left:
            self._first = left[0]
            texts = tuple(hit.text for hit in found.ranking.hits[: left[-1] + 1])
            return HitsRequest(query, texts, left[0], vector)
        return None

    def take(self, explained: Sequence[ExplainedHit]) -> None:
        """Keep what the engine has answered, as far as it is about these hits."""
        if self._found is None:
            return
        texts = [hit.text for hit in self._found.ranking.hits]
        for why in explained:
            place = self._first + why.place
            if place < len(texts) and why.pair.candidate.text.text == texts[place]:
                self._known[place] = why
