"""Turning features of the query up and down, and how far that takes it from what was written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui.buttons import tool_button
from ui.elided_label import ElidedLabel
from ui.plain import PlainLabel
from ui.theme import SPACE_M, SPACE_S, Theme
from ui.widgets.balance_slider import BalanceSlider
from ui.widgets.numbers import plain, signed

if TYPE_CHECKING:
    from engine.retrieval.steering import Steered

LARGEST_WEIGHT = 5.0
MOST_FEATURES = 10_000_000
_STEPS = 10  # of the slider for a weight of 1
_PAUSE_MS = 60
_FAR = 0.7
_MOST_OFFERED = 12
_HOW = (
    "Add a feature by its name or number, and turn it up or down: documents about it rise or fall. A weight "
    "of 1 adds as much of it as a document has that is all about it."
)
_NO_FEATURES = "This workspace has no features yet: train some in Train, and turn them up or down here."


class SteeringPanel(QWidget):
    """One slider a feature; `changed` says that one of them has come to rest."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.for_system()
        self._names: tuple[str, ...] = ()
        self._rows: dict[int, _Row] = {}
        self._wanted: tuple[tuple[int, float], ...] = ()
        self.search = QLineEdit(self)
        self.search.setAccessibleName("Feature to steer by")
        self.search.setPlaceholderText("Add a feature by name or number")
        self._offers = QStringListModel(self)
        completer = QCompleter(self._offers, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(_MOST_OFFERED)
        self.search.setCompleter(completer)
        completer.activated[str].connect(self._offer_chosen)
        self.search.returnPressed.connect(self._typed)
        self.reset = QPushButton("Reset", self)
        self.reset.setAccessibleName("Leave the query as it is")
        self.reset.setToolTip("Take all features away: the query counts as it was written")
        self.reset.clicked.connect(self._reset)
        self.drift = ElidedLabel("How far the query has moved", self)
        self._how = PlainLabel(_NO_FEATURES, self)
        self._how.setWordWrap(True)
        self._how.setForegroundRole(self._how.palette().ColorRole.PlaceholderText)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.changed)
        self._lay_out()
        self._show_state()

    def weights(self) -> tuple[tuple[int, float], ...]:
        """Return the features that are turned, and their weights; those at 0 are left out."""
        return tuple((feature, row.weight()) for feature, row in self._rows.items() if row.weight())

    @property
    def waiting(self) -> bool:
        """Whether there are weights whose features are not known yet."""
        return bool(self._wanted)

    def wanted_weights(self) -> tuple[tuple[int, float], ...]:
        """Return the weights, or those that wait for their features."""
        return self._wanted or tuple((feature, row.weight()) for feature, row in self._rows.items())

    def restore(self, weights: Sequence[tuple[int, float]]) -> None:
        """Turn features as they were turned, now or as soon as they are known; says nothing."""
        self.clear()
        self._wanted = tuple(weights)
        self._turn_wanted()

    def give_up(self) -> None:
        """Turn nothing any more that is not known: there are no such features."""
        self._wanted = ()

    def set_features(self, names: tuple[str, ...]) -> None:
        """Offer the features of an autoencoder; numbers of another's mean nothing any more."""
        if names != self._names:
            self._names = names
            self._offers.setStringList([f"{name}  ·  {number}" for number, name in enumerate(names)])
            self.clear()
        if self.waiting and names:
            self._turn_wanted()
            self.changed.emit()

    def add(self, feature: int, weight: float | None = None) -> None:
        """Give a feature a slider, unless it has one: at a weight, or at 0 and with the focus."""
        if feature not in self._rows and 0 <= feature < len(self._names):
            row = _Row(self._names[feature], feature, weight or 0.0, self)
            row.slider.set_theme(self._theme)
            row.moved.connect(self._pause.start)
            row.dropped.connect(self._drop)
            self._rows[feature] = row
            self._sliders.addWidget(row)
            if weight is None:
                row.slider.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_state()

    def show_steered(self, steered: Steered | None) -> None:
        """Say how far the query has moved."""
        if steered is None:
            self.drift.set_text("The query counts as it was written.")
            return
        warning = "  It now means something else." if steered.drift < _FAR else ""
        self.drift.set_text(
            f"Cosine with the query as it was written: {plain(steered.drift)}.{warning}",
            "1 is no change. Weights are bounded, so that something of the query is always left.",
        )

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self._theme = theme
        for row in self._rows.values():
            row.slider.set_theme(theme)

    def clear(self) -> None:
        """Take all features away, silently."""
        self._pause.stop()
        for row in self._rows.values():
            self._sliders.removeWidget(row)
            row.deleteLater()
        self._rows = {}
        self.show_steered(None)
        self._show_state()

    def stop(self) -> None:
        """Ask for nothing more."""
        self._pause.stop()

    def _turn_wanted(self) -> None:
        if self._names:
            for feature, weight in self._wanted:
                self.add(feature, weight)
            self._wanted = ()

    @Slot()
    def _reset(self) -> None:
        steered = bool(self.weights())
        self.clear()
        if steered:
            self.changed.emit()

    @Slot(int)
    def _drop(self, feature: int) -> None:
        row = self._rows.pop(feature)
        self._sliders.removeWidget(row)
        row.deleteLater()
        self._show_state()
        if row.weight():
            self.changed.emit()

    @Slot(str)
    def _offer_chosen(self, offer: str) -> None:
        self.add(int(offer.rpartition("·")[2]))
        # The completer writes its choice into the field after this.
        QTimer.singleShot(0, self.search, self.search.clear)

    @Slot()
    def _typed(self) -> None:
        text = self.search.text().strip()
        if text.isdecimal() and int(text) < len(self._names):
            self.add(int(text))
            self.search.clear()
            return
        found = [number for number, name in enumerate(self._names) if text and text.lower() in name.lower()]
        if found:
            self.add(found[0])
            self.search.clear()

    def _show_state(self) -> None:
        self.search.setEnabled(bool(self._names))
        self.reset.setEnabled(bool(self._rows))
        self._how.setText(_HOW if self._names else _NO_FEATURES)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(SPACE_M)
        first.addWidget(self.search, 1)
        first.addWidget(self.reset)
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        self._sliders = QVBoxLayout()
        self._sliders.setSpacing(SPACE_M)
        rows.addLayout(self._sliders)
        rows.addStretch(1)
        area = QScrollArea(self)
        area.setAccessibleName("Features that are turned")
        # The weights in it take the focus, and it scrolls to them.
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_M)
        layout.addLayout(first)
        layout.addWidget(self._how)
        layout.addWidget(self.drift)
        layout.addWidget(area, 1)


