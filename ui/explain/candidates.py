"""The candidates with their scores; choosing one shows its pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui.colours import blend
from ui.plain import one_line, plain_tip
from ui.theme import SPACE_M, SPACE_S, Theme, with_even_figures
from ui.widgets.empty_text import EmptyText
from ui.widgets.numbers import plain
from ui.widgets.view_picture import list_size, paint_list

if TYPE_CHECKING:
    from engine.attribution.explainer import Explanation

_SCORE, _SHARE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_BAR = 3
_MARK = 3


class CandidateList(QListWidget):
    """One row per candidate, in the order given: its text, its score, and a bar."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = Theme.for_system()
        self.setAccessibleName("Candidates and their scores")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setUniformItemSizes(True)
        self.setItemDelegate(_ScoreDelegate(self))
        self.currentRowChanged.connect(self._row_changed)
        self._quiet = False
        self._empty = EmptyText(self, "Every candidate appears here with its score. Write some above.")

    def show_explanation(self, explanation: Explanation, current: int) -> None:
        """List the candidates; those that are not explained yet have no score."""
        self._quiet = True
        texts = explanation.request.candidates
        while self.count() > len(texts):
            self.takeItem(self.count() - 1)
        while self.count() < len(texts):
            self.addItem(QListWidgetItem())
        scores = [pair.ledger.similarity for pair in explanation.pairs]
        cosine = explanation.request.similarity == "cosine"
        full = 1.0 if cosine else max((abs(score) for score in scores), default=1.0) or 1.0
        for row, text in enumerate(texts):
            item, line = self.item(row), one_line(text[:400])
            score = scores[row] if row < len(scores) else None
            if item.text() != line:
                item.setText(line)
                item.setToolTip(plain_tip(text[:1000]))
            item.setData(_SCORE, None if score is None else plain(score))
            item.setData(_SHARE, 0.0 if score is None else score / full)
            told = "not explained yet" if score is None else f"similarity {plain(score)}"
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{line}, {told}")
        self.setCurrentRow(current)
        self._quiet = False

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self.theme = theme
        self.viewport().update()

    def picture_size(self) -> QSize:
        """Return the size of the whole list."""
        return list_size(self)

    def paint_picture(self, painter: QPainter) -> None:
        """Paint the whole list."""
        paint_list(self, painter, self.theme)

    def _row_changed(self, row: int) -> None:
        if not self._quiet and row >= 0:
            self.chosen.emit(row)


class _ScoreDelegate(QStyledItemDelegate):
    """Paints a row: text, score on the right, a bar below that grows with the score."""

    def __init__(self, owner: CandidateList) -> None:
        super().__init__(owner)
        self._owner = owner

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, option.fontMetrics.lineSpacing() + 3 * SPACE_S + _BAR + SPACE_S)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = self._owner.theme
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            share = 0.18 if self._owner.hasFocus() else 0.1
            painter.fillRect(option.rect, blend(theme.surface, theme.accent, share))
            painter.fillRect(option.rect.adjusted(0, 0, _MARK - option.rect.width(), 0), theme.accent)
        inner = option.rect.adjusted(SPACE_M, SPACE_S, -SPACE_M, -SPACE_S)
        line = inner.adjusted(0, 0, 0, -(_BAR + SPACE_S))
        painter.setPen(theme.text)
        painter.setFont(with_even_figures(option.font))
        score = index.data(_SCORE) or "…"
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, right | Qt.TextFlag.TextSingleLine, score)
        room = line.width() - painter.fontMetrics().horizontalAdvance("−0.000") - SPACE_M
        text = option.fontMetrics.elidedText(
            index.data(Qt.ItemDataRole.DisplayRole), Qt.TextElideMode.ElideRight, room
        )
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line.adjusted(0, 0, room - line.width(), 0), left | Qt.TextFlag.TextSingleLine, text)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(inner.left(), inner.bottom() - _BAR + 1, inner.width(), _BAR)
        painter.setBrush(theme.grid)
        painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
        share = max(-1.0, min(1.0, float(index.data(_SHARE) or 0.0)))
        painter.setBrush(theme.positive if share >= 0 else theme.negative)
        track.setWidth(abs(share) * inner.width())
        painter.drawRoundedRect(track, _BAR / 2, _BAR / 2)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.accent)
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
        painter.restore()
