"""Colours as people see them: contrast, mixing, and a space in which equal steps look equal."""

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

FloatArray = npt.NDArray[np.float64]

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def blend(below: QColor, above: QColor, share: float) -> QColor:
    """Return `above` laid over `below` with opacity `share`, as an opaque colour."""
    pairs = zip(below.getRgb()[:3], above.getRgb()[:3], strict=True)
    return QColor(*(round(low + share * (high - low)) for low, high in pairs))


def to_oklab(colour: QColor) -> FloatArray:
    """Return a colour as (3,) in OKLab (Ottosson 2020)."""
    return np.cbrt(_linear(colour) @ _TO_CONES.T) @ _TO_LAB.T


def from_oklab(lab: FloatArray) -> FloatArray:
    """Return colours (N, 3) of OKLab as sRGB from 0 to 1; what no screen can show is clipped."""
    linear = np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_CONES).T, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _luminance(colour: QColor) -> float:
    return float(_linear(colour) @ (0.2126, 0.7152, 0.0722))


def _linear(colour: QColor) -> FloatArray:
    rgb = np.array(colour.getRgbF()[:3])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
