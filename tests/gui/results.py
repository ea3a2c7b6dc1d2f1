"""Results as the engine gives them, made from numpy alone: no model, the same numbers every time.

Words that begin alike get vectors that point alike, so that matrices look like real ones: "sugar" meets
"sugars", a full stop meets nothing.
"""

import zlib
from collections.abc import Sequence

import numpy as np

from engine.attribution.contributions import TokenContributions
from engine.attribution.explainer import ExplainRequest, Explanation
from engine.attribution.faithfulness import Curve, Faithfulness
from engine.attribution.pair import PairExplanation, References, Similarity, explain_pair
from engine.encoder import ModelInfo, TokenizedText
from engine.text import group_tokens_by_word, word_spans

DIMENSION = 32
PIECE = 6
QUERY = "Carbs are broken down into sugar in your body"
CANDIDATE = "Carbohydrates are metabolized into glucose"


def make_text(text: str, max_tokens: int = 1_000_000) -> TokenizedText:
    """Tokenize into word pieces of six characters between [CLS] and [SEP], cut at `max_tokens`."""
    pieces = [
        (start, min(start + PIECE, end), first)
        for first, end in word_spans(text)
        for start in range(first, end, PIECE)
    ]
    total = len(pieces) + 2
    pieces = pieces[: max_tokens - 2]
    tokens = [text[s:e] if s == first else "##" + text[s:e] for s, e, first in pieces]
    spans = (None, *((s, e) for s, e, _ in pieces), None)
    ids = [101, *(zlib.crc32(token.encode("utf-8", "surrogatepass")) % 30_000 for token in tokens), 102]
    return TokenizedText(
        text=text,
        prompt="",
        ids=np.array(ids, dtype=np.int64),
        tokens=("[CLS]", *tokens, "[SEP]"),
        spans=spans,
        content=tuple(range(1, len(ids) - 1)),
        words=group_tokens_by_word(text, spans),
        total_tokens=total,
        seen_characters=pieces[-1][1] if total > len(ids) else len(text),
    )


def make_contributions(text: TokenizedText, error: float = 0.0013, nodes: int = 16) -> TokenContributions:
    """Return contributions (S, D) from a padding reference to a unit embedding, up to a relative error."""
    topic = _direction("topic of everything")
    vectors = np.zeros((len(text.ids), DIMENSION))
    for index in text.content:
        vectors[index] = _direction(text.tokens[index].removeprefix("##")) + 0.6 * topic
    embedding = vectors.sum(axis=0)
    vectors /= np.linalg.norm(embedding)
    embedding /= np.linalg.norm(embedding)
    padding = _direction("padding of everything")
    vectors[list(text.content)] -= padding / len(text.content)
    vectors[text.content[0]] += error * np.linalg.norm(embedding - padding) * _direction("quadrature")
    return TokenContributions(
        text=text,
        vectors=vectors.astype(np.float32),
        embedding=embedding.astype(np.float32),
        reference=padding.astype(np.float32),
        padding=padding.astype(np.float32),
        error=error,
        nodes=nodes,
        method="integrated-jacobians",
        layer=0,
        seconds=0.2,
    )


def make_pair(
    query: str = QUERY,
    candidate: str = CANDIDATE,
    references: References = "projected",
    similarity: Similarity = "cosine",
    max_tokens: int = 1_000_000,
) -> PairExplanation:
    """Return the explanation of two texts."""
    left, right = (make_contributions(make_text(text, max_tokens)) for text in (query, candidate))
    return explain_pair(left, right, references, similarity)


def make_faithfulness(pair: PairExplanation, seed: int = 0, z: float = 2.5) -> Faithfulness:
    """Return curves that fall `z` standard deviations faster than chance, and second differences near the
    word matrix."""
    generator = np.random.default_rng(seed)
    score = pair.ledger.similarity
    deletion = _curve(score, z, falls=True)
    insertion = _curve(score, z, falls=False)
    words = pair.word_matrix
    noise = generator.normal(scale=max(float(words.std()), 1e-6), size=words.shape)
    return Faithfulness(
        deletion=deletion,
        insertion=insertion,
        query_error=pair.query.error,
        candidate_error=pair.candidate.error,
        leave_one_out=(words + noise).astype(np.float32),
        tested_words=(tuple(range(words.shape[0])), tuple(range(words.shape[1]))),
        spearman=0.62 if words.size >= 4 else None,
    )


def make_model() -> ModelInfo:
    """Return what a result says of the default model, with a made-up fingerprint."""
    return ModelInfo(
        name="all-MiniLM-L6-v2",
        folder="/models/all-MiniLM-L6-v2",
        family="bert",
        fingerprint="9b1d" * 16,
        tokenizer="70c3" * 16,
        pooling="mean",
        normalized=True,
        dimension=DIMENSION,
        layers=6,
        max_tokens=256,
        device="cpu",
    )


def make_explanation(
    query: str = QUERY,
    candidates: Sequence[str] = (CANDIDATE,),
    references: References = "projected",
    similarity: Similarity = "cosine",
    max_tokens: int = 1_000_000,
    faithfulness: bool = True,
    preview: bool = False,
) -> Explanation:
    """Return a whole result, one pair and one set of tests per candidate."""
    request = ExplainRequest(
        query=query,
        candidates=tuple(candidates),
        references=references,
        similarity=similarity,
        faithfulness=faithfulness,
    )
    pairs = tuple(make_pair(query, text, references, similarity, max_tokens) for text in candidates)
    tests = tuple(make_faithfulness(pair) if faithfulness else None for pair in pairs)
    return Explanation(request, make_model(), pairs, tests, preview, seconds=0.4)


def _direction(name: str) -> np.ndarray:
    """Return a unit vector (D,) that depends on the name's first four letters, and a little on the rest."""
    parts = [
        weight
        * np.random.default_rng(zlib.crc32(key.encode("utf-8", "surrogatepass"))).normal(size=DIMENSION)
        for weight, key in ((1.0, name[:4].lower()), (0.4, name.lower()))
    ]
    total = np.sum(parts, axis=0)
    return total / np.linalg.norm(total)


def _curve(score: float, z: float, *, falls: bool) -> Curve:
    fractions = np.linspace(0, 1, 9)
    shape = (1 - fractions) ** 2.2 if falls else 1 - (1 - fractions) ** 2.2
    chance = score * (1 - fractions if falls else fractions)
    spread = 0.16 * score * np.sin(np.pi * fractions)
    return Curve(
        fractions=fractions.astype(np.float32),
        values=(score * shape).astype(np.float32),
        random_mean=chance.astype(np.float32),
        random_low=(chance - spread).astype(np.float32),
        random_high=(chance + spread).astype(np.float32),
        area=float(np.trapezoid(shape, fractions)),
        random_area=0.5,
        z=z,
        orders=20,
    )
