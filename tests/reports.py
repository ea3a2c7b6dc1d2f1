"""Reports of results made from numpy alone."""

from dataclasses import replace

from engine.concepts.alignment import AlignedValue, Alignment
from engine.evidence.evidence import Evidence, model_source
from engine.evidence.explanation_item import ExplanationItem
from engine.evidence.feature_item import FeatureItem
from engine.evidence.ranking_item import RankingItem
from engine.evidence.report import Report
from engine.report.feature_result import (
    FeatureDocument,
    FeatureFamily,
    FeatureHistogram,
    FeatureKeyword,
    FeatureNeighbour,
    FeatureResult,
    NameScore,
)
from engine.report.provenance import Made, ModelSource, WorkspaceSource, shell_command
from engine.report.ranking import RankedHit, RankingResult, TurnedFeature
from engine.retrieval.explain_hits import WordShare
from engine.text import word_spans
from tests.gui.results import make_explanation

WORKSPACE = WorkspaceSource("/data/papers", "a1" * 16, 4_000, "main", "5a" * 32)


def explanation_evidence(explanation, layer_path=None, concepts=None):
    concepts = concepts or {}
    name = next((one.dictionary for one in concepts.values()), "")
    workspace = replace(WORKSPACE, dictionary=name) if concepts else None
    item = ExplanationItem(explanation.request, name, False, tuple(concepts) if concepts else None)
    evidence = item.evidence(explanation, concepts, model_source(explanation.model, layer_path), workspace)
    return replace(evidence, made=replace(evidence.made, date="2026-02-03T04:05:06+00:00"))


def explanation_command(explanation, layer_path=None):
    """Return the command that makes an explanation again."""
    evidence = explanation_evidence(explanation, layer_path)
    return shell_command(evidence.made, *evidence.item.arguments(evidence))


def html_report(explanation, layer_path=None, created=None, concepts=None):
    """Return the page of one explanation."""
    evidence = explanation_evidence(explanation, layer_path, concepts)
    return (Report((evidence,)) if created is None else Report((evidence,), created=created)).html()


def made():
    return Made("2026-02-03T04:05:06+00:00", 1.25, {"Semascope": "0.1.0"}, "python main.py", "posix")


def words_of(text):
    """Return the words of a text with shares, as evidence keeps them."""
    return tuple(
        WordShare(text[start:end], (start, end), 0.1 * (-1) ** place)
        for place, (start, end) in enumerate(word_spans(text))
    )


def ranking_evidence(query="how do bees make honey", texts=("nectar turns into honey",), name="papers"):
    """Return a steered and filtered ranking of texts, in whose every field the texts stand."""
    item = RankingItem(query, len(texts), texts[0], ((texts[0], texts[-1]),), "cosine", name, ((3, -1.5),))
    hits = tuple(
        RankedHit(
            place + 1,
            text,
            place + 7,
            text,
            0.9 - 0.1 * place,
            99.5,
            {text: text, "year": 1999 + place},
            0.5,
            words_of(text),
            words_of(query),
        )
        for place, text in enumerate(texts)
    )
    turned = (TurnedFeature(3, texts[0], -1.5, 0.25, 0.0),)
    result = RankingResult(hits, len(texts), 4_000, texts[0], 0.91, turned, 4)
    workspace = replace(WORKSPACE, folder=f"/data/{name}", dictionary=name)
    return Evidence(item, result, ModelSource(make_explanation().model), workspace, made())


def texts_ranking_evidence(query="how do bees make honey", texts=("nectar turns into honey",)):
    """Return a ranking of texts that are in no workspace."""
    hits = tuple(
        RankedHit(
            place + 1,
            f"candidate {place + 1}",
            place + 1,
            text,
            0.9 - 0.1 * place,
            None,
            {},
            None,
            words_of(text),
            words_of(query),
        )
        for place, text in enumerate(texts)
    )
    item = RankingItem(query, len(texts), candidates=tuple(texts))
    result = RankingResult(hits, len(texts), len(texts), "", layer=4)
    return Evidence(item, result, ModelSource(make_explanation().model), None, made())


def feature_evidence(texts=("nectar turns into honey",), name="main"):
    """Return a feature in whose every field the texts stand."""
    documents = tuple(
        FeatureDocument(text, text, 0.5, {text: text}, None, words_of(text), 0.02) for text in texts
    )
    bare = tuple(FeatureDocument(text, text, 0.25, {}, 3) for text in texts)
    aligned = AlignedValue(texts[0], texts[-1], 9, 8, 0.8, 0.5, 6.4, 1e-9, 1e-8)
    neighbours = tuple(FeatureNeighbour(place, text, 4, 0.3) for place, text in enumerate(texts))
    result = FeatureResult(
        feature=12,
        label=texts[0],
        machine_label=texts[-1],
        reason=texts[0],
        keywords=tuple(FeatureKeyword(text, 0.2) for text in texts),
        score=NameScore(0.2, 0.3, 0.1, 0.0, 5, None),
        fire_rate=0.008,
        documents=32,
        threshold=0.04,
        group=texts[0],
        starred=True,
        note="\n".join(texts),
        family=FeatureFamily(3, 2, 1.5, 3, (4,)),
        top=documents,
        quantiles=bare,
        near_misses=bare,
        histogram=FeatureHistogram((5, 27), (0.0, 0.25, 0.5)),
        similar=neighbours,
        coactive=tuple(replace(one, cosine=None, phi=0.2) for one in neighbours),
        metadata=Alignment((aligned,), 12, {texts[0]: texts[-1]}),
        layer=4,
    )
    workspace = replace(WORKSPACE, folder=f"/data/{name}", dictionary=name)
    return Evidence(
        FeatureItem(name, 12, len(texts)), result, ModelSource(make_explanation().model), workspace, made()
    )