class _Row(QWidget):
    """A feature's name, its slider and its weight."""

    moved = Signal()
    dropped = Signal(int)

    def __init__(self, name: str, feature: int, weight: float, parent: QWidget) -> None:
        super().__init__(parent)
        self._feature = feature
        label = ElidedLabel(f"Feature {feature}", self)
        label.set_text(name, f"feature {feature}")
        self.slider = BalanceSlider(f"Weight of {name}", round(LARGEST_WEIGHT * _STEPS), _STEPS, self)
        self.slider.setValue(round(weight * _STEPS))
        self._number = PlainLabel(self)
        self._number.setMinimumWidth(self._number.fontMetrics().horizontalAdvance("−0.00 "))
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        away = tool_button("", f"Leave {name} as it is", "Take this feature away", "flat", self, icon="x")
        away.clicked.connect(self._away)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_M)
        grid.setVerticalSpacing(0)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self._number, 0, 1)
        grid.addWidget(away, 0, 2)
        grid.addWidget(self.slider, 1, 0, 1, 3)
        self.slider.valueChanged.connect(self._value_changed)
        self._show_number()

    def weight(self) -> float:
        """Return where the slider stands."""
        return self.slider.value() / _STEPS

    @Slot()
    def _value_changed(self) -> None:
        self._show_number()
        self.moved.emit()

    @Slot()
    def _away(self) -> None:
        self.dropped.emit(self._feature)

    def _show_number(self) -> None:
        self._number.setText(signed(self.weight(), LARGEST_WEIGHT * 10) if self.weight() else "0.0")
