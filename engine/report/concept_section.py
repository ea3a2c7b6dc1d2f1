"""The concepts of a match on the HTML page: rows with bars, and the flow as shapes of a drawing."""

from dataclasses import dataclass

import numpy as np

from engine.concepts.explanation import ConceptExplanation
from engine.concepts.flow import FlowSide, ShownFlow, shown_flow
from engine.concepts.ledger import Float64Array
from engine.report.concept_wording import LedgerRow, erasure_sentences, leading_words, ledger_rows
from engine.report.numbers import digits_for, signed
from engine.report.segments import label

MOST_ROWS = 12
WIDTH, NODE, LINE, SPACE, TOP = 900, 9, 22, 420, 6
_LEFT, _MIDDLE, _MIDDLE_END, _RIGHT = 170, 350, 560, 721


@dataclass(frozen=True)
class ConceptRow:
    """A concept of the table; `start` and `end` are those of its bar, in percent."""

    name: str
    value: float
    printed: str
    start: float
    end: float
    query: str
    candidate: str


@dataclass(frozen=True)
class FlowNode:
    """A word or a concept of the drawing: a bar, and its label beside it."""

    text: str
    x: float
    y: float
    height: float
    label_x: float
    label_y: float
    anchor: str
    quiet: bool


@dataclass(frozen=True)
class FlowBand:
    """A band of the drawing: its outline as an SVG path, and what it says."""

    path: str
    value: float
    title: str


@dataclass(frozen=True)
class ConceptSection:
    """Everything that the page shows of the concepts of one candidate."""

    dictionary: str
    rows: list[ConceptRow]
    hidden: int
    hidden_printed: str
    ledger: list[LedgerRow]
    sentences: list[str]
    nodes: list[FlowNode]
    bands: list[FlowBand]
    width: int
    height: int


def concept_section(explanation: ConceptExplanation) -> ConceptSection:
    """Return what the page shows of the concepts of a pair."""
    ledger, flow = explanation.ledger, explanation.flow
    count = min(MOST_ROWS, len(ledger.features))
    shown = ledger.contributions[:count]
    largest = max(float(np.abs(shown).max(initial=0.0)), 1e-12)
    low, high = min(float(shown.min(initial=0.0)), 0.0), max(float(shown.max(initial=0.0)), 1e-12)
    digits = digits_for(largest)
    rows = []
    for row, value in enumerate(shown.tolist()):
        start, end = sorted(round(100 * (edge - low) / (high - low), 2) for edge in (0.0, value))
        words = ["", ""]
        if row < len(flow.features):
            words = [leading_words(side, row) for side in (flow.query, flow.candidate)]
        name = label(explanation.row_names[row])
        query, candidate = (
            text if active else "–"
            for text, active in zip(
                words, (ledger.query_activations[row], ledger.candidate_activations[row]), strict=True
            )
        )
        rows.append(ConceptRow(name, value, signed(value, digits), start, end, query, candidate))
    drawing = _Drawing(shown_flow(flow), explanation)
    return ConceptSection(
        dictionary=explanation.dictionary,
        rows=rows,
        hidden=len(ledger.features) - count,
        hidden_printed=signed(float(ledger.contributions[count:].sum()), digits),
        ledger=ledger_rows(ledger),
        sentences=erasure_sentences(explanation),
        nodes=drawing.nodes,
        bands=drawing.bands,
        width=WIDTH,
        height=drawing.height,
    )


class _Drawing:
    """Three columns of bars as high as what flows through them, joined by bands."""

    def __init__(self, flow: ShownFlow, explanation: ConceptExplanation) -> None:
        self.nodes: list[FlowNode] = []
        self.bands: list[FlowBand] = []
        self._digits = digits_for(float(np.abs(flow.contributions).max(initial=0.0)))
        sides = (explanation.flow.query, explanation.flow.candidate)
        bands = (flow.query.bands, flow.candidate.bands)
        concepts = [label(name, 24) for name in explanation.row_names[: len(flow.features)]]
        concepts.append(f"{flow.others} others")
        through = np.maximum(*(np.abs(values).sum(axis=0) for values in bands))
        weights = [np.abs(bands[0]).sum(axis=1), through, np.abs(bands[1]).sum(axis=1)]
        scale = SPACE / max(*(float(weight.sum()) for weight in weights), 1e-12)
        heights = [LINE * int((weight > 1e-9).sum()) + scale * float(weight.sum()) for weight in weights]
        self.height = round(max(heights)) + 2 * TOP
        tops = [
            self._column(place, names, weight, scale, (self.height - height) / 2)
            for place, (names, weight, height) in enumerate(
                zip(
                    (
                        self._words(sides[0], flow.query.words),
                        [
                            f"{name}  {signed(float(value), self._digits)}"
                            for name, value in zip(concepts, flow.contributions, strict=True)
                        ],
                        self._words(sides[1], flow.candidate.words),
                    ),
                    weights,
                    heights,
                    strict=True,
                )
            )
        ]
        names = [self._words(sides[0], flow.query.words), self._words(sides[1], flow.candidate.words)]
        for side, values in enumerate(bands):
            self._join(side, values, scale, tops[2 * side].copy(), tops[1].copy(), names[side], concepts)

    def _words(self, side: FlowSide, words: tuple[int, ...]) -> list[str]:
        return [label(side.text.words[word].text, 20) for word in words] + ["other words", "no word"]

    def _column(
        self, place: int, names: list[str], weights: Float64Array, scale: float, top: float
    ) -> Float64Array:
        """Place the bars of a column that carry anything; return the top of each."""
        tops = np.zeros(len(weights))
        x = (_LEFT, _MIDDLE, _RIGHT)[place]
        quiet = len(names) - (1 if place == 1 else 2)
        for index, weight in enumerate(weights.tolist()):
            if weight <= 1e-9:
                continue
            tops[index] = top + LINE / 2
            height = max(weight * scale, 1.0)
            label_x, anchor = (x - 7, "end") if place == 0 else (x + NODE + 7, "start")
            middle = tops[index] + height / 2 + 4
            self.nodes.append(
                FlowNode(
                    text=names[index],
                    x=x,
                    y=round(tops[index], 1),
                    height=round(height, 1),
                    label_x=label_x,
                    label_y=round(middle, 1),
                    anchor=anchor,
                    quiet=index >= quiet,
                )
            )
            top += weight * scale + LINE
        return tops

    def _join(
        self,
        side: int,
        values: Float64Array,
        scale: float,
        at_word: Float64Array,
        at_concept: Float64Array,
        words: list[str],
        concepts: list[str],
    ) -> None:
        x, end = (_LEFT + NODE, _MIDDLE) if side == 0 else (_MIDDLE_END, _RIGHT)
        bend = (x + end) / 2
        for word, concept in zip(*np.nonzero(np.abs(values) > 1e-9), strict=True):
            value = float(values[word, concept])
            width = abs(value) * scale
            first, second = at_word[word], at_concept[concept]
            at_word[word] += width
            at_concept[concept] += width
            y, z = (first, second) if side == 0 else (second, first)
            path = (
                f"M{x} {y:.1f}C{bend} {y:.1f} {bend} {z:.1f} {end} {z:.1f}v{width:.1f}"
                f"C{bend} {z + width:.1f} {bend} {y + width:.1f} {x} {y + width:.1f}z"
            )
            title = f"{words[word]} – {concepts[concept]}  {signed(value, self._digits)}"
            self.bands.append(FlowBand(path, value, title))
