"""The legend of the diverging scale, in numbers."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import SPACE_M, SPACE_S, Theme, colour_scale, with_even_figures
from ui.widgets.canvas import hairline
from ui.widgets.numbers import signed

_BAR_HEIGHT = 10
_BAR_WIDTH = 200
_MEANING = "{positive} raises the score, {negative} with a dotted underline or a dashed line lowers it"


def paint_scale(painter: QPainter, rect: QRectF, theme: Theme, *, upright: bool = False) -> None:
    """Paint the scale itself with a hairline around it: -limit at the left, or at the bottom."""
    table = colour_scale(theme).lookup_table()
    image = QImage(table.tobytes(), 256, 1, 4 * 256, QImage.Format.Format_RGBA8888)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if upright:
        painter.translate(rect.bottomLeft())
        painter.rotate(-90)
        painter.drawImage(QRectF(0, 0, rect.height(), rect.width()), image)
    else:
        painter.drawImage(rect, image)
    painter.restore()
    painter.setPen(hairline(theme.outline))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect)


def legend_height(font: QFont) -> int:
    """Return the height of a legend."""
    return _BAR_HEIGHT + QFontMetrics(font).height() + 3 * SPACE_S


def paint_legend(
    painter: QPainter, rect: QRectF, theme: Theme, limit: float, unit: str, longest: float = _BAR_WIDTH
) -> None:
    """Paint the scale from the left of a rectangle, with its numbers and their unit in the painter's font."""
    plain = painter.font()
    metrics = QFontMetricsF(plain)
    room = rect.width() - 3 * SPACE_M
    width = min(longest, max(room - metrics.horizontalAdvance(unit), room / 2))
    bar = QRectF(rect.left() + SPACE_M, rect.top() + SPACE_S, width, _BAR_HEIGHT)
    paint_scale(painter, bar, theme)
    painter.setFont(with_even_figures(plain))
    painter.setPen(theme.muted)
    row = QRectF(bar.left(), bar.bottom() + SPACE_S, bar.width(), metrics.height())
    for text, side in (
        (signed(-limit, limit), Qt.AlignmentFlag.AlignLeft),
        ("0", Qt.AlignmentFlag.AlignHCenter),
        (signed(limit, limit), Qt.AlignmentFlag.AlignRight),
    ):
        painter.drawText(row, side | Qt.AlignmentFlag.AlignVCenter, text)
    beside = QRectF(bar.right() + SPACE_M, row.top(), rect.right() - bar.right() - 2 * SPACE_M, row.height())
    fitting = metrics.elidedText(unit, Qt.TextElideMode.ElideRight, beside.width())
    painter.drawText(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitting)


class ScaleLegend(QWidget):
    """The colours of contributions: -limit, 0, +limit, and their unit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = Theme.for_system()
        self._limit: float | None = None
        self._unit = self._meaning = ""
        self.setAccessibleName("Colour scale")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_scale(self, limit: float, unit_label: str, meaning: str = _MEANING) -> None:
        """Show the values at both ends of the scale, and their unit.

        `meaning` says what the colours do; "{positive}" and "{negative}" in it stand for their names.
        """
        self._limit = float(limit)
        self._unit, self._meaning = unit_label, meaning
        self._describe()
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self.theme = theme
        self._describe()
        self.update()

    def _describe(self) -> None:
        if self._limit is None:
            return
        low, high = signed(-self._limit, self._limit), signed(self._limit, self._limit)
        said = f"{low} to {high} {self._unit}: {self.theme.in_words(self._meaning)}"
        self.setAccessibleDescription(said)
        self.setToolTip(said)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = _BAR_WIDTH + 3 * SPACE_M + metrics.horizontalAdvance(self._unit)
        return QSize(width, legend_height(self.font()))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.sizeHint().width() - _BAR_WIDTH // 2, self.sizeHint().height())

    def paintEvent(self, event: QEvent) -> None:
        if self._limit is None:
            return
        painter = QPainter(self)
        area = QRectF(self.rect())
        paint_legend(painter, area, self.theme, self._limit, self._unit, longest=area.width())
