"""The ledger of a similarity as a reader sees it: numbers that add up as printed, and falling bars."""

from dataclasses import dataclass

from engine.attribution.pair import PairExplanation
from engine.report import ledger_words as words
from engine.report.numbers import add_up, digits_for, signed
from engine.report.wording import SIMILARITY_NAMES


@dataclass(frozen=True)
class PrintedLedger:
    """A ledger's terms as printed; the first three give the last."""

    explained: str
    reference: str
    residual: str
    similarity: str


@dataclass(frozen=True)
class Fall:
    """A row of the ledger: a bar from `start` to `end` percent, and its number as printed.

    `kind` is "term", "part" (of the term above) or "total".
    """

    kind: str
    name: str
    meaning: str
    value: float
    start: float
    end: float
    printed: str


def ledger_digits(pair: PairExplanation) -> int:
    """Return the decimals of a ledger: four, or fewer for a dot product that is large."""
    ledger = pair.ledger
    return min(4, digits_for(max(abs(ledger.explained), abs(ledger.reference), abs(ledger.similarity)), 5))


def printed_ledger(pair: PairExplanation) -> PrintedLedger:
    """Return a ledger's numbers, rounded so that they add up."""
    ledger = pair.ledger
    terms = (ledger.explained, ledger.reference, ledger.residual)
    (explained, reference, residual), similarity = add_up(terms, ledger_digits(pair))
    return PrintedLedger(explained, reference, residual, similarity.removeprefix("+"))


def waterfall(pair: PairExplanation) -> list[Fall]:
    """Return the rows of the ledger: each bar starts where the one before ended."""
    ledger, printed, digits = pair.ledger, printed_ledger(pair), ledger_digits(pair)
    ends = [0.0, ledger.explained, ledger.explained + ledger.reference, ledger.similarity]
    low, high = min(ends), max(*ends, 1e-12)

    def bar(kind: str, line: words.Line, edges: tuple[float, float], number: str, meaning: str = "") -> Fall:
        start, end = sorted(round(100 * (edge - low) / (high - low), 2) for edge in edges)
        return Fall(kind, line.name.lower(), meaning or line.meaning, edges[1] - edges[0], start, end, number)

    rows = [bar("term", words.EXPLAINED, (0.0, ends[1]), printed.explained)]
    between = pair.between_words
    if abs(ledger.explained - between) > 1e-4 * abs(ledger.explained):
        (within, beyond), _ = add_up((between, ledger.explained - between), digits, printed.explained)
        rows.append(bar("part", words.WORDS, (0.0, between), within))
        rows.append(bar("part", words.SPECIAL, (between, ledger.explained), beyond))
    parts = ""
    if ledger.reference_parts is not None:
        own, other, both = (signed(part, digits) for part in ledger.reference_parts)
        parts = (
            f"Similarity to the empty texts: {own} (query), {other} (candidate), less {both} (each other)."
        )
    rows.append(bar("term", words.REFERENCE, (ends[1], ends[2]), printed.reference, parts))
    left = words.INTEGRATION if pair.query.nodes else words.METHOD
    rows.append(bar("term", left, (ends[2], ends[3]), printed.residual))
    name = f"{SIMILARITY_NAMES[pair.similarity].capitalize()}. {words.SIMILARITY.meaning}"
    rows.append(bar("total", words.SIMILARITY, (0.0, ledger.similarity), printed.similarity, name))
    return rows
