"""A report as one HTML file that needs nothing else: no network, no other file, hardly a script.

Texts are escaped by the template engine; a content security policy in the page itself forbids every
request and every script but the one whose digest it names. The data that the page shows lie in it as
JSON, which no browser runs: the page is a function of these data, so that it can be made from them again
and compared.
"""

import base64
import functools
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jinja2
from markupsafe import Markup, escape

from engine.report.colours import HEAT, THEMES, palette, strength
from engine.report.data import APP
from engine.report.numbers import percent, signed, unsigned
from engine.report.segments import control_characters, one_line, symbol
from engine.resources import resource

DATA_ID = "report-data"
# What could end the element that the data lie in, or begin another.
_MARKUP_IN_JSON = {ord(character): f"\\u{ord(character):04x}" for character in "<>&'"}


@dataclass(frozen=True)
class Section:
    """One item of a report, ready for the page.

    Attributes:
        kind: what it is, as printed ("Explanation").
        title: one line, for the list of contents.
        heading: of a page that shows nothing else.
        facts: a few words each, the first printed bold.
        body: the item itself.
        settings: names and values of all that it depends on.
        command: that makes it again.
    """

    kind: str
    title: str
    heading: str
    facts: tuple[str, ...]
    body: Markup
    settings: tuple[tuple[str, str], ...]
    command: str


def html_page(title: str, created: datetime, sections: Sequence[Section], data: Any) -> str:
    """Return the page of a report.

    Args:
        title: of the report, empty for that of its only item.
        created: when it was made, in UTC.
        sections: its items.
        data: the report as plain values, which the page carries.
    """
    script = template_file("report.js")
    name = title or (sections[0].title if len(sections) == 1 else "Report")
    page = rendered(
        "report.html",
        app=APP,
        title=one_line(name),
        heading=one_line(title or (sections[0].heading if len(sections) == 1 else "Report")),
        created=created,
        sections=[
            {"anchor": anchor(place), **{name: getattr(one, name) for name in Section.__dataclass_fields__}}
            for place, one in enumerate(sections)
        ],
        data=Markup(json.dumps(data, allow_nan=False).translate(_MARKUP_IN_JSON)),
        style=Markup(_palette_style() + template_file("report.css")),
        script=Markup(script),
        script_hash=Markup(_digest(script)),
    )
    return str(page)


def anchor(place: int) -> str:
    """Return the name by which links find the item at a place, counted from 0."""
    return f"item-{place + 1}"


def rendered(template: str, **values: Any) -> Markup:
    """Return a template filled with values, each escaped unless it is markup already."""
    return Markup(_environment().get_template(template).render(**values))


def template_file(name: str) -> str:
    """Return a file of `resources/templates`."""
    return resource("templates", name).read_text(encoding="utf-8").strip()


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "controls": _shown_controls,
        "exact": _exact,
        "line": one_line,
        "percent": percent,
        "sign": _sign,
        "signed": signed,
        "strength": _strength,
        "unsigned": unsigned,
    }
    return environment


def _shown_controls(text: str) -> Iterator[tuple[str, str | None]]:
    for run, code in control_characters(text):
        yield (symbol(run), code) if code else (run, None)


def _exact(text: str) -> Markup:
    # A browser would drop a carriage return that is not written as a reference.
    return Markup(str(escape(text)).replace("\r", "&#13;"))


def _sign(value: float) -> str:
    return "p" if value > 0 else "n" if value < 0 else "z"


def _strength(value: float, largest: float) -> str:
    return f"{strength(value, largest):.3g}"


def _palette_style() -> str:
    """Return the palette as CSS variables, "R G B" each, for light and for dark."""
    rules = {}
    for theme in THEMES:
        colours = (f"--{name}:{' '.join(map(str, rgb))}" for name, rgb in palette(theme).items())
        rules[theme] = f":root{{{';'.join(colours)};--heat:{HEAT[theme]}}}"
    return f"{rules['light']}\n@media (prefers-color-scheme:dark){{{rules['dark']}}}\n"


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
