"""A theme given to the whole application: its palette, its style sheet and its font."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from engine.resources import resource
from ui.colours import blend
from ui.theme import BOLD_SIZES, RADIUS, TEXT_SIZES, Theme, colour_scale, interface_font


def apply_theme(app: QApplication, theme: Theme, text_size: int = 100) -> None:
    """Give the whole application the theme's palette, style sheet and font; `text_size` is in percent."""
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    font = interface_font()
    font.setPointSizeF(font.pointSizeF() * text_size / 100)
    if app.font() != font:
        # Qt tells widgets of a new font by posted events, and those under a style sheet do not listen.
        app.setStyleSheet("")
        app.setFont(font)
        app.sendPostedEvents(None, QEvent.Type.ApplicationFontChange)
    app.setPalette(palette_of(theme))
    app.setStyleSheet(_style_sheet(theme, font.pointSizeF(), text_size / 100))


def palette_of(theme: Theme) -> QPalette:
    """Return the colours of a theme as widgets know them."""
    palette = QPalette()
    role = QPalette.ColorRole
    on_accent = colour_scale(theme).text_colour_on(theme.accent)
    for name, colour in {
        role.Window: theme.panel,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.panel,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.panel,
        role.ButtonText: theme.text,
        role.BrightText: theme.text,
        role.ToolTipBase: theme.panel,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: blend(theme.panel, theme.surface, 0.5),
        role.Midlight: blend(theme.panel, theme.surface, 0.25),
        role.Mid: theme.outline,
        role.Dark: theme.outline,
        role.Shadow: blend(theme.panel, QColor(0, 0, 0), 0.5),
    }.items():
        palette.setColor(name, colour)
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, blend(theme.panel, theme.muted, 0.7))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, theme.outline)
    return palette


