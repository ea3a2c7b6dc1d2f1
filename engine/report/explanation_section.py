"""An explanation, with its concepts where there are any, as an item of the HTML page."""

from collections.abc import Mapping

from markupsafe import Markup

from engine.attribution.explainer import Explanation
from engine.concepts.explanation import ConceptExplanation
from engine.report.html import rendered
from engine.report.numbers import percent, scale_of
from engine.report.page import PairPage, pair_page
from engine.report.wording import METHOD_NAMES, REFERENCE_NAMES, SIMILARITY_NAMES

HEADING = "What the model sees in common"


def explanation_body(
    explanation: Explanation, concepts: Mapping[int, ConceptExplanation], anchor: str
) -> Markup:
    """Return the texts, connections, ledger, concepts, tests and matrix of every candidate.

    Args:
        explanation: what to show.
        concepts: the concepts of pairs, by their place in the explanation.
        anchor: what names of places on the page begin with.
    """
    scale, request = scale_of(explanation), explanation.request
    pairs = [
        pair_page(pair, tests, number, scale, request.tolerance, concepts.get(number - 1))
        for number, (pair, tests) in enumerate(
            zip(explanation.pairs, explanation.faithfulness, strict=True), start=1
        )
    ]
    return rendered(
        "explanation.html",
        anchor=anchor,
        max_tokens=explanation.model.max_tokens,
        scale=scale,
        pairs=pairs,
        ranked=sorted(pairs, key=_score, reverse=True),
        top_score=max(abs(pair.score) for pair in pairs),
        asked=len(request.candidates),
    )


def explanation_facts(explanation: Explanation) -> tuple[str, ...]:
    """Return model, method, references and similarity in a few words each."""
    request = explanation.request
    return (
        explanation.model.name,
        f"{METHOD_NAMES[request.method]}, layer {explanation.pairs[0].query.layer}",
        REFERENCE_NAMES[request.references],
        SIMILARITY_NAMES[request.similarity],
    )


def explanation_settings(explanation: Explanation) -> tuple[tuple[str, str], ...]:
    """Return the settings of an explanation, and what came of them."""
    request = explanation.request
    sides = [pair.query for pair in explanation.pairs[:1]] + [pair.candidate for pair in explanation.pairs]
    nodes = sorted({side.nodes for side in sides if side.nodes})
    return (
        ("Method", METHOD_NAMES[request.method]),
        ("Layer", str(explanation.pairs[0].query.layer)),
        ("References", REFERENCE_NAMES[request.references]),
        ("Similarity", SIMILARITY_NAMES[request.similarity]),
        ("Tolerance", f"{request.tolerance:g}"),
        (
            "Quadrature nodes",
            " to ".join(str(n) for n in dict.fromkeys((nodes[0], nodes[-1]))) if nodes else "none",
        ),
        ("Largest completeness error", percent(max(side.error for side in sides))),
    )


def _score(pair: PairPage) -> float:
    return pair.score
