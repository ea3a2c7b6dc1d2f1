"""Pictures of an explanation: whole files of the right kind, for texts of any script."""

import io
import warnings
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pytest
from matplotlib._pylab_helpers import Gcf
from PIL import Image

from engine.report.figure import figure_report
from engine.report.sheet import MOST_PIXELS_HIGH, Sheet, save, text_width
from tests.gui.results import make_explanation

SCRIPTS = (
    "مرحبا بالعالم، כן",
    "我喜欢吃苹果 日本語",
    "👩‍👩‍👧 🎉 \U0001f9ff",
    "$x^2$ costs $5 \\frac{",
    "\x07\x1b[31m \x85 red",
    "<svg onload=alert(1)> & ]]>",
    "ទិន្នន័យ ᚠᚢᚦ",
)


@pytest.fixture(scope="module")
def explanation():
    return make_explanation()


def test_a_png_holds_the_picture(explanation):
    with Image.open(io.BytesIO(figure_report(explanation, "png"))) as image:
        assert image.width == 2000
        assert image.height > 1000
        colours = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert (colours[0] == 255).all()
    oranges = (colours == (217, 95, 2)).all(axis=1).sum()
    assert oranges > 1000


def test_a_dark_picture_is_dark(explanation):
    with Image.open(io.BytesIO(figure_report(explanation, "png", "dark"))) as image:
        assert image.convert("RGB").getpixel((0, 0)) == (30, 31, 34)


def test_an_svg_is_well_formed_and_loads_nothing(explanation):
    source = figure_report(explanation, "svg").decode()
    root = ET.fromstring(source)
    assert root.tag.endswith("svg")
    references = [
        value for element in root.iter() for name, value in element.attrib.items() if name.endswith("href")
    ]
    assert references
    assert all(value.startswith("#") for value in references)
    assert "<script" not in source


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_result_gives_the_same_file(explanation, kind):
    assert figure_report(explanation, kind) == figure_report(explanation, kind)


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_text_of_any_script_is_drawn_without_a_warning(kind):
    figure_report(make_explanation(query=SCRIPTS[3], candidates=(" ".join(SCRIPTS),)), kind)


def test_only_missing_glyphs_are_kept_quiet(monkeypatch):
    sheet = Sheet(100, (255, 255, 255))

    def complain(*_, **__):
        warnings.warn("something else", UserWarning, stacklevel=2)

    figure = sheet.figure(100)
    monkeypatch.setattr(figure, "savefig", complain)
    with pytest.warns(UserWarning, match="something else"):
        save([figure], "svg", "")


def height(explanation):
    return float(ET.fromstring(figure_report(explanation, "svg")).attrib["height"].removesuffix("pt"))


def test_of_many_candidates_ten_are_drawn_and_the_rest_counted():
    ten = make_explanation(candidates=["a b"] * 10, faithfulness=False)
    twelve = make_explanation(candidates=["a b"] * 12, faithfulness=False)
    assert height(twelve) == pytest.approx(height(ten) + 24)


def test_a_tall_picture_gets_fewer_dots():
    png = save([Sheet(100, (255, 255, 255)).figure(30_000)], "png", "")
    with Image.open(io.BytesIO(png)) as image:
        assert image.height == MOST_PIXELS_HIGH


def test_a_long_text_is_cut_and_counted():
    words = " ".join(f"word{index}" for index in range(400))
    assert height(make_explanation(query=words, candidates=(words,), faithfulness=False)) < 1600


def test_a_dollar_sign_is_as_wide_as_it_looks():
    assert text_width("$5 and $6", 10) == pytest.approx(
        text_width("$5 and ", 10) + text_width("$6", 10), rel=0.02
    )


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_text_is_never_read_as_a_formula(kind):
    sheet = Sheet(100, (255, 255, 255))
    sheet.text(0, 20, r"$\frac{$", 10, (0, 0, 0))
    assert save([sheet.figure(40)], kind, "")


def test_nothing_global_changes(explanation):
    settings, figures = dict(matplotlib.rcParams), Gcf.get_all_fig_managers()
    figure_report(explanation, "svg")
    assert dict(matplotlib.rcParams) == settings
    assert Gcf.get_all_fig_managers() == figures
