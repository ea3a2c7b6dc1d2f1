"""An explanation, with its concepts, on printed pages."""

from collections.abc import Mapping

from engine.attribution.explainer import Explanation
from engine.concepts.explanation import ConceptExplanation
from engine.report.colours import palette
from engine.report.concept_section import ConceptSection
from engine.report.curves import Chart
from engine.report.drawing import (
    GAP,
    MARGIN,
    MOST_WORDS,
    WIDTH,
    draw_connections,
    draw_ledger,
    draw_legends,
)
from engine.report.numbers import scale_of, signed
from engine.report.page import Matrix, PairPage, pair_page
from engine.report.pages import Cell, Column, Pages
from engine.report.sheet import Align
from engine.report.wording import SIMILARITY_NAMES

MOST_COLUMNS, MOST_CELLS, MOST_PAIRS = 11, 500, 40
_LEDGER_HEIGHT = 320.0
_HALF = (WIDTH - 2 * MARGIN - GAP) / 2


def print_explanation(
    pages: Pages, explanation: Explanation, concepts: Mapping[int, ConceptExplanation]
) -> None:
    """Write every candidate: texts, connections, ledger, concepts, tests and matrix."""
    scale, request = scale_of(explanation), explanation.request
    found = [
        pair_page(pair, tests, number, scale, request.tolerance, concepts.get(number - 1))
        for number, (pair, tests) in enumerate(
            zip(explanation.pairs, explanation.faithfulness, strict=True), start=1
        )
    ]
    if len(found) < len(request.candidates):
        pages.text(f"Interrupted: {len(found)} of {len(request.candidates)} candidates were explained.")
    pages.need(80)
    pages.y = draw_legends(pages.pen(scale), pages.y)
    for page, pair in zip(found, explanation.pairs, strict=True):
        number = f" of candidate {page.number}" if len(found) > 1 else ""
        pages.heading(f"{page.ledger.similarity}  {SIMILARITY_NAMES[pair.similarity]}{number}", 16, 120)
        pages.text(str(page.summary.striptags()), soft=True)
        pages.space(6)
        for name, text, parts, cut in (
            ("Query", pair.query.text.text, page.query_segments, page.query_cut),
            ("Candidate", pair.candidate.text.text, page.candidate_segments, page.candidate_cut),
        ):
            pages.need(40)
            pages.text(name, 9, "bold", soft=True)
            pages.heat(text, parts, scale)
            if cut:
                pages.text(cut, 8, soft=True)
        pages.need(max(_connections_height(page), _LEDGER_HEIGHT))
        pen, column = pages.pen(scale), MARGIN + 380
        bottoms = (
            draw_connections(pen, pair, column - GAP, pages.y),
            draw_ledger(pen, pair, column, pages.y),
        )
        pages.y = max(bottoms) + 14
        if page.concepts is not None:
            _concepts(pages, page.concepts)
        _tests(pages, page)
        _matrix(pages, page.matrix, page)


def _connections_height(page: PairPage) -> float:
    rows = min(max(len(page.plot_query), len(page.plot_candidate), 1), MOST_WORDS)
    return rows * min(max(240 / rows, 18.0), 30.0) + 60


def _concepts(pages: Pages, section: ConceptSection) -> None:
    pages.heading("Shared concepts")
    pages.text(
        f"The same similarity, taken apart into the features of the autoencoder “{section.dictionary}”.",
        soft=True,
    )
    rows: list[list[str | Cell]] = [[row.name, row.printed, row.query, row.candidate] for row in section.rows]
    if section.hidden:
        rows.append([f"{section.hidden} more together", section.hidden_printed, "", ""])
    columns = (
        Column("concept", 0.42),
        Column("carries", 0.12, "right"),
        Column("query", 0.23),
        Column("candidate", 0.23),
    )
    pages.table(columns, rows)
    scale = (WIDTH - 2 * MARGIN) / section.width
    pages.need(min(section.height * scale, 600) + 10)
    pen, colours = pages.pen(), palette("light")
    for band in section.bands:
        colour = colours["positive" if band.value > 0 else "negative"]
        pen.sheet.shape(band.path, MARGIN, pages.y, scale, colour, 0.42 if band.value > 0 else 0.3)
    for node in section.nodes:
        x, y = MARGIN + scale * node.x, pages.y + scale * node.y
        ink = pen.soft if node.quiet else pen.ink
        pen.sheet.box(x, y, scale * 9, max(scale * node.height, 0.8), ink)
        align: Align = "right" if node.anchor == "end" else "left"
        at = MARGIN + scale * node.label_x
        pen.sheet.text(at, pages.y + scale * node.label_y, node.text, 13 * scale, ink, align=align)
    pages.space(section.height * scale + 8)
    pages.table(
        (Column("", 0.2), Column("", 0.12, "right"), Column("", 0.68)),
        [[term.name, term.printed, term.meaning] for term in section.ledger],
    )
    for sentence in section.sentences:
        pages.text(sentence, soft=True)


