"""The two themes: readable text, a symmetric scale that ends in the palette's colours."""

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from engine.resources import diverging_palette, resource
from tests.gui.pointing import rgb
from ui.appearance import apply_theme
from ui.colours import contrast
from ui.theme import Theme, bundled_family, colour_scale, interface_font, with_even_figures
from ui.widgets.numbers import decimals_for, isolated_word, plain, signed, strongest, tip

NAMES = ("light", "dark")


@pytest.fixture
def plain_application(qapp):
    """Undo what a test does to the look of the application."""
    font, palette, sheet = qapp.font(), qapp.palette(), qapp.styleSheet()
    yield qapp
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)


@pytest.mark.parametrize("name", NAMES)
def test_the_scale_ends_in_the_palette_and_zero_is_the_surface(name):
    theme, palette = Theme.named(name), diverging_palette(name)
    scale = colour_scale(theme)
    assert scale.colour(2.0, 2.0).name() == palette["positive"]
    assert scale.colour(-2.0, 2.0).name() == palette["negative"]
    assert scale.colour(0.0, 2.0).name() == palette["neutral"] == theme.surface.name()
    assert scale.colour(9.0, 2.0).name() == palette["positive"]
    assert scale.colour(float("nan"), 2.0) == scale.colour(1.0, 0.0) == theme.neutral


@pytest.mark.parametrize("name", NAMES)
def test_each_side_moves_steadily_away_from_neutral(name):
    table = colour_scale(Theme.named(name)).lookup_table()
    assert table.shape == (256, 4)
    assert table.dtype == np.uint8
    distance = np.linalg.norm(table[:, :3].astype(float) - table[128, :3], axis=1)
    assert (np.diff(distance[128:]) >= -2).all()
    assert (np.diff(distance[:128]) <= 2).all()


@pytest.mark.parametrize("name", NAMES)
def test_text_is_readable_on_every_colour_of_the_scale(name):
    theme = Theme.named(name)
    scale = colour_scale(theme)
    for row in scale.lookup_table().tolist():
        background = QColor(*row)
        assert contrast(scale.text_colour_on(background), background) >= 4.5
    for ground in (theme.surface, theme.panel):
        for ink in (theme.text, theme.muted, theme.accent):
            assert contrast(ink, ground) >= 4.5


def test_contrast_is_that_of_the_standard():
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    # A pair that the documents of the standard give as just sufficient.
    assert contrast(QColor("#767676"), QColor("white")) == pytest.approx(4.54, abs=0.005)


def test_words_and_matrix_pick_the_same_colour(qapp):
    scale = colour_scale(Theme.named("light"))
    values = np.linspace(-1.2, 1.2, 101, dtype=np.float32)[None]
    image, _ = pg.functions.makeARGB(values, lut=scale.lookup_table(), levels=(-1, 1), useRGBA=True)
    for value, pixel in zip(values[0].tolist(), image[0].tolist(), strict=True):
        assert rgb(scale.colour(value, 1.0)) == tuple(pixel[:3])


def test_a_theme_reaches_the_whole_application(plain_application):
    for name in NAMES:
        theme = Theme.named(name)
        apply_theme(plain_application, theme)
        palette = QApplication.palette()
        assert palette.color(QPalette.ColorRole.Window) == theme.panel
        assert palette.color(QPalette.ColorRole.Text) == theme.text
        assert theme.accent.name() in plain_application.styleSheet()


@pytest.mark.parametrize("shown", [False, True])
def test_widgets_that_are_there_already_take_the_font(plain_application, qtbot, monkeypatch, shown):
    plain_application.setStyleSheet("")
    window = QWidget()
    qtbot.addWidget(window)
    label = QLabel("text", window)
    if shown:
        apply_theme(plain_application, Theme.named("dark"))
        window.show()
        plain_application.processEvents()
    monkeypatch.setattr("ui.appearance.interface_font", lambda: QFont("Inter", 23))
    apply_theme(plain_application, Theme.named("light"))
    assert label.font().pointSize() == 23
    assert QLabel("later", window).font().pointSize() == 23


def test_the_system_decides_between_two_themes(qapp):
    assert Theme.for_system() in (Theme.named("light"), Theme.named("dark"))


def test_the_bundled_fonts_load_and_are_small(qapp):
    assert bundled_family() == "Inter"
    assert sum(path.stat().st_size for path in resource("fonts").iterdir()) < 1_000_000
    assert resource("fonts", "OFL.txt").read_text(encoding="utf-8").startswith("Copyright")
    assert interface_font().pointSizeF() > 0
    assert with_even_figures(interface_font()).featureTags()


def test_numbers_are_signed_and_no_longer_than_they_need_be():
    assert [decimals_for(limit) for limit in (45.0, 5.0, 0.35, 0.085, 0.0, float("nan"), 1e-9)] == [
        1,
        2,
        3,
        4,
        3,
        3,
        6,
    ]
    assert signed(0.2134, 0.35) == "+0.213"
    assert signed(-0.2134, 0.35) == "−0.213"
    assert signed(-0.00001, 0.35) == "0.000"
    assert plain(-1.5, 1) == "−1.5"
    assert strongest(["a", "b", "c"], [0.1, -0.3, 0.2], 0.3, 2) == (
        f"{isolated_word('b')} −0.300, {isolated_word('c')} +0.200"
    )


def test_tooltips_escape_what_people_write():
    assert "<script>" not in tip("<script>", "<i>1</i>")
    assert "&lt;script&gt;" in tip("<script>")
    assert isolated_word("a\n  b") == "\u2068a b\u2069"
    assert len(isolated_word("x" * 1000)) == 62
