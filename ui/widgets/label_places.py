"""Where labels stand beside things that lie closer together than lines of text."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence

_FURTHEST = 1.6  # a label stands no further from its thing, in rooms of a label


def spread(points: Sequence[float], room: float, low: float, high: float) -> list[float]:
    """Return the places nearest to some points at which labels do not touch one another.

    Least squares under order, by pooling adjacent violators (Barlow et al., Statistical Inference under
    Order Restrictions, 1972). They run over the ends only where there is no room for all of them.

    Args:
        points: in pixels, ascending.
        room: that a label takes.
        low, high: between which the middles of the labels are to lie.
    """
    pools: list[tuple[float, int]] = []  # mean and count of what is pooled, each point less its own room
    for number, point in enumerate(points):
        mean, count = point - number * room, 1
        while pools and pools[-1][0] > mean:
            before, of_before = pools.pop()
            mean, count = (before * of_before + mean * count) / (of_before + count), of_before + count
        pools.append((mean, count))
    last = max(high - (len(points) - 1) * room, low)
    means = [min(max(mean, low), last) for mean, count in pools for _ in range(count)]
    return [mean + number * room for number, mean in enumerate(means)]


def place_labels(
    points: Mapping[int, float], wanted: Sequence[int], others: Sequence[int], room: float, low: float,
    high: float,
) -> dict[int, float]:  # fmt: skip
    """Return which things get a label, and where.

    Args:
        points: the things in sight, and where they are, ascending.
        wanted: things to label if there is any room, those that matter most first; their labels may move
            aside for one another.
        others: things to label where nothing else stands, in the same order.
        room: that a label takes.
        low, high: between which the middles of the labels are to lie.
    """
    most = int((high - low) / room) + 1
    taken: list[int] = []
    for index in wanted:
        if len(taken) >= most:
            break
        if index not in points or index in taken:
            continue
        trial = sorted([*taken, index])
        at = [points[each] for each in trial]
        moved = zip(spread(at, room, low, high), at, strict=True)
        if max(abs(place - point) for place, point in moved) <= _FURTHEST * room:
            taken = trial
    places = dict(zip(taken, spread([points[each] for each in taken], room, low, high), strict=True))
    used = sorted(places.values())
    for index in others:
        point = points.get(index)
        if point is None or index in places or not low <= point <= high:
            continue
        after = bisect.bisect(used, point)
        if all(abs(point - other) >= room for other in used[max(after - 1, 0) : after + 1]):
            places[index] = point
            used.insert(after, point)
    return places
