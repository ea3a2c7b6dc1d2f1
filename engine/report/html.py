"""An explanation as one HTML file that needs nothing else: no network, no other file, hardly a script.

Texts are escaped by the template engine; a content security policy in the page itself forbids every
request and every script but the one whose digest it names.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import jinja2
from markupsafe import Markup, escape

from engine.attribution.explainer import Explanation
from engine.concepts.explanation import ConceptExplanation
from engine.report.colours import HEAT, THEMES, palette, strength
from engine.report.data import APP
from engine.report.numbers import percent, scale_of, signed
from engine.report.page import PairPage, pair_page
from engine.report.provenance import reproducing_command, versions
from engine.report.segments import control_characters, label, symbol
from engine.report.wording import METHOD_NAMES, REFERENCE_NAMES, SIMILARITY_NAMES
from engine.resources import resource


def html_report(
    explanation: Explanation,
    layer_path: str | None = None,
    created: datetime | None = None,
    concepts: Mapping[int, ConceptExplanation] | None = None,
) -> str:
    """Return the page of an explanation.

    Args:
        explanation: what to show.
        layer_path: the dotted path to the layers, if one was given for the model.
        created: the date on the page; now by default.
        concepts: the concepts of pairs, by their place in the explanation; none by default.
    """
    scale = scale_of(explanation)
    request = explanation.request
    pairs = [
        pair_page(pair, tests, number, scale, request.tolerance, (concepts or {}).get(number - 1))
        for number, (pair, tests) in enumerate(
            zip(explanation.pairs, explanation.faithfulness, strict=True), start=1
        )
    ]
    script = _template_file("explanation.js")
    created = created or datetime.now().astimezone()
    return (
        _environment()
        .get_template("explanation.html")
        .render(
            app=APP,
            title=f"Why “{label(request.query, 60)}” matches · Semascope",
            created=created,
            model=explanation.model,
            method=METHOD_NAMES[request.method],
            layer=explanation.pairs[0].query.layer,
            references=REFERENCE_NAMES[request.references],
            similarity=SIMILARITY_NAMES[request.similarity],
            scale=scale,
            pairs=pairs,
            ranked=sorted(pairs, key=_score, reverse=True),
            top_score=max(abs(pair.score) for pair in pairs),
            asked=len(request.candidates),
            settings=_settings(explanation),
            command=reproducing_command(explanation, layer_path),
            style=Markup(_palette_style() + _template_file("explanation.css")),
            script=Markup(script),
            script_hash=Markup(_digest(script)),
        )
    )


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
        "sign": _sign,
        "signed": signed,
        "strength": _strength,
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


def _score(pair: PairPage) -> float:
    return pair.score


def _settings(explanation: Explanation) -> list[tuple[str, Any]]:
    request, model = explanation.request, explanation.model
    sides = [pair.query for pair in explanation.pairs[:1]] + [pair.candidate for pair in explanation.pairs]
    nodes = sorted({side.nodes for side in sides if side.nodes})
    error = max(side.error for side in sides)
    normalized = "normalized" if model.normalized else "not normalized"
    return [
        ("Model", f"{model.name} ({model.family})"),
        ("Fingerprint (sha256)", model.fingerprint),
        ("Pooling", f"{model.pooling}, {normalized}"),
        ("Size", f"{model.dimension} dimensions, {model.layers} layers, {model.max_tokens:,} tokens at most"),
        ("Method", METHOD_NAMES[request.method]),
        ("Layer", explanation.pairs[0].query.layer),
        ("References", REFERENCE_NAMES[request.references]),
        ("Similarity", SIMILARITY_NAMES[request.similarity]),
        ("Tolerance", f"{request.tolerance:g}"),
        (
            "Quadrature nodes",
            " to ".join(str(n) for n in dict.fromkeys((nodes[0], nodes[-1]))) if nodes else "none",
        ),
        ("Largest completeness error", percent(error)),
        ("Computed in", f"{explanation.seconds:.1f} s on {model.device}"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions().items())),
    ]


def _palette_style() -> str:
    """Return the palette as CSS variables, "R G B" each, for light and for dark."""
    rules = {}
    for theme in THEMES:
        colours = (f"--{name}:{' '.join(map(str, rgb))}" for name, rgb in palette(theme).items())
        rules[theme] = f":root{{{';'.join(colours)};--heat:{HEAT[theme]}}}"
    return f"{rules['light']}\n@media (prefers-color-scheme:dark){{{rules['dark']}}}\n"


def _template_file(name: str) -> str:
    return resource("templates", name).read_text(encoding="utf-8").strip()


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