def _style_sheet(theme: Theme, size: float, larger: float) -> str:
    # What stands beside text is as large as it is at the usual size of text, times that of the text.
    arrow, small_arrow, mark, beside, menu = (round(each * larger) for each in (12, 10, 13, 18, 22))
    t = {
        "surface": theme.surface.name(),
        "panel": theme.panel.name(),
        "text": theme.text.name(),
        "muted": theme.muted.name(),
        "accent": theme.accent.name(),
        "outline": theme.outline.name(),
        "hover": blend(theme.panel, theme.text, 0.07).name(),
        "pressed": blend(theme.panel, theme.text, 0.14).name(),
        **{
            part: resource("icons", "style", f"{part}-{theme.name}.svg").as_posix()
            for part in ("down", "up", "check")
        },
        "on_accent": colour_scale(theme).text_colour_on(theme.accent).name(),
        "accent_hover": blend(theme.accent, theme.text, 0.15).name(),
        "chosen": blend(theme.surface, theme.accent, 0.16).name(),
        "thumb": blend(theme.panel, theme.muted, 0.45).name(),
    }
    # Of the same size as without it: what it takes, the padding gives.
    ring = f"border: 2px solid {t['accent']};"
    bold = {name: "font-weight: 600;" if name in BOLD_SIZES else "" for name in TEXT_SIZES}
    sizes = "".join(
        f'*[textsize="{name}"] {{ font-size: {share * size:.2f}pt; {bold[name]} }}\n'
        for name, share in TEXT_SIZES.items()
    )
    return f"""{sizes}
QToolTip {{
    background: {t["panel"]}; color: {t["text"]}; border: 1px solid {t["outline"]}; padding: 4px 6px; }}
QMainWindow::separator {{ background: {t["panel"]}; width: 6px; height: 6px; }}
QMainWindow::separator:hover {{ background: {t["outline"]}; }}
QStatusBar {{ color: {t["muted"]}; }}
QStatusBar::item {{ border: none; }}
QToolBar {{ border: none; spacing: 6px; padding: 4px; }}
QLineEdit, QPlainTextEdit, QTextEdit {{
    background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["outline"]};
    border-radius: {RADIUS}px; padding: 3px 5px; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus {{ {ring} padding: 2px 4px; }}
QComboBox {{
    background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["outline"]};
    border-radius: {RADIUS}px; padding: 3px 4px 3px 8px; }}
QComboBox:hover {{ background: {t["hover"]}; }}
QComboBox:focus, QComboBox:on {{ {ring} padding: 2px 3px 2px 7px; }}
QComboBox:disabled {{ color: {t["muted"]}; background: {t["panel"]}; }}
QComboBox::drop-down {{ border: none; width: {beside}px; }}
QComboBox::down-arrow {{ image: url({t["down"]}); width: {arrow}px; height: {arrow}px; }}
QComboBox QAbstractItemView {{
    border: 1px solid {t["outline"]}; selection-background-color: {t["chosen"]};
    selection-color: {t["text"]}; }}
QSpinBox, QDoubleSpinBox {{
    background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["outline"]};
    border-radius: {RADIUS}px; padding: 2px 4px; }}
QSpinBox:focus, QDoubleSpinBox:focus {{ {ring} padding: 1px 3px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; width: {beside}px; }}
QAbstractSpinBox::up-arrow {{
    image: url({t["up"]}); width: {small_arrow}px; height: {small_arrow}px; }}
QAbstractSpinBox::down-arrow {{
    image: url({t["down"]}); width: {small_arrow}px; height: {small_arrow}px; }}
QCheckBox::indicator, QRadioButton::indicator {{
    width: {mark}px; height: {mark}px; border: 1px solid {t["muted"]}; background: {t["surface"]}; }}
QCheckBox::indicator {{ border-radius: 3px; }}
QRadioButton::indicator {{ border-radius: {(mark + 1) // 2}px; }}
QCheckBox::indicator:checked {{
    background: {t["accent"]}; border-color: {t["accent"]}; image: url({t["check"]}); }}
QRadioButton::indicator:checked {{
    width: {mark - 6}px; height: {mark - 6}px; border: 4px solid {t["accent"]}; background: {t["surface"]}; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {t["outline"]}; }}
QCheckBox:focus, QRadioButton:focus {{ color: {t["accent"]}; outline: 2px solid {t["accent"]}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QSlider {{ border: 2px solid transparent; border-radius: {RADIUS}px; }}
QSlider:focus {{ {ring} }}
QPushButton {{
    background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["outline"]};
    border-radius: {RADIUS}px; padding: 4px 12px; }}
QPushButton:hover {{ background: {t["hover"]}; }}
QPushButton:pressed {{ background: {t["pressed"]}; }}
QPushButton:focus {{ {ring} padding: 3px 11px; }}
QPushButton:disabled {{ color: {t["muted"]}; background: {t["panel"]}; }}
QPushButton[look="primary"] {{
    background: {t["accent"]}; color: {t["on_accent"]}; border-color: {t["accent"]}; font-weight: 600; }}
QPushButton[look="primary"]:hover {{ background: {t["accent_hover"]}; }}
QPushButton[look="primary"]:disabled {{
    background: {t["panel"]}; color: {t["muted"]}; border-color: {t["outline"]}; }}
QPushButton[look="primary"]:focus {{ border: 3px double {t["on_accent"]}; padding: 2px 10px; }}
QToolButton[look] {{
    background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["outline"]};
    border-radius: {RADIUS}px; padding: 3px 8px; }}
QToolButton[look][popupMode="2"] {{ padding-right: {menu}px; }}
QToolButton[look]::menu-indicator {{
    image: url({t["down"]}); subcontrol-origin: padding; subcontrol-position: center right;
    width: {arrow}px; height: {arrow}px; right: 6px; }}
QToolButton[look]:hover {{ background: {t["hover"]}; }}
QToolButton[look]:pressed {{ background: {t["pressed"]}; }}
QToolButton[look]:checked {{ background: {t["chosen"]}; border-color: {t["accent"]}; }}
QToolButton[look]:focus {{ {ring} padding: 2px 7px; }}
QToolButton[look][popupMode="2"]:focus {{ padding-right: {menu - 1}px; }}
QToolButton[look]:disabled {{ color: {t["muted"]}; background: {t["panel"]}; }}
QToolButton[pictured="true"] {{ padding-left: 6px; padding-right: 0; }}
QToolButton[pictured="true"][popupMode="2"] {{ padding-right: {menu - 8}px; }}
QToolButton[pictured="true"]:focus {{ padding-left: 5px; padding-right: 0; }}
QToolButton[pictured="true"][popupMode="2"]:focus {{ padding-right: {menu - 9}px; }}
QToolButton[look="segment"] {{ border-radius: 0; margin-right: -1px; }}
QToolButton[place="first"] {{
    border-top-left-radius: {RADIUS}px; border-bottom-left-radius: {RADIUS}px; }}
QToolButton[place="last"] {{
    margin-right: 0; border-top-right-radius: {RADIUS}px; border-bottom-right-radius: {RADIUS}px; }}
QToolButton[look="flat"] {{ background: transparent; border-color: transparent; }}
QToolButton[look="flat"]:hover {{ background: {t["hover"]}; }}
QToolButton[look="flat"]:focus {{ border-color: {t["accent"]}; }}
QToolButton[look="small"] {{ background: transparent; border-color: transparent; padding: 2px; }}
QToolButton[look="small"]:hover {{ background: {t["hover"]}; }}
QToolButton[look="tab"] {{
    background: transparent; border: none; border-radius: 0; padding: 6px 4px;
    border-bottom: 2px solid transparent; }}
QToolButton[look="tab"][pictured="true"] {{ padding: 6px 0 6px 8px; }}
QToolButton[look="tab"]:checked {{ font-weight: 600; border-bottom-color: {t["accent"]}; }}
QToolButton[look="tab"]:focus {{ {ring} padding: 4px 2px 6px 2px; border-radius: {RADIUS}px; }}
QToolButton[look="tab"][pictured="true"]:focus {{ padding: 4px 0 6px 6px; }}
QListWidget, QTreeWidget, QTableView {{ outline: none; border: 2px solid transparent; }}
QListWidget:focus, QTreeWidget:focus, QTableView:focus {{ {ring} }}
QListWidget::item, QTreeWidget::item {{ padding: 3px 6px; }}
QListWidget::item:hover, QTreeWidget::item:hover {{ background: {t["hover"]}; }}
QListWidget::item:selected, QTreeWidget::item:selected {{ background: {t["chosen"]}; color: {t["text"]}; }}
#palette {{ border: 1px solid {t["outline"]}; }}
QTabBar::tab {{
    background: transparent; color: {t["muted"]}; padding: 6px 12px; border: none;
    border-bottom: 2px solid transparent; }}
QTabBar::tab:hover {{ color: {t["text"]}; }}
QTabBar::tab:selected {{ color: {t["text"]}; border-bottom-color: {t["accent"]}; }}
QTabBar::tab:selected:focus {{ {ring} padding: 4px 10px 6px 10px; border-radius: {RADIUS}px; }}
QTabBar {{ qproperty-drawBase: 0; }}
DockLayout QTabBar::tab {{ padding: 6px {round(12 / larger**2)}px; }}
DockLayout QTabBar::tab:selected:focus {{ padding: 4px {max(round(12 / larger**2) - 2, 0)}px 6px; }}
QTabWidget::pane {{ border: none; }}
QHeaderView::up-arrow, QHeaderView::down-arrow {{
    subcontrol-origin: padding; subcontrol-position: top center;
    width: {small_arrow}px; height: {small_arrow}px; top: -4px; }}
QHeaderView::up-arrow {{ image: url({t["up"]}); }}
QHeaderView::down-arrow {{ image: url({t["down"]}); }}
QHeaderView::section {{
    background: {t["panel"]}; color: {t["muted"]}; border: none; padding: 4px 8px; }}
QTableCornerButton::section {{ background: {t["panel"]}; border: none; }}
QTableView {{ gridline-color: {t["panel"]}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {t["thumb"]}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {t["muted"]}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
