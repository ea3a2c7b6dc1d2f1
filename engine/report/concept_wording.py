"""What the reports and the window say about the concepts of a match."""

from typing import NamedTuple

from engine.concepts.explanation import ConceptExplanation
from engine.concepts.flow import LEAST_BAND, FlowSide
from engine.concepts.ledger import ConceptLedger
from engine.report.numbers import add_up, digits_for, percent, unsigned
from engine.report.segments import label

_MOST_WORDS, _LONGEST_WORD = 3, 14


class LedgerRow(NamedTuple):
    """A term of the ledger: its name, its number as printed, what it is."""

    name: str
    printed: str
    meaning: str


def ledger_rows(ledger: ConceptLedger) -> list[LedgerRow]:
    """Return the four terms and their sum, rounded so that they add up as printed."""
    terms = (ledger.shared, ledger.one_sided, ledger.bias, ledger.residual)
    digits = min(4, digits_for(max(*map(abs, terms), abs(ledger.similarity)), 5))
    (shared, one_sided, bias, residual), similarity = add_up(terms, digits)
    both = int(ledger.on_both.sum())
    what = "families of concepts" if ledger.members else "concepts"
    return [
        LedgerRow("shared", shared, f"{both} {what} active on both texts"),
        LedgerRow("one-sided", one_sided, f"{len(ledger.features) - both} {what} active on one of them"),
        LedgerRow("bias", bias, "what all texts of the corpus have in common"),
        LedgerRow("residual", residual, "what the features do not reconstruct"),
        LedgerRow("similarity", similarity.removeprefix("+"), ""),
    ]


def erasure_sentences(explanation: ConceptExplanation) -> list[str]:
    """Return what erasing and keeping the strongest shared concepts does, in two sentences or one."""
    test = explanation.erasure
    count = len(test.features)
    if not count:
        return ["No concept that is active on both texts speaks for the match, so there is none to erase."]
    what = f"the {count} strongest shared concepts" if count > 1 else "the one shared concept"
    erased = (
        f"Without {what} the similarity falls from {unsigned(test.similarity)} to {unsigned(test.erased)}"
    )
    kept = f"Alone, they keep {unsigned(test.kept)} of it"
    drop, survival = test.random_drop, test.random_survival
    if drop is None or survival is None:
        return [f"{erased}.", f"{kept}."]
    number = f"{count} random active ones" if count > 1 else "a random active one"
    spread = f"{unsigned(drop.low)} to {unsigned(drop.high)}"
    return [
        f"{erased}, by {unsigned(test.drop)}; without {number} by {unsigned(drop.mean)} (95%: {spread}).",
        f"{kept} ({percent(test.kept / test.similarity)}); {number} {unsigned(survival.mean)}."
        if abs(test.similarity) > 1e-6
        else f"{kept}; {number} {unsigned(survival.mean)}.",
    ]


def leading_words(side: FlowSide, row: int) -> str:
    """Return the words that bring most to a feature of a flow, most first, or that none does."""
    bands = side.word_bands[:, row]
    chosen = bands.argsort(kind="stable")[::-1][:_MOST_WORDS]
    least = LEAST_BAND * float(abs(side.contributions[row]))
    found = [side.text.words[word].text for word in chosen if bands[word] > least]
    return ", ".join(label(word, _LONGEST_WORD) for word in found) or "no word"
