"""How far methods agree: their rank correlations, and what each says of every word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QGuiApplication, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ui.plain import PlainLabel, one_line, plain_tip
from ui.theme import SPACE_M, SPACE_S, Theme, colour_scale, with_even_figures
from ui.widgets.canvas import paint_empty
from ui.widgets.numbers import isolated_word, plain, signed
from ui.widgets.view_picture import paint_table, table_size

if TYPE_CHECKING:
    from engine.attribution.agreement import MethodAgreement

_NARROWEST_COLUMN = 78
_HEADER_LINES = 2
_WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
Index = QModelIndex | QPersistentModelIndex


class AgreementTable(QWidget):
    """Two tables: methods against methods, and words against methods; cells carry number and colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = Theme.for_system()
        self.setAccessibleName("Agreement of methods")
        self._agreement: MethodAgreement | None = None
        self.correlations = _NumberTable("Rank correlation of methods")
        self.words = _NumberTable("Importance of words by method")
        self._note = PlainLabel()
        self._empty = PlainLabel("Compare methods to see how far they agree on which words matter.")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._titles = [
            PlainLabel("Spearman correlation of word importance"),
            PlainLabel("Importance of the candidate's words, coloured within each method"),
        ]
        for label in (self._note, self._empty, *self._titles):
            label.setWordWrap(True)
        tables = QWidget()
        column = QVBoxLayout(tables)
        column.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        column.setSpacing(SPACE_S)
        column.addWidget(self._titles[0])
        column.addWidget(self.correlations, 1)
        column.addSpacing(SPACE_M)
        column.addWidget(self._titles[1])
        column.addWidget(self.words, 1)
        column.addWidget(self._note)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(tables)
        self.setAutoFillBackground(True)
        self._colour()

    def show_agreement(self, agreement: MethodAgreement) -> None:
        """Show word importance by several methods, and the correlations of their ranks."""
        self._agreement = agreement
        self._fill()
        self._stack.setCurrentIndex(1)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self.theme = theme
        self._colour()
        if self._agreement is not None:
            self._fill()

    def picture_size(self) -> QSize:
        """Return the size of both whole tables with what is written above and below them."""
        if self._agreement is None:
            return self.size()
        wide = max(table_size(table).width() for table in (self.correlations, self.words)) + 2 * SPACE_M
        return QSize(wide, self._parts(wide)[-1][1] + SPACE_M)

    def paint_picture(self, painter: QPainter) -> None:
        """Paint both whole tables with what is written above and below them."""
        size = self.picture_size()
        painter.fillRect(QRect(QPoint(0, 0), size), self.theme.surface)
        if self._agreement is None:
            paint_empty(painter, QRect(QPoint(0, 0), size), self._empty.text(), self.theme)
            return
        top = SPACE_M
        for part, bottom in self._parts(size.width()):
            if isinstance(part, PlainLabel):
                painter.setFont(part.font())
                painter.setPen(self.theme.muted)
                room = QRect(SPACE_M, top, size.width() - 2 * SPACE_M, bottom - top)
                painter.drawText(room, int(_WRAPPED), part.text())
            else:
                painter.save()
                painter.translate(SPACE_M, top)
                paint_table(part, painter, self.theme)
                painter.restore()
            top = bottom + SPACE_S

    def _parts(self, width: int) -> list[tuple[QWidget, int]]:
        """Return what a picture of some width is made of, from top to bottom, and where each ends."""
        parts, top = [], SPACE_M
        for part in (self._titles[0], self.correlations, self._titles[1], self.words, self._note):
            if isinstance(part, PlainLabel):
                room = QRect(0, 0, width - 2 * SPACE_M, 10_000)
                height = part.fontMetrics().boundingRect(room, int(_WRAPPED), part.text()).height()
                if not part.text():
                    continue
            else:
                height = table_size(part).height() + SPACE_S
            parts.append((part, top + height))
            top += height + SPACE_S
        return parts

    def _fill(self) -> None:
        agreement = self._agreement
        names = [method.replace("-", " ") for method in agreement.methods]
        importances = np.asarray(agreement.importances, dtype=float)
        own = np.abs(importances).max(axis=1, initial=0.0)
        limit = float(own.max(initial=0.0)) or 1.0
        self.correlations.show_values(
            np.asarray(agreement.spearman, dtype=float),
            names,
            names,
            lambda value: plain(value, 2),
            np.ones(len(names)),
            self.theme,
        )
        self.words.show_values(
            importances.T,
            [one_line(word.text) for word in agreement.words],
            names,
            lambda value: signed(value, limit),
            own,
            self.theme,
        )
        self.correlations.setMaximumHeight(self.correlations.whole_height())
        left_out = "; ".join(f"{name.replace('-', ' ')}: {why}" for name, why in agreement.left_out)
        self._note.setText(f"Left out: {left_out}" if left_out else "")
        self._note.setVisible(bool(left_out))

    def _colour(self) -> None:
        surface = self.palette()
        surface.setColor(self.backgroundRole(), self.theme.surface)
        self.setPalette(surface)
        for label in (self._empty, self._note, *self._titles):
            palette = label.palette()
            palette.setColor(label.foregroundRole(), self.theme.muted)
            label.setPalette(palette)


