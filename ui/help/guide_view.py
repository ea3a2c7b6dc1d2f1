"""Shows one page of the guide in the colours and the font of the program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QColor, QImage, QPalette, QResizeEvent, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from ui.colours import blend
from ui.help.library import Topic
from ui.help.markdown import Looks, rich_text, style_sheet

_MARGIN, _INDENT = 24, 22
_WIDEST_PICTURE = 900
_AFTER_RESIZE_MS = 120
_LOOKS_CHANGE = (
    QEvent.Type.PaletteChange,
    QEvent.Type.ApplicationPaletteChange,
    QEvent.Type.FontChange,
    QEvent.Type.StyleChange,
)


class GuideView(QTextBrowser):
    """A page that can be read, searched and copied from. Links say where they lead and open nothing."""

    link_chosen = Signal(str)  # "page.md#anchor", "#anchor"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Page of the guide")
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(_MARGIN)
        self.document().setIndentWidth(_INDENT)
        # A bar that comes and goes would change the room that pictures are scaled to.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.anchorClicked.connect(lambda url: self.link_chosen.emit(url.toString()))
        self._topic: Topic | None = None
        self._words: tuple[str, ...] = ()
        self._drawn_for: tuple[object, ...] = ()
        self._again = QTimer(self, singleShot=True, interval=_AFTER_RESIZE_MS)
        self._again.timeout.connect(self._render)

    @property
    def topic(self) -> Topic | None:
        """The page that is shown."""
        return self._topic

    def show_topic(self, topic: Topic, anchor: str = "", words: tuple[str, ...] = ()) -> None:
        """Show a page from one of its sections on, with some words marked."""
        other = topic is not self._topic
        self._topic, self._words = topic, words
        if other:
            self._drawn_for = ()
        self._render()
        self._mark()
        self.verticalScrollBar().setValue(0)
        if anchor:
            self.scrollToAnchor(anchor)
        self.setAccessibleDescription(topic.title)

    def loadResource(self, kind: int, name: QUrl) -> object:
        """Return a picture of the guide, scaled to the room there is at the resolution of the screen."""
        if kind != QTextDocument.ResourceType.ImageResource.value or self._topic is None:
            return None
        image = QImage(str(self._picture(name.toString())))
        if image.isNull():
            return None
        ratio = self.devicePixelRatioF()
        width = round(min(self._room(), image.width()) * ratio)
        if width < image.width():
            image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
            image.setDevicePixelRatio(ratio)
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._again.start()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _LOOKS_CHANGE:
            self._again.start()

    def _picture(self, name: str) -> Path:
        folder = self._topic.path.parent
        dark = folder / name.replace("-light.", "-dark.")
        return dark if self._is_dark() and dark.is_file() else folder / name

    def _is_dark(self) -> bool:
        return self.palette().color(QPalette.ColorRole.Base).lightness() < 128

    def _room(self) -> int:
        return min(max(self.viewport().width() - 2 * _MARGIN, 200), _WIDEST_PICTURE)

    def _looks(self) -> Looks:
        role, palette = QPalette.ColorRole, self.palette()
        base, text = palette.color(role.Base), palette.color(role.Text)
        size = self.font().pointSizeF()
        return Looks(
            text=text.name(),
            muted=palette.color(role.PlaceholderText).name(),
            accent=palette.color(role.Link).name(),
            line=palette.color(role.Mid).name(),
            code=blend(base, text, 0.06).name(),
            size=size if size > 0 else self.font().pixelSize() * 0.75,
        )

    def _render(self) -> None:
        if self._topic is None:
            return
        looks = self._looks()
        drawn_for = (self._topic, looks, self._room(), self.devicePixelRatioF())
        if drawn_for == self._drawn_for:
            return
        bar, again = self.verticalScrollBar(), bool(self._drawn_for)
        share = bar.value() / max(bar.maximum(), 1)
        self._drawn_for = drawn_for
        self.document().clear()
        self.document().setDefaultStyleSheet(style_sheet(looks))
        self.setHtml(f"<body>{rich_text(self._topic.source)}</body>")
        if again:
            self._mark()
            bar.setValue(round(share * bar.maximum()))

    def _mark(self) -> None:
        marks = []
        for word in self._words:
            cursor = self.document().find(word, 0)
            while not cursor.isNull():
                marks.append(self._marked(cursor))
                cursor = self.document().find(word, cursor)
        self.setExtraSelections(marks)

    def _marked(self, cursor: QTextCursor) -> QTextEdit.ExtraSelection:
        # Underlined as well, so that colour is not the only sign of a hit.
        accent = self.palette().color(QPalette.ColorRole.Accent)
        mark, style = QTextEdit.ExtraSelection(), QTextCharFormat()
        style.setBackground(blend(self.palette().color(QPalette.ColorRole.Base), accent, 0.3))
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        style.setUnderlineColor(QColor(accent))
        mark.cursor, mark.format = cursor, style
        return mark
