"""An explanation as text for a terminal: the words with their numbers, ledger, pairs and tests."""

import shutil
import unicodedata
from collections.abc import Iterable

from engine.attribution.explainer import Explanation
from engine.attribution.faithfulness import Faithfulness
from engine.attribution.pair import PairExplanation
from engine.encoder import FloatArray, TokenizedText
from engine.report.colours import Colour, heat, strength
from engine.report.ledger import printed_ledger, waterfall
from engine.report.lines import fitted
from engine.report.links import strongest_links
from engine.report.numbers import MINUS, Scale, scale_of, signed
from engine.report.segments import label, segments
from engine.report.wording import METHOD_NAMES, REFERENCE_NAMES, SIMILARITY_NAMES, findings

MOST_WORDS, MOST_PAIRS, BAR, WORD_COLUMN = 120, 8, 20, 24
_MARGIN = 12
_WIDEST = 110
_FAINTEST = 0.15
_STEPS = (0, 95, 135, 175, 215, 255)


def printed(explanation: Explanation, styled: bool) -> str:
    """Return an explanation as lines of text.

    Args:
        explanation: what to print.
        styled: whether words are coloured by their share.
    """
    scale, model, request = scale_of(explanation), explanation.model, explanation.request
    settings = (
        f"{model.name} ({model.fingerprint[:12]})",
        f"{METHOD_NAMES[request.method]}, layer {explanation.pairs[0].query.layer}",
        REFERENCE_NAMES[request.references],
    )
    lines = [", ".join(settings)]
    for number, (pair, tests) in enumerate(
        zip(explanation.pairs, explanation.faithfulness, strict=True), start=1
    ):
        of = f" of candidate {number}" if len(explanation.pairs) > 1 else ""
        name = f"{SIMILARITY_NAMES[pair.similarity]}{of}"
        lines += ["", f"{bold(printed_ledger(pair).similarity, styled)} {name}", ""]
        lines += _text("Query", pair.query.text, pair.query_word_importance, scale, styled)
        lines += _text("Candidate", pair.candidate.text, pair.candidate_word_importance, scale, styled)
        lines += ["", *_ledger(pair), "", *_pairs(pair, scale, styled)]
        if tests is not None:
            lines += ["", *_tests(pair, tests, request.tolerance)]
    return "\n".join(lines).replace(MINUS, "-") + "\n"


def _text(name: str, text: TokenizedText, importance: FloatArray, scale: Scale, styled: bool) -> list[str]:
    columns = max(min(shutil.get_terminal_size().columns, _WIDEST) - _MARGIN - 1, 20)
    found = [segment for segment in segments(text, importance) if segment.kind in ("word", "unseen")]
    items = []
    for segment in found[:MOST_WORDS]:
        shown = fitted(label(segment.text), columns // 2, display_width)
        number = signed(segment.value, scale.word_digits) if segment.kind == "word" else "(not seen)"
        plain = f"{shown} {number}"
        items.append(
            (display_width(plain), f"{_coloured(shown, segment.value, scale.words, styled)} {number}")
        )
    notes = []
    if len(found) > MOST_WORDS:
        notes.append(f"and {len(found) - MOST_WORDS:,} more words; --json and --html have them")
    if text.truncated:
        read = f"the first {text.seen_characters:,} of {len(text.text):,} characters"
        notes.append(f"the model read {read}; the rest plays no part")
    items += [(display_width(note), note) for note in notes]
    return block(name, wrapped(items, columns))


def _ledger(pair: PairExplanation) -> list[str]:
    rows = [
        (("  " if row.kind == "part" else "") + row.name, row.printed, row.meaning) for row in waterfall(pair)
    ]
    name, number = (max(len(row[column]) for row in rows) for column in (0, 1))
    return block("Ledger", [f"{row[0]:<{name}}  {row[1]:>{number}}  {row[2]}".rstrip() for row in rows])


def _pairs(pair: PairExplanation, scale: Scale, styled: bool) -> list[str]:
    links = strongest_links(pair.word_matrix, MOST_PAIRS)
    names = [
        (
            fitted(label(pair.query.text.words[link.query].text), WORD_COLUMN, display_width),
            fitted(label(pair.candidate.text.words[link.candidate].text), WORD_COLUMN, display_width),
        )
        for link in links
    ]
    left, right = (max((display_width(name[side]) for name in names), default=0) for side in (0, 1))
    lines = []
    for link, (query, candidate) in zip(links, names, strict=True):
        bar = ("█" if link.value > 0 else "░") * max(round(BAR * strength(link.value, scale.pairs)), 1)
        number = signed(link.value, scale.pair_digits)
        words = f"{padded(query, left)}  {padded(candidate, right)}"
        lines.append(f"{words}  {number}  {painted(bar, link.value, styled)}")
    return block("Pairs", lines)


def _tests(pair: PairExplanation, tests: Faithfulness, tolerance: float) -> list[str]:
    rows = [(f.name, f.value, f.verdict) for f in findings(pair, tests, tolerance)]
    name, value = (max(len(row[column]) for row in rows) for column in (0, 1))
    return block("Tests", [f"{row[0]:<{name}}  {row[1]:<{value}}  {row[2]}" for row in rows])


def block(name: str, lines: list[str]) -> list[str]:
    """Return lines with a name before the first of them."""
    heads = [name, *[""] * (len(lines) - 1)]
    return [f"{head:<{_MARGIN}}{line}" for head, line in zip(heads, lines, strict=True)]


def wrapped(items: Iterable[tuple[int, str]], columns: int) -> list[str]:
    """Return items, each with its width, in lines of at most so many columns."""
    lines, room = [""], columns
    for width, item in items:
        if lines[-1] and width + 2 > room:
            lines.append("")
            room = columns
        gap = "  " if lines[-1] else ""
        lines[-1] += gap + item
        room -= width + len(gap)
    return lines


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes: wide East Asian characters take two, marks none."""
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
        if unicodedata.category(character) not in ("Mn", "Me", "Cf")
    )


def padded(text: str, width: int) -> str:
    """Return a text with spaces behind it up to a number of columns."""
    return text + " " * (width - display_width(text))


def bold(text: str, styled: bool) -> str:
    """Return a text in bold, if the terminal can."""
    return f"\x1b[1m{text}\x1b[0m" if styled else text


def _coloured(text: str, value: float, largest: float, styled: bool) -> str:
    if not styled or strength(value, largest) < _FAINTEST:
        return text
    # Dark letters, so that the patch is readable on a light and on a dark terminal.
    return f"\x1b[38;5;16;48;5;{_nearest(heat(value, largest, 'light'))}m{text}\x1b[0m"


def painted(text: str, value: float, styled: bool) -> str:
    """Return a text in the strongest colour of a number's sign, if the terminal can."""
    return f"\x1b[38;5;{_nearest(heat(value, abs(value), 'light'))}m{text}\x1b[0m" if styled else text


def _nearest(colour: Colour) -> int:
    """Return the number of the nearest colour in the cube of 216 that most terminals know."""
    red, green, blue = (min(range(len(_STEPS)), key=lambda i: abs(_STEPS[i] - channel)) for channel in colour)
    return 16 + 36 * red + 6 * green + blue
