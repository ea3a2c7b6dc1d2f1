"""What the HTML page of an explanation shows, as plain values for its template."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from engine.attribution.faithfulness import Faithfulness
from engine.attribution.pair import PairExplanation
from engine.concepts.explanation import ConceptExplanation
from engine.encoder import FloatArray, TokenizedText
from engine.report.concept_section import ConceptSection, concept_section
from engine.report.curves import Chart, chart
from engine.report.ledger import Fall, PrintedLedger, printed_ledger, waterfall
from engine.report.links import choose_links
from engine.report.numbers import Scale, digits_for, percent, signed
from engine.report.segments import Segment, label, segments
from engine.report.wording import NEAR_ZERO, SIMILARITY_NAMES, Finding, findings

MOST_LINKS, FIRST_LINKS, MOST_PLOT_WORDS = 200, 12, 36
ROW_HEIGHT, TALLEST_ROW, USUAL_HEIGHT = 30, 46, 400
MOST_CELLS = 4000
MOST_SCRIPT_CELLS = 100_000


@dataclass(frozen=True)
class PlotWord:
    """A word in a column of the connection plot."""

    index: int
    text: str
    value: float


@dataclass(frozen=True)
class PlotLink:
    """A curve of the connection plot; `path` is in percent of the width and pixels of the height."""

    query: int
    candidate: int
    query_text: str
    candidate_text: str
    value: float
    path: str
    label: str


@dataclass(frozen=True)
class MatrixRow:
    """A named row of the matrix."""

    name: str
    cells: list[float]
    total: float


@dataclass(frozen=True)
class Matrix:
    """The matrix table; rows are empty where it would be too large to read."""

    level: str
    caption: str
    row_side: str
    column_side: str
    columns: list[str]
    rows: list[MatrixRow]
    totals: list[float]
    total: float
    largest: float
    digits: int


@dataclass(frozen=True)
class PairPage:
    """Everything that the page shows of one candidate."""

    number: int
    score: float
    excerpt: str
    ledger: PrintedLedger
    summary: Markup
    note: Callable[[float], str]
    query_segments: list[Segment]
    candidate_segments: list[Segment]
    query_cut: str
    candidate_cut: str
    plot_query: list[PlotWord]
    plot_candidate: list[PlotWord]
    plot_height: int
    links: list[PlotLink]
    shown: int
    thinned: str
    waterfall: list[Fall]
    findings: list[Finding]
    deletion: Chart | None
    insertion: Chart | None
    matrix: Matrix
    concepts: ConceptSection | None
    script_data: dict[str, Any]


def pair_page(
    pair: PairExplanation,
    tests: Faithfulness | None,
    number: int,
    scale: Scale,
    tolerance: float,
    concepts: ConceptExplanation | None = None,
) -> PairPage:
    """Return what the page shows of one candidate.

    Args:
        pair: the explanation.
        tests: its faithfulness, or None if it was not tested.
        number: of the candidate, from 1.
        scale: the colour scale of the whole explanation.
        tolerance: that was asked for.
        concepts: the same pair, concept by concept; None if there are no features for it.
    """
    query, candidate = pair.query.text, pair.candidate.text
    found = findings(pair, tests, tolerance) if tests else []
    choice = choose_links(pair.word_matrix, MOST_LINKS, MOST_PLOT_WORDS)
    rows = max(len(choice.query_words), len(choice.candidate_words), 3)
    height = rows * min(max(USUAL_HEIGHT // rows, ROW_HEIGHT), TALLEST_ROW)
    left = {word: _middle(i, len(choice.query_words), height) for i, word in enumerate(choice.query_words)}
    right = {
        word: _middle(i, len(choice.candidate_words), height) for i, word in enumerate(choice.candidate_words)
    }
    links = []
    for link in choice.links:
        names = label(query.words[link.query].text), label(candidate.words[link.candidate].text)
        y, z = left[link.query], right[link.candidate]
        links.append(
            PlotLink(
                link.query,
                link.candidate,
                *names,
                value=link.value,
                path=f"M0 {y}C45 {y} 55 {z} 100 {z}",
                label=f"{names[0]} ↔ {names[1]}  {signed(link.value, scale.pair_digits)}",
            )
        )
    cells = pair.word_matrix.round(scale.pair_digits + 1)
    return PairPage(
        number=number,
        score=pair.ledger.similarity,
        excerpt=label(candidate.text, 300),
        ledger=printed_ledger(pair),
        summary=_summary(pair, links, found, scale),
        note=_share_note(pair.ledger.explained),
        query_segments=segments(query, pair.query_word_importance),
        candidate_segments=segments(candidate, pair.candidate_word_importance),
        query_cut=_cut(query),
        candidate_cut=_cut(candidate),
        plot_query=_plot_words(query, pair.query_word_importance, choice.query_words),
        plot_candidate=_plot_words(candidate, pair.candidate_word_importance, choice.candidate_words),
        plot_height=height,
        links=links,
        shown=min(FIRST_LINKS, len(links)),
        thinned=_thinned(pair, len(choice.query_words), len(choice.candidate_words)),
        waterfall=waterfall(pair),
        findings=found,
        deletion=chart(
            tests.deletion, "Deletion: words removed, best first", "words removed", found[0].verdict
        )
        if tests
        else None,
        insertion=chart(
            tests.insertion, "Insertion: words put back, best first", "words put back", found[1].verdict
        )
        if tests
        else None,
        matrix=_matrix(pair, scale),
        concepts=None if concepts is None else concept_section(concepts),
        script_data={
            "cells": [[float(str(v)) for v in row] for row in cells]
            if cells.size <= MOST_SCRIPT_CELLS
            else None,
            "pairs": scale.pairs,
            "digits": scale.pair_digits,
        },
    )


def _middle(index: int, count: int, height: int) -> float:
    return round(height * (index + 0.5) / count, 1)


def _plot_words(text: TokenizedText, importance: FloatArray, chosen: tuple[int, ...]) -> list[PlotWord]:
    return [PlotWord(index, label(text.words[index].text), float(importance[index])) for index in chosen]


def _share_note(explained: float) -> Callable[[float], str]:
    def note(value: float) -> str:
        return f", {percent(value / explained)} of what is explained" if abs(explained) > NEAR_ZERO else ""

    return note


def _cut(text: TokenizedText) -> str:
    if not text.truncated:
        return ""
    return (
        f"The model read {len(text.ids):,} of {text.total_tokens:,} tokens, the first "
        f"{text.seen_characters:,} of {len(text.text):,} characters. The grey rest plays no part."
    )


def _thinned(pair: PairExplanation, *shown: int) -> str:
    sentences = [
        f"{count} of the {side}’s {len(text.words)} words are shown, those with the strongest pairs."
        for side, text, count in zip(
            ("query", "candidate"), (pair.query.text, pair.candidate.text), shown, strict=True
        )
        if count < len(text.words)
    ]
    return " ".join(sentences)


def _summary(pair: PairExplanation, links: list[PlotLink], found: list[Finding], scale: Scale) -> Markup:
    ledger = printed_ledger(pair)
    name = SIMILARITY_NAMES[pair.similarity]
    sentence = "{}, of which the words explain {}."
    if pair.references == "shared":
        sentence = "{}. The words add up to {}; part of that only says that neither text is empty."
    parts = [Markup(sentence).format(name.capitalize(), ledger.explained)]
    if abs(pair.ledger.similarity) < NEAR_ZERO and pair.similarity == "cosine":
        parts.append(Markup("The model sees next to nothing in common."))
    if links:
        best = links[0]
        parts.append(
            Markup("The strongest pair is <b><bdi>{}</bdi></b> with <b><bdi>{}</bdi></b> ({}).").format(
                best.query_text, best.candidate_text, signed(best.value, scale.pair_digits)
            )
        )
    if found and found[0].grade != "unknown":
        parts.append(
            Markup("Put to the test by removing words, the explanation is {} ({}).").format(
                found[0].verdict, found[0].value.replace(" ", "\N{NO-BREAK SPACE}")
            )
        )
    return Markup(" ").join(parts)


def _matrix(pair: PairExplanation, scale: Scale) -> Matrix:
    query, candidate = pair.query.text, pair.candidate.text
    level, values, rows, columns = "word", pair.word_matrix, query.words, candidate.words
    largest, digits = scale.pairs, scale.pair_digits
    caption = "Sums of the cells of each word’s tokens. The sums are the numbers on the words."
    if values.size > MOST_CELLS:
        level, values = "sentence", pair.sentence_matrix
        rows, columns = query.sentences, candidate.sentences
        largest = float(abs(values).max())
        digits = digits_for(largest)
        words = f"{len(query.words)} × {len(candidate.words)}"
        caption = f"The texts are long ({words} words), so sentences are shown; the JSON has every token."
    sides = ("query", "candidate")
    names = [[label(word.text) for word in group] for group in (rows, columns)]
    if len(names[1]) > len(names[0]):
        values, names, sides = values.T, names[::-1], sides[::-1]
    if values.size > MOST_CELLS:
        caption = f"{caption} Even these are {values.shape[0]} × {values.shape[1]}, too many to print."
        names, values = [[], []], values[:0]
    return Matrix(
        level=level,
        caption=caption,
        row_side=sides[0],
        column_side=sides[1],
        columns=names[1],
        rows=[
            MatrixRow(name, [float(value) for value in row], float(row.sum()))
            for name, row in zip(names[0], values, strict=True)
        ],
        totals=[float(value) for value in values.sum(axis=0)],
        total=float(values.sum()),
        largest=largest,
        digits=digits,
    )