def _tests(pages: Pages, page: PairPage) -> None:
    if not page.findings or page.deletion is None or page.insertion is None:
        return
    scale = _HALF / page.deletion.width
    height = page.deletion.height * scale
    pages.heading("How far to trust it", room=height + 40)
    _chart(pages, page.deletion, 0, scale)
    _chart(pages, page.insertion, _HALF + GAP, scale)
    pages.space(height + 16)
    pages.text(
        "Solid: this explanation’s order. Dashed: random orders, mean. Grey: random orders, 5 to 95%.",
        8,
        soft=True,
    )
    pages.space(4)
    columns = (Column("test", 0.14), Column("", 0.11, "right"), Column("", 0.2), Column("", 0.55))
    pages.table(columns, [[f.name, f.value, f.verdict, f.sentence] for f in page.findings], 8.5)


def _chart(pages: Pages, chart: Chart, left: float, scale: float) -> None:
    pen, top = pages.pen(), pages.y + 14
    x, sheet = MARGIN + left, pen.sheet
    sheet.text(x, pages.y + 9, chart.title, 9, pen.ink, "bold")

    def points(line: str) -> list[tuple[float, float]]:
        pairs = (point.split(",") for point in line.split(" "))
        return [(x + scale * float(a), top + scale * float(b)) for a, b in pairs]

    outline = chart.band.split(" ")
    first, *rest = outline
    # The band is a polygon; its outline, drawn faintly, says the same in print.
    sheet.line(points(" ".join([first, *rest, first])), pen.rule, 1.0)
    for tick in chart.y_ticks:
        y = top + scale * tick.at
        sheet.line([(x + scale * chart.left, y), (x + scale * chart.right, y)], pen.rule, 0.5)
        sheet.text(x + scale * (chart.left - 8), y + 3, tick.label, 7.5, pen.soft, align="right")
    for tick in chart.x_ticks:
        at = (x + scale * tick.at, top + scale * (chart.bottom + 16))
        sheet.text(*at, tick.label, 7.5, pen.soft, align="center")
    middle = x + scale * (chart.left + chart.right) / 2
    sheet.text(middle, top + scale * (chart.height - 4), chart.x_label, 7.5, pen.soft, align="center")
    sheet.line(points(chart.chance), pen.soft, 1.1, dashed=True)
    sheet.line(points(chart.curve), palette("light")["positive"], 1.8)


def _matrix(pages: Pages, matrix: Matrix, page: PairPage) -> None:
    pages.heading(f"Every {matrix.level} with every {matrix.level}", room=100)
    pages.text(matrix.caption, 8.5, soft=True)
    count = len(matrix.columns)
    if count * len(matrix.rows) > MOST_CELLS:
        pages.text(
            f"{len(matrix.rows)} × {count} numbers are too many for print: the strongest pairs follow; the"
            " page and the tables have all.",
            8.5,
            soft=True,
        )
        columns = [Column("query", 0.4), Column("candidate", 0.4), Column("carries", 0.2, "right")]
        strongest = page.links[:MOST_PAIRS]
        largest = abs(strongest[0].value) if strongest else 0.0
        listed: list[list[str | Cell]] = [
            [one.query_text, one.candidate_text, Cell(one.label.rsplit("  ", 1)[1], one.value, largest)]
            for one in strongest
        ]
        pages.table(columns, listed)
        return
    for start in range(0, count, MOST_COLUMNS):
        end = min(start + MOST_COLUMNS, count)
        last = end == count
        share = 0.82 / (MOST_COLUMNS + 1)
        columns = [
            Column(f"{matrix.row_side} ↓  {matrix.column_side} →", 0.18),
            *(Column(name, share, "right") for name in matrix.columns[start:end]),
        ]
        rows: list[list[str | Cell]] = [
            [row.name, *(_cell(value, matrix) for value in row.cells[start:end])] for row in matrix.rows
        ]
        sums: list[str | Cell] = [
            "sum",
            *(signed(value, matrix.digits) for value in matrix.totals[start:end]),
        ]
        if last:
            columns.append(Column("sum", share, "right"))
            for row, values in zip(matrix.rows, rows, strict=True):
                values.append(signed(row.total, matrix.digits))
            sums.append(signed(matrix.total, matrix.digits))
        pages.table(columns, [*rows, sums], 8.5, bold_last=True)


def _cell(value: float, matrix: Matrix) -> Cell:
    return Cell(signed(value, matrix.digits), value, matrix.largest)
