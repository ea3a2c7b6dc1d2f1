"""All three palettes: sign and strength stay apart for colour-blind readers, lightness runs one way."""

import numpy as np
import pytest
from PySide6.QtGui import QColor

from engine.resources import DEFAULT_PALETTE, diverging_palettes, palette_title
from ui.colours import contrast
from ui.theme import Theme, colour_scale

# Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color vision
# deficiency", severity 1.0; they act on linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
LOOKS = [(palette, theme) for palette in diverging_palettes() for theme in ("light", "dark")]


def seen(table: np.ndarray, sight: str) -> np.ndarray:
    """Return (N, 4) colours, 0 to 255, as CIE L*a*b* (N, 3) of an eye of that sight."""
    rgb = table[:, :3] / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.asarray(SIGHT[sight]).T, 0, 1)
    xyz = linear @ TO_XYZ.T / WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def test_the_conversion_is_that_of_the_standard():
    # sRGB red, green and blue in CIE L*a*b* under D65.
    table = np.array([[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]], dtype=float)
    wanted = [[53.24, 80.09, 67.20], [87.73, -86.18, 83.18], [32.30, 79.19, -107.86]]
    np.testing.assert_allclose(seen(table, "usual"), wanted, atol=0.05)
    # Whoever lacks a kind of cone sees greys as greys.
    grey = np.array([[128, 128, 128, 255]], dtype=float)
    for sight in SIGHT:
        np.testing.assert_allclose(seen(grey, sight)[:, 1:], 0, atol=0.1)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("palette", "theme"), LOOKS)
def test_sign_and_strength_stay_apart(palette, theme, sight):
    lab = seen(colour_scale(Theme.named(theme, palette)).lookup_table().astype(float), sight)
    negative, positive = lab[127::-1], lab[128:]
    apart = np.linalg.norm(negative - positive, axis=1)
    # CIE 1976 differences; one of 2.3 is just noticeable. At a quarter, a half and the whole of the scale.
    assert apart[32] > 10
    assert apart[64] > 20
    assert apart[127] > 45
    for side in (negative, positive):
        quarters = np.linalg.norm(np.diff(side[[0, 32, 64, 96, 127]], axis=0), axis=1)
        assert quarters.min() > 8


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("palette", "theme"), LOOKS)
def test_lightness_runs_one_way_on_each_side(palette, theme, sight):
    lightness = seen(colour_scale(Theme.named(theme, palette)).lookup_table().astype(float), sight)[:, 0]
    away = -1 if theme == "light" else 1
    for side in (lightness[127::-1], lightness[128:]):
        steps = away * np.diff(side)
        # A step of 8-bit colour is a third of a unit; none may go back by more.
        assert steps.min() > -0.35
        assert abs(side[-1] - side[0]) > 30


@pytest.mark.parametrize(("palette", "theme"), LOOKS)
def test_the_accent_and_warnings_are_readable_beside_every_palette(palette, theme):
    looks = Theme.named(theme, palette)
    for ink in (looks.accent, looks.warning):
        for ground in (looks.surface, looks.panel):
            assert contrast(ink, ground) >= 4.5
    scale = colour_scale(looks)
    for row in scale.lookup_table().tolist():
        assert contrast(scale.text_colour_on(QColor(*row)), QColor(*row)) >= 4.5


def test_names_say_which_colour_lowers_and_which_raises():
    assert diverging_palettes()[0] == DEFAULT_PALETTE
    assert len(diverging_palettes()) == 3
    for palette in diverging_palettes():
        said = Theme.named("light", palette).in_words("{negative} and {positive}")
        assert said == palette_title(palette).lower()
