"""Families of features: the broad one, below it the narrower ones that fire where it does."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QFrame, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from ui.concepts.requests import Family, FeatureRow
from ui.widgets.empty_text import EmptyText
from ui.widgets.numbers import percent, plain

_FEATURE = Qt.ItemDataRole.UserRole
_HEADS = (
    ("Family", "The feature that fires most often, and below each feature those that fire inside it"),
    ("Features", "How many features the family has"),
    ("Block ratio", "Mean normalised co-activation of two members over that of a member and an outsider"),
    ("Fires on", "Share of the documents that fire the feature"),
)


class FamilyTree(QTreeWidget):
    """Largest family first."""

    hovered = Signal(object)  # id of a feature, or None
    feature_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[FeatureRow, ...] = ()
        self._families: tuple[Family, ...] = ()
        self._items: dict[int, QTreeWidgetItem] = {}
        self._quiet = False
        self._matching: frozenset[int] | None = None
        self._filtered = True
        self.setAccessibleName("Families of features")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformRowHeights(True)
        self.setHeaderLabels([title for title, _ in _HEADS])
        for column, (_, tip) in enumerate(_HEADS):
            self.headerItem().setToolTip(column, tip)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(_HEADS)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._empty = EmptyText(
            self,
            "Broad features appear here with the narrower ones that fire inside them. They are worked out in "
            "the background; few features, or few documents, may have none.",
        )
        self.currentItemChanged.connect(self._current_changed)
        self.itemEntered.connect(lambda item, _column: self.hovered.emit(item.data(0, _FEATURE)))

    def show_rows(self, rows: tuple[FeatureRow, ...]) -> None:
        """Take the names of the features."""
        self._rows = rows
        for feature, item in self._items.items():
            item.setText(0, self._name(feature))

    def show_families(self, families: tuple[Family, ...]) -> None:
        """Show families; none leaves the tree empty."""
        self._families = families
        self._quiet = True
        self.clear()
        self._items = {}
        for family in families:
            root = self._item(family.feature)
            root.setText(1, f"{len(family.parents) + 1:,}")
            root.setText(2, plain(family.ratio, 1) if math.isfinite(family.ratio) else "\N{INFINITY}")
            below: dict[int, list[int]] = {}
            for child, above in family.parents:
                below.setdefault(above, []).append(child)
            self._grow(root, family.feature, below)
            self.addTopLevelItem(root)
        self._quiet = False
        self._filter()

    def show_matching(self, features: tuple[int, ...] | None) -> None:
        """Hide families none of whose features match."""
        self._matching = None if features is None else frozenset(features)
        self._filtered = False
        if self.isVisible():
            self._filter()

    def showEvent(self, event: QEvent) -> None:
        # Behind another tab it need not follow each key that is typed.
        if not self._filtered:
            self._filter()
        super().showEvent(event)

    def choose(self, feature: int | None) -> None:
        """Make a feature the current one, silently."""
        self._quiet = True
        item = None if feature is None else self._items.get(feature)
        self.setCurrentItem(item)
        if item is not None:
            self.scrollToItem(item)
        self._quiet = False

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)

    def _filter(self) -> None:
        self._filtered = True
        for place, family in enumerate(self._families):
            members = (family.feature, *(child for child, _ in family.parents))
            hidden = self._matching is not None and self._matching.isdisjoint(members)
            self.topLevelItem(place).setHidden(hidden)

    def _grow(self, root: QTreeWidgetItem, feature: int, below: dict[int, list[int]]) -> None:
        # Without recursion: a chain of features may be long.
        waiting = [(root, feature)]
        while waiting:
            item, above = waiting.pop()
            for child in below.get(above, ()):
                twig = self._item(child)
                item.addChild(twig)
                waiting.append((twig, child))

    def _item(self, feature: int) -> QTreeWidgetItem:
        item = QTreeWidgetItem([self._name(feature), "", "", ""])
        if feature < len(self._rows):
            item.setText(3, percent(self._rows[feature].fire_rate))
        for column in (1, 2, 3):
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setData(0, _FEATURE, feature)
        self._items[feature] = item
        return item

    def _name(self, feature: int) -> str:
        return self._rows[feature].name if feature < len(self._rows) else f"feature {feature}"

    def _current_changed(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        if item is not None and not self._quiet:
            self.feature_chosen.emit(item.data(0, _FEATURE))

    def scrollTo(
        self, index: QModelIndex, hint: QTreeWidget.ScrollHint = QTreeWidget.ScrollHint.EnsureVisible
    ) -> None:
        # Sideways nothing moves: names are longer than the room at some depth.
        bar = self.horizontalScrollBar()
        before = bar.value()
        super().scrollTo(index, hint)
        bar.setValue(before)
