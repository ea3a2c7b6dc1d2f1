"""Where a list of things lies along a stretch of pixels: fitted, zoomed or panned."""

import bisect
from collections.abc import Sequence

ZOOM_STEP = 1.25


class PixelAxis:
    """Items of equal pitch along an axis. They fill it as far as they may, and can be zoomed into.

    Args:
        align: 0 puts items that leave room at the start, 0.5 in the middle.
    """

    def __init__(self, align: float = 0.0) -> None:
        self._align = align
        self.count = 0
        self.start = 0.0
        self.length = 1.0
        self._widest = 1.0
        self._zoom = 1.0
        self._offset = 0.0

    def place(self, count: int, start: float, length: float, widest: float) -> None:
        """Put `count` items between two pixels, none wider than `widest`; a new count forgets the zoom."""
        if count != self.count:
            self._zoom, self._offset = 1.0, 0.0
        share = self._offset / max(self.count * self.pitch, 1e-9)
        self.count, self.start, self.length, self._widest = count, start, max(length, 1.0), widest
        self._clamp()
        self._offset = share * self.count * self.pitch
        self._clamp()

    @property
    def pitch(self) -> float:
        """Pixels from one item to the next."""
        return self._fitting() * self._zoom

    @property
    def origin(self) -> float:
        """The pixel at which the first item begins; before `start` if it is scrolled away."""
        room = self.length - self.count * self.pitch
        return self.start + (self._align * room if room > 0 else -self._offset)

    def centre(self, index: int) -> float:
        """Return the pixel in the middle of an item."""
        return self.origin + (index + 0.5) * self.pitch

    def item_at(self, pixel: float) -> int | None:
        """Return the item under a pixel, or None."""
        if not self.start <= pixel < self.start + self.length or not self.count:
            return None
        index = int((pixel - self.origin) // self.pitch)
        return index if 0 <= index < self.count else None

    def visible(self) -> range:
        """Return the items of which some part can be seen."""
        first = max(int((self.start - self.origin) / self.pitch), 0)
        last = int((self.start + self.length - self.origin) / self.pitch)
        return range(first, min(last + 1, self.count))

    def zoomed(self) -> bool:
        """Return whether some items are out of sight."""
        return self.count * self.pitch > self.length + 0.5

    def zoom(self, factor: float, pixel: float) -> None:
        """Zoom by a factor, with what is under the pixel staying there."""
        place = (pixel - self.origin) / self.pitch
        self._zoom *= factor
        self._clamp()
        self._offset = self.start + place * self.pitch - pixel
        self._clamp()

    def pan(self, pixels: float) -> None:
        """Move the items by some pixels."""
        self._offset -= pixels
        self._clamp()

    def fit(self) -> None:
        """Show everything."""
        self._zoom, self._offset = 1.0, 0.0

    def reveal(self, index: int) -> None:
        """Move until an item can be seen."""
        edge = index * self.pitch
        self._offset = min(max(self._offset, edge + self.pitch - self.length), edge)
        self._clamp()

    def _fitting(self) -> float:
        return min(self.length / max(self.count, 1), self._widest)

    def _clamp(self) -> None:
        self._zoom = min(max(self._zoom, 1.0), self._widest / self._fitting())
        self._offset = min(max(self._offset, 0.0), max(self.count * self.pitch - self.length, 0.0))


def apart(axis: PixelAxis, room: float, order: Sequence[int]) -> list[int]:
    """Return items to label so that no two labels are nearer than `room` pixels.

    Args:
        axis: where the items lie.
        room: pixels that a label takes along the axis.
        order: all items, those that matter most first; an item takes a place that is still free.
    """
    seen = axis.visible()
    if axis.pitch >= room:
        return list(seen)
    taken: list[int] = []
    # Once the axis is full, no further item can find a place.
    most = int(axis.length / room) + 1
    for index in order:
        if index not in seen:
            continue
        place = bisect.bisect(taken, index)
        near = taken[max(place - 1, 0) : place + 1]
        if all(abs(index - other) * axis.pitch >= room for other in near):
            taken.insert(place, index)
            if len(taken) >= most:
                break
    return taken
