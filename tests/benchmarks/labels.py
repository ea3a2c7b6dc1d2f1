"""Names of features: how fast, and how well, beside KeyBERT run on every text by itself."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.concepts import FEATURES, VARIABLE
from tests.benchmarks.measuring import Unavailable
from tests.benchmarks.pairs import SEED
from tests.benchmarks.table import Row, seconds

if TYPE_CHECKING:
    from engine.concepts.candidates import Examples
    from engine.concepts.labelling import LabelRun, Material
    from engine.encoder import Encoder

SAMPLE, QUICK_SAMPLE, QUICK_FEATURES = 60, 5, 200
TEXTS = 20  # per feature, whose keywords the per-text procedure averages
PER_TEXT = 5
LEAST_SPEED, LEAST_OF_CEILING = 50.0, 0.93


def measure(quick: bool = False) -> list[Row]:
    from engine.concepts.candidates import find_examples
    from engine.concepts.dictionary import open_dictionary
    from engine.concepts.labelling import label_material, material_of, with_controls
    from engine.concepts.scoring import held_out
    from engine.corpus.workspace import Workspace
    from engine.encoder import Encoder
    from engine.errors import UserError
    from engine.jobs import Job

    folder = os.environ.get(VARIABLE, "")
    if not folder:
        raise Unavailable(f"set {VARIABLE} to a workspace of WordNet with features called {FEATURES}")
    encoder, job = Encoder(device="cpu"), Job()
    try:
        with Workspace.open(folder) as workspace:
            dictionary = open_dictionary(workspace, FEATURES)
            material = material_of(workspace, dictionary, encoder, job)
            some = np.arange(QUICK_FEATURES) if quick else None
            run = label_material(material, job, some)
            card = with_controls(run.report, material, job)
            named = np.array([label.feature for label in run.labels if label.label is not None])
            count = QUICK_SAMPLE if quick else SAMPLE
            sample = np.sort(np.random.default_rng(SEED).choice(named, count, replace=False))
            out = held_out(len(material.vectors))
            examples = find_examples(material.vectors, material.codes, sample, ~out, job)
            per_text = _per_text(examples, material, encoder)
    except UserError as error:
        raise Unavailable(str(error)) from error
    rows = _speed(run, examples, per_text["seconds"], quick)
    rows += _quality(run, examples, per_text, material, quick)
    for name, one in card.controls.items():
        rows.append(
            Row(
                f"control, {name}: share of {one.live} features named",
                f"{card.labels.named:.1%} of the features themselves",
                f"{one.named:.1%}",
            )
        )
        rows.append(
            Row(
                f"control, {name}: mean Pearson, refused names counted in",
                f"{card.labels.pearson_of_all:.3f}",
                f"{one.pearson_of_all:.3f}",
            )
        )
    return rows


def _per_text(examples: Examples, material: Material, encoder: Encoder) -> dict[str, Any]:
    """Run KeyBERT with its own defaults on every text; average the scores of phrases over 20 texts.

    Returns:
        the seconds taken by all texts, and for each feature its phrases, best first.
    """
    from keybert import KeyBERT

    model = KeyBERT(encoder.model)
    phrases, taken = [], 0.0
    for rows in examples.top:
        scores: dict[str, float] = defaultdict(float)
        for number, text in enumerate(material.texts(rows)):
            start = time.perf_counter()
            found = model.extract_keywords(text, keyphrase_ngram_range=(1, 3), top_n=PER_TEXT)
            taken += time.perf_counter() - start
            if number < TEXTS:
                for phrase, score in found:
                    scores[phrase] += score / TEXTS
        phrases.append(sorted(scores, key=lambda phrase: -scores[phrase]))
    return {"seconds": taken, "phrases": phrases}


def _speed(run: LabelRun, examples: Examples, taken: float, quick: bool) -> list[Row]:
    texts = sum(map(len, examples.top))
    mine, theirs = run.report.seconds / len(run.labels), taken / len(examples.features)
    of_twenty = theirs * sum(min(TEXTS, len(rows)) for rows in examples.top) / texts
    what = f"{len(run.labels):,} features over {run.report.documents:,} documents"
    return [
        Row(
            f"labelling {what}, scores included: time",
            f"{seconds(run.report.seconds)}, {run.report.phrases:,} phrases embedded",
            f"per text {seconds(theirs * len(run.labels))} (from {len(examples.features)} features)",
            f"{theirs / mine:.0f} times faster",
            f"{LEAST_SPEED:.0f} times",
            None if quick else theirs / mine >= LEAST_SPEED,
        ),
        Row(
            f"the same beside the per-text procedure on the {TEXTS} strongest documents only",
            seconds(run.report.seconds),
            f"per text {seconds(of_twenty * len(run.labels))}",
            f"{of_twenty / mine:.0f} times faster",
        ),
    ]


def _quality(
    run: LabelRun, examples: Examples, per_text: dict[str, Any], material: Material, quick: bool
) -> list[Row]:
    from engine.concepts.moments import moments
    from engine.concepts.scoring import held_out
    from engine.jobs import Job

    rows = np.flatnonzero(held_out(len(material.vectors)))
    known = moments(material.vectors, material.codes.by_document, rows, Job())
    ceiling = known.own(examples.centroids, examples.features)

    def share(vectors: np.ndarray) -> str:
        found = known.own(vectors, examples.features)
        return f"{np.nanmean(found):.3f} ({np.nanmean(found) / np.nanmean(ceiling):.1%})"

    def named(choices: Sequence[Sequence[str]]) -> np.ndarray:
        return np.stack([material.embed(list(phrases), Job()).mean(axis=0) for phrases in choices])

    by_feature = {label.feature: label for label in run.labels}
    labels = [by_feature[int(feature)].label.split(", ") for feature in examples.features]
    total = run.report.labels
    return [
        Row(
            f"mean Pearson of {total.named * total.live:,.0f} labels on {run.report.held_out:,} held-out"
            " documents",
            f"{total.pearson:.3f}",
            f"centroids of the {TEXTS} strongest documents {total.ceiling:.3f}",
            f"{total.of_ceiling:.1%}",
            f"{LEAST_OF_CEILING:.0%}",
            None if quick else total.of_ceiling >= LEAST_OF_CEILING,
        ),
        Row(
            f"the same of {len(labels)} features, and its share of what centroids reach",
            share(named(labels)),
            f"KeyBERT per text: one keyword {share(named([one[:1] for one in per_text['phrases']]))}, "
            f"three {share(named([one[:3] for one in per_text['phrases']]))}",
        ),
        Row("one keyword of ours on these features", share(named([one[:1] for one in labels]))),
        Row("live features that are named", f"{total.named:.1%} of {total.live:,}"),
        Row("labels that correlate best with their own feature, among all", f"{total.ranked_first:.1%}"),
        Row("mean AUPRC, F1, lexical F1", f"{total.auprc:.3f}, {total.f1:.3f}, {total.lexical_f1:.3f}"),
    ]
