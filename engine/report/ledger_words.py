"""What the lines of the ledger of a similarity are called and what they say, in the window and in reports."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A term of the ledger: its name, and one sentence on what it is."""

    name: str
    meaning: str


EXPLAINED = Line("Explained", "What pairs of words carry: the sum of the matrix.")
WORDS = Line("Between words", "What pairs of words carry: the sum of the word matrix.")
SPECIAL = Line("Special tokens", "What falls on tokens of the model that stand for no word.")
REFERENCE = Line("Reference", "What both texts share with an empty text; no word can be credited with it.")
QUERY_ALONE = Line("Query alone", "The query against an empty candidate.")
CANDIDATE_ALONE = Line("Candidate alone", "The candidate against an empty query.")
PADDING = Line(
    "Empty texts", "The empty texts against each other, which both lines above hold, taken off once."
)
INTEGRATION = Line("Residual", "What the numerical integration left over.")
METHOD = Line("Residual", "What this method, which is not complete, leaves open.")
RESIDUAL = Line("Residual", "What the numerical integration, or a method that is not complete, left over.")
SIMILARITY = Line("Similarity", "What the model itself says.")
