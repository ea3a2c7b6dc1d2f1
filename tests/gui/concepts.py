"""The concepts of synthetic pairs, by an untrained autoencoder."""

import functools

import numpy as np

from engine.attribution.pair import PairExplanation
from engine.concepts.erasure import erase_and_keep
from engine.concepts.explanation import ConceptExplanation
from engine.concepts.flow import concept_flow, shown_flow
from engine.concepts.ledger import concept_ledger
from engine.report.concept_wording import erasure_sentences, ledger_rows
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from tests.dictionaries import dictionary_of
from tests.gui.results import DIMENSION
from ui.explain.requests import PairConcepts

FEATURES = 64


@functools.cache
def _dictionary():
    return dictionary_of(
        SparseAutoencoder(SAEConfig("topk", DIMENSION, FEATURES, k=12)).requires_grad_(False)
    )


def make_concepts(pair: PairExplanation) -> PairConcepts:
    """Return the concepts of a pair; features are called "concept N"."""
    dictionary = _dictionary()
    query, candidate = pair.query.embedding, pair.candidate.embedding
    ledger = concept_ledger(dictionary, query, candidate, pair.similarity)
    flow = concept_flow(dictionary, ledger, pair.query, pair.candidate)
    explanation = ConceptExplanation(
        "made up",
        {int(feature): f"concept {feature}" for feature in ledger.features},
        ledger,
        flow,
        erase_and_keep(dictionary, ledger, query, candidate),
    )
    return _shown(explanation)


def fold_concepts(concepts: PairConcepts) -> PairConcepts:
    """Return concepts folded into families of eight features."""
    return _shown(concepts.explanation.folded(np.arange(FEATURES) // 8))


def _shown(explanation: ConceptExplanation) -> PairConcepts:
    flow, ledger = explanation.flow, explanation.ledger
    return PairConcepts(
        explanation,
        shown_flow(flow),
        tuple(ledger_rows(ledger)),
        tuple(erasure_sentences(explanation)),
    )