class _NumberTable(QTableView):
    """Numbers on the diverging scale; what is selected can be copied, cells apart by tabs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumSize(_NARROWEST_COLUMN, 3 * self.fontMetrics().height())
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        across, down = self.horizontalHeader(), self.verticalHeader()
        across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        across.setMinimumSectionSize(_NARROWEST_COLUMN)
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        for header in (across, down):
            header.setHighlightSections(False)
            header.setSectionsClickable(False)

    def show_values(
        self,
        values: np.ndarray,
        rows: Sequence[str],
        columns: Sequence[str],
        written: Callable[[float], str],
        limits: np.ndarray,
        theme: Theme,
    ) -> None:
        """Show (rows, columns) values; `limits` gives each column's value of full colour."""
        line = self.fontMetrics().height()
        self.setFont(with_even_figures(self.font()))
        self.verticalHeader().setDefaultSectionSize(line + SPACE_M)
        self.horizontalHeader().setFixedHeight(_HEADER_LINES * line + SPACE_M)
        self.setModel(_Numbers(values, rows, columns, written, limits, theme, self))

    def whole_height(self) -> int:
        """Return the height at which nothing has to be scrolled."""
        bar = self.horizontalScrollBar().sizeHint().height()
        return self.horizontalHeader().height() + self.verticalHeader().length() + bar

    def keyPressEvent(self, event: QEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self._selected_text())
        else:
            super().keyPressEvent(event)

    def _selected_text(self) -> str:
        cells = sorted((index.row(), index.column()) for index in self.selectedIndexes())
        model = self.model()
        lines: dict[int, list[str]] = {}
        for row, column in cells:
            lines.setdefault(row, []).append(str(model.values[row, column]))
        return "\n".join("\t".join(line) for line in lines.values())


class _Numbers(QAbstractTableModel):
    """A matrix of numbers with names, written and coloured."""

    def __init__(
        self,
        values: np.ndarray,
        rows: Sequence[str],
        columns: Sequence[str],
        written: Callable[[float], str],
        limits: np.ndarray,
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.values = values
        self._names = {Qt.Orientation.Vertical: rows, Qt.Orientation.Horizontal: columns}
        self._written = written
        self._limits = limits
        self._scale = colour_scale(theme)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self.values.shape[0]

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self.values.shape[1]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value, limit = float(self.values[index.row(), index.column()]), float(self._limits[index.column()])
        roles = Qt.ItemDataRole
        if role == roles.DisplayRole:
            return "no ranks" if np.isnan(value) else self._written(value)
        if role == roles.BackgroundRole:
            return self._scale.colour(value, limit)
        if role == roles.ForegroundRole:
            return self._scale.text_colour(value, limit)
        if role == roles.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if role == roles.ToolTipRole:
            row, column = self._names[Qt.Orientation.Vertical], self._names[Qt.Orientation.Horizontal]
            name = isolated_word(row[index.row()])
            return plain_tip(f"{name}, {column[index.column()]}: {plain(value, 4)}")
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            name = self._names[orientation][section]
            return name if len(name) <= 28 else name[:27] + "…"
        return None
