"""From a number to a colour: the one diverging palette, laid on at most so thick that text stays readable."""

from typing import Literal

from engine.resources import diverging_palette

Theme = Literal["light", "dark"]
Colour = tuple[int, int, int]
THEMES: tuple[Theme, ...] = ("light", "dark")
# With these shares of full colour behind it, text keeps a contrast of at least 4.5 to 1.
HEAT: dict[Theme, float] = {"light": 0.72, "dark": 0.5}


def palette(theme: Theme) -> dict[str, Colour]:
    """Return the colours "negative", "neutral" and "positive" as (red, green, blue), 0 to 255."""
    return {
        name: (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))
        for name, colour in diverging_palette(theme).items()
    }


def strength(value: float, largest: float) -> float:
    """Return how strongly a value shows on a symmetric scale, 0 to 1."""
    return min(abs(value) / largest, 1.0) if largest > 0 else 0.0


def heat(value: float, largest: float, theme: Theme) -> Colour:
    """Return the background of a value: the neutral colour mixed with that of its sign."""
    colours = palette(theme)
    end = colours["positive" if value > 0 else "negative"]
    share = HEAT[theme] * strength(value, largest)
    red, green, blue = (
        round(neutral + share * (full - neutral))
        for neutral, full in zip(colours["neutral"], end, strict=True)
    )
    return red, green, blue
