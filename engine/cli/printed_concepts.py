"""A match taken apart into concepts, as text for a terminal: bars, the words behind them, ledger, test."""

from engine.cli.terminal import block, bold, display_width, padded, painted
from engine.concepts.explanation import ConceptExplanation
from engine.encoder import TokenizedText
from engine.report.colours import strength
from engine.report.concept_wording import erasure_sentences, leading_words, ledger_rows
from engine.report.lines import fitted
from engine.report.numbers import MINUS, digits_for, signed
from engine.report.segments import label
from engine.report.wording import SIMILARITY_NAMES

MOST_CONCEPTS, BAR, NAME_COLUMN = 12, 16, 30


def printed_concepts(explanation: ConceptExplanation, styled: bool) -> str:
    """Return a concept explanation as lines of text.

    Args:
        explanation: what to print.
        styled: whether the terminal shows colours.
    """
    ledger = explanation.ledger
    rows = ledger_rows(ledger)
    name, number = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [
        f"{bold(rows[-1][1], styled)} {SIMILARITY_NAMES[ledger.kind]}",
        "",
        *_concepts(explanation, styled),
        *(_cut("query", explanation.flow.query.text) + _cut("candidate", explanation.flow.candidate.text)),
        "",
        *block("Ledger", [f"{row[0]:<{name}}  {row[1]:>{number}}  {row[2]}".rstrip() for row in rows]),
        "",
        *block("Test", erasure_sentences(explanation)),
    ]
    return "\n".join(lines).replace(MINUS, "-") + "\n"


def _concepts(explanation: ConceptExplanation, styled: bool) -> list[str]:
    ledger, flow = explanation.ledger, explanation.flow
    count = min(MOST_CONCEPTS, len(ledger.features))
    if not count:
        return block("Concepts", ["no feature is active on either text"])
    largest = max(float(abs(ledger.contributions[0])), 1e-12)
    digits = digits_for(largest)
    names = [fitted(label(name), NAME_COLUMN, display_width) for name in explanation.row_names[:count]]
    column = max(map(display_width, names))
    lines = []
    for row, name in enumerate(names):
        value = float(ledger.contributions[row])
        bar = ("█" if value > 0 else "░") * max(round(BAR * strength(value, largest)), 1)
        words = "only the candidate" if not ledger.query_activations[row] else "only the query"
        if ledger.on_both[row] and row < len(flow.features):
            words = f"{leading_words(flow.query, row)} ↔ {leading_words(flow.candidate, row)}"
        gap = " " * (BAR - len(bar))
        lines.append(
            f"{padded(name, column)}  {signed(value, digits)}  {painted(bar, value, styled)}{gap}  {words}"
        )
    hidden = len(ledger.features) - count
    if hidden:
        rest = float(ledger.contributions[count:].sum())
        lines.append(f"{padded(f'{hidden} more concepts together', column)}  {signed(rest, digits)}")
    return block("Concepts", lines)


def _cut(side: str, text: TokenizedText) -> list[str]:
    if not text.truncated:
        return []
    read = f"the first {text.seen_characters:,} of {len(text.text):,} characters"
    return ["", f"The model read {read} of the {side}; the rest plays no part."]
