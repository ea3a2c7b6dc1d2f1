"""What is saved is a whole, valid picture, or nothing."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QLabel, QWidget

from engine.errors import UserError
from engine.report.wording import findings
from tests.gui.fake_backend import agreement_of
from tests.gui.results import QUERY, make_explanation, make_faithfulness, make_pair, make_text
from ui.appearance import apply_theme
from ui.explain.candidates import CandidateList
from ui.explain.history import HistoryList
from ui.pictures import copy_picture, picture, save_picture
from ui.selection import Selection
from ui.theme import Theme
from ui.widgets.agreement_table import AgreementTable
from ui.widgets.connection_plot import ConnectionPlot
from ui.widgets.data_table import Column, DataTable
from ui.widgets.dimension_bars import DimensionBars
from ui.widgets.faithfulness_plot import FaithfulnessPlot
from ui.widgets.ledger_view import LedgerView
from ui.widgets.legend import legend_height
from ui.widgets.matrix_plot import MatrixPlot
from ui.widgets.token_heatmap import TokenHeatmap


def heatmap():
    pair = make_pair()
    widget = TokenHeatmap("query", Selection())
    widget.resize(400, 120)
    widget.show_text(pair.query.text, pair.query_word_importance, 0.3, "similarity")
    return widget


def connections():
    pair = make_pair()
    widget = ConnectionPlot(Selection())
    widget.resize(400, 260)
    widget.show_pair(pair.query.text.words, pair.candidate.text.words, pair.word_matrix, 0.1, "similarity")
    return widget


def matrix():
    pair = make_pair()
    names = [[word.text for word in text.words] for text in (pair.query.text, pair.candidate.text)]
    widget = MatrixPlot(Selection())
    widget.resize(500, 300)
    widget.show_matrix(pair.word_matrix, *names, 0.1, "similarity", "words")
    return widget


def ledger():
    pair = make_pair()
    widget = LedgerView()
    widget.resize(400, 200)
    widget.show_ledger(pair.ledger, pair.between_words, "raw")
    return widget


def faithfulness():
    widget = FaithfulnessPlot()
    widget.resize(520, 300)
    pair = make_pair()
    tests = make_faithfulness(pair)
    widget.show_faithfulness(tests, findings(pair, tests, 0.002))
    return widget


def dimensions():
    widget = DimensionBars()
    widget.resize(320, 400)
    widget.show_cell("sugar – glucose", np.linspace(-1, 1, 32))
    return widget


WIDGETS = {
    heatmap: "sugar",
    connections: "Carbohydrates",
    matrix: "metabolized",
    ledger: "Similarity",
    faithfulness: "Deletion",
    dimensions: "glucose",
}
each_widget = pytest.mark.parametrize("make", WIDGETS, ids=lambda make: make.__name__)


@pytest.fixture
def made(qtbot, request):
    def build(make):
        widget = make()
        qtbot.addWidget(widget)
        widget.show()
        return widget

    return build


@each_widget
def test_a_png_has_two_pixels_for_each(made, make, tmp_path):
    widget = made(make)
    target = save_picture(widget, tmp_path / "picture.png")
    image = QImage(str(target))
    assert image.size() == whole_size(widget) * 2
    colours = {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 7) for y in range(0, image.height(), 3)
    }
    assert len(colours) > 4
    assert image.pixelColor(image.width() - 2, image.height() - 2) == widget.theme.surface


@each_widget
def test_in_an_svg_text_stays_text(made, make, tmp_path):
    target = save_picture(made(make), tmp_path / "picture.svg")
    root = ET.parse(target).getroot()
    texts = "".join(root.itertext())
    assert WIDGETS[make] in texts
    assert root.get("viewBox")


@each_widget
def test_in_a_pdf_text_stays_text(made, make, tmp_path):
    data = save_picture(made(make), tmp_path / "picture.PDF").read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert b"/Type /Font" in data
    assert b"/ToUnicode" in data


@each_widget
def test_a_picture_shows_what_the_window_shows(made, make):
    widget = made(make)
    widget.set_theme(Theme.named("light"))
    # The window of a screen with as many pixels, so that thin lines are smoothed alike.
    window = QImage(widget.size() * 2, QImage.Format.Format_RGB32)
    window.setDevicePixelRatio(2)
    QWidget.render(widget, window, QPoint())
    drawn, shown = halved(picture(widget)), halved(window)
    height, width = np.minimum(drawn.shape, shown.shape)
    height = min(height, widget.picture_size().height())
    inner = np.s_[2 : height - 2, 2 : width - 2]  # the mark of the focus runs around the window's
    ink = np.abs(shown[inner] - shown[2, 2]).mean()
    assert np.abs(drawn[inner] - shown[inner]).mean() < 0.01 * ink


def whole_size(widget):
    """The size of the picture: what the widget paints, and a legend where colours stand for numbers."""
    coded = isinstance(widget, TokenHeatmap | ConnectionPlot | MatrixPlot)
    return widget.picture_size() + QSize(0, legend_height(widget.font()) if coded else 0)


@each_widget
def test_a_picture_is_on_white_in_the_palette_of_the_reports(made, make):
    widget = made(make)
    widget.set_theme(Theme.named("light"))
    wanted = picture(widget)
    widget.set_theme(Theme.named("dark", "purple-green"))
    assert picture(widget) == wanted
    assert wanted.pixelColor(wanted.width() - 1, wanted.height() - 1).name() == "#ffffff"
    assert (widget.theme.name, widget.theme.palette) == ("dark", "purple-green")


def table():
    columns = (
        Column("Word", "What is counted", lambda record: record[0]),
        Column("Share", "How much", lambda record: f"{record[1]:+.3f}", lambda record: record[1],
               lambda record: record[1], diverging=True, number=True, width=6),
    )  # fmt: skip
    widget = DataTable("Words of a text", columns)
    widget.resize(300, 120)
    widget.show_records([(f"word {place}", 0.5 - place / 40) for place in range(40)], current=3)
    return widget


def agreement():
    widget = AgreementTable()
    widget.resize(420, 200)
    widget.show_agreement(agreement_of(make_pair()))
    return widget


def candidates():
    widget = CandidateList()
    widget.resize(300, 80)
    widget.show_explanation(make_explanation(candidates=("first one", "second one") * 6), 2)
    return widget


def history():
    widget = HistoryList()
    widget.resize(300, 80)
    for place in range(6):
        widget.add(make_explanation(f"query {place}"), live=False)
    return widget


VIEWS = {table: "word 39", agreement: "integrated jacobians", candidates: "second one", history: "query 0"}


@pytest.mark.parametrize("make", VIEWS, ids=lambda make: make.__name__)
def test_a_picture_of_rows_is_whole_and_on_white_whatever_the_window_wears(qapp, made, make, tmp_path):
    try:
        apply_theme(qapp, Theme.named("light"))
        widget = made(make)
        wanted = picture(widget)
        apply_theme(qapp, Theme.named("dark", "purple-green"))
        if hasattr(widget, "set_theme"):
            widget.set_theme(Theme.named("dark", "purple-green"))
        drawn = picture(widget)
    finally:
        apply_theme(qapp, Theme.named("light"))
    assert drawn == wanted
    assert drawn.height() > 2 * widget.height()
    for x, y in ((0, 0), (0, drawn.height() - 1), (drawn.width() - 1, drawn.height() - 1)):
        assert drawn.pixelColor(x, y).name() == "#ffffff"
    svg = save_picture(widget, tmp_path / "rows.svg").read_text(encoding="utf-8")
    assert VIEWS[make] in " ".join("".join(ET.fromstring(svg).itertext()).split())


def test_a_legend_says_how_far_colours_reach_and_in_what(made, tmp_path):
    widget = made(matrix)
    widget.axes = "rows: query, columns: candidate"
    svg = save_picture(widget, tmp_path / "picture.svg").read_text(encoding="utf-8")
    said = "".join("".join(ET.fromstring(svg).itertext()).splitlines())
    for piece in ("−0.100", "+0.100", "similarity; rows: query, columns: candidate"):
        assert piece in said


def halved(image):
    smooth = Qt.TransformationMode.SmoothTransformation
    return lightness(image.scaled(image.size() / 2, Qt.AspectRatioMode.IgnoreAspectRatio, smooth))


def lightness(image):
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()].astype(float)


def test_each_word_is_in_a_picture_once_and_fonts_have_a_fallback(made, tmp_path):
    svg = save_picture(made(heatmap), tmp_path / "picture.svg").read_text(encoding="utf-8")
    words = [element.text.strip() for element in ET.fromstring(svg).iter() if element.tag.endswith("}text")]
    assert [word for word in words if word in QUERY.split()] == QUERY.split()
    assert set(re.findall('font-family="[^"]*?([^",]*)"', svg)) == {"sans-serif"}


def test_cells_of_a_matrix_are_not_blurred(made, tmp_path):
    svg = save_picture(made(matrix), tmp_path / "picture.svg").read_text(encoding="utf-8")
    assert 'image-rendering="pixelated"' in svg
    pdf = save_picture(made(matrix), tmp_path / "picture.pdf").read_bytes()
    assert b"/DCTDecode" not in pdf


def test_a_text_that_scrolls_is_saved_whole(made, tmp_path):
    widget = made(heatmap)
    words = " ".join(["sugar"] * 400 + ["theveryend"])
    text = make_text(words)
    widget.show_text(text, np.zeros(len(text.words)), 1, "similarity")
    widget.verticalScrollBar().setValue(100)
    target = save_picture(widget, tmp_path / "long.svg")
    assert "theveryend" in target.read_text(encoding="utf-8")
    assert QImage(str(save_picture(widget, tmp_path / "long.png"))).height() > 4 * widget.height()
    assert widget.verticalScrollBar().value() == 100


def test_the_mark_of_the_focus_is_in_no_picture(qtbot, made):
    widget = made(connections)
    widget.clearFocus()
    plain = picture(widget)
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    assert picture(widget) == plain


def test_any_widget_can_be_saved(made, tmp_path):
    widget = made(lambda: QLabel("plain widget"))
    widget.resize(120, 30)
    assert QImage(str(save_picture(widget, tmp_path / "label.png"))).size() == QSize(240, 60)
    assert "plain widget" in save_picture(widget, tmp_path / "label.svg").read_text(encoding="utf-8")


def test_a_picture_on_the_clipboard(made):
    widget = made(matrix)
    copy_picture(widget)
    assert QGuiApplication.clipboard().image().size() == whole_size(widget) * 2


@pytest.mark.parametrize("name", ["picture.gif", "picture", "picture.svgz"])
def test_another_ending_is_refused(made, tmp_path, name):
    with pytest.raises(UserError, match=r"\.png, \.svg or \.pdf"):
        save_picture(made(ledger), tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_place_that_cannot_be_written_is_one_line(made, tmp_path, ending):
    with pytest.raises(UserError) as caught:
        save_picture(made(ledger), tmp_path / "absent" / f"picture.{ending}")
    assert "cannot write" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_text_too_long_for_pixels_says_what_to_do(made, tmp_path):
    widget = made(heatmap)
    text = make_text("sugar\n" * 4000, max_tokens=10)
    widget.show_text(text, np.zeros(len(text.words)), 1, "similarity")
    with pytest.raises(UserError, match="save it as SVG or PDF"):
        save_picture(widget, tmp_path / "huge.png")
    assert not list(tmp_path.iterdir())
