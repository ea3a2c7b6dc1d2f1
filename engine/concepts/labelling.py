"""Naming all features of a dictionary, scoring the names, and keeping them in the workspace."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.sparse import csr_array

from engine.concepts.candidates import Examples, find_examples, propose
from engine.concepts.codes import Codes, encode
from engine.concepts.coherence import Unity, unity
from engine.concepts.dictionary import Dictionary
from engine.concepts.labels import LabelScore, MachineLabel, save_labels
from engine.concepts.moments import DoubleArray, FloatArray, IntArray, moments
from engine.concepts.naming import SEPARATOR, Name, choose_names, judge
from engine.concepts.phrases import phrase_matrix
from engine.concepts.report_card import ReportCard, Summary, card_data, summarise
from engine.concepts.scoring import (
    detect,
    discrimination_ranks,
    held_out,
    lexical_f1,
    making_sample,
    sample,
)
from engine.corpus.embedding import Embed, document_embedder
from engine.corpus.lock import check_writable
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.jobs import Job
from engine.sae.architectures import SparseAutoencoder
from engine.sae.checkpoints import checkpoint_digest
from engine.sae.evaluation import random_control

if TYPE_CHECKING:
    from engine.encoder import Encoder

DEAD = "dead: it fires on no document"
RARE = "it fires on held-out documents only"
INCOHERENT = "incoherent: its documents are hardly more alike than random ones"
TWO_THINGS = "two things at once: its documents fall into two groups with nothing in common"
UNTOLD = "no phrase tells its documents from others"
CONTROL_FEATURES = 200
_CONTROL_ROWS = 20_000
_TEXTS_AT_ONCE = 2_000


@dataclass(frozen=True)
class LabelRun:
    """Labels of all features of a dictionary, and the report card over them."""

    labels: tuple[MachineLabel, ...]
    report: ReportCard


@dataclass(frozen=True)
class Material:
    """What labels are made of.

    Attributes:
        sae: the autoencoder.
        codes: its activations of N documents.
        vectors: (N, D), may be mapped from a file.
        texts: returns the texts of rows.
        embed: returns the vectors of texts.
    """

    sae: SparseAutoencoder
    codes: Codes
    vectors: FloatArray
    texts: Callable[[IntArray], Sequence[str]]
    embed: Embed


def label_features(
    workspace: Workspace,
    dictionary: Dictionary,
    encoder: "Encoder",
    job: Job | None = None,
    controls: bool = False,
) -> LabelRun:
    """Name and score all features of a dictionary and keep the labels, in place of earlier ones.

    Args:
        workspace: the documents.
        dictionary: the features.
        encoder: the model whose vectors they read.
        job: progress and cancellation; stopped, it leaves earlier labels as they were.
        controls: whether to label 200 features of each control as well.

    Raises:
        UserError: the encoder is of another model, there are too few documents, another task writes to
            the workspace, or it cannot be written.
    """
    job = job or Job()
    dictionary.check_model(encoder.info.fingerprint)
    check_writable(workspace.folder)
    digest = checkpoint_digest(dictionary.folder)
    material = material_of(workspace, dictionary, encoder, job)
    run = label_material(material, job.part(0, 0.75 if controls else 0.99))
    if controls:
        run = dataclasses.replace(run, report=with_controls(run.report, material, job.part(0.75, 0.99)))
    job.step("saving labels", 0.99)
    save_labels(workspace, dictionary.name, digest, run.labels, card_data(run.report))
    job.step("saving labels", 1.0)
    return run


def material_of(workspace: Workspace, dictionary: Dictionary, encoder: "Encoder", job: Job) -> Material:
    """Return what the labels of a dictionary are made of."""
    return Material(
        dictionary.sae,
        dictionary.codes,
        dictionary.index.vectors,
        lambda rows: _texts(workspace, rows, job),
        document_embedder(encoder),
    )


def _texts(workspace: Workspace, rows: IntArray, job: Job) -> list[str]:
    found: list[str] = []
    for start in range(0, len(rows), _TEXTS_AT_ONCE):
        job.cancel.check()
        ids = (rows[start : start + _TEXTS_AT_ONCE] + 1).tolist()
        found += [document.text for document in workspace.documents(ids)]
    return found


def label_material(material: Material, job: Job, features: IntArray | None = None) -> LabelRun:
    """Name and score features.

    Args:
        material: what they are made of.
        job: progress and cancellation.
        features: which; all by default.

    Raises:
        UserError: there are too few documents.
    """
    started = monotonic()
    documents = len(material.vectors)
    out = held_out(documents)
    if not out.any() or out.all():
        raise UserError(
            f"{documents} documents are too few to name features: some must be held out; import more"
        )
    asked = np.arange(material.codes.by_document.shape[1]) if features is None else features
    making = np.flatnonzero(~out)
    fires = np.diff(material.codes.by_document[making].tocsc().indptr)[asked] > 0
    named = asked[fires]
    codes = material.codes
    known = moments(material.vectors, codes.by_document, making, job.part(0, 0.04))
    examples = find_examples(material.vectors, codes, named, ~out, job.part(0.04, 0.12))
    found = unity(material.vectors, examples, making, job.part(0.12, 0.13))
    candidates = propose(examples, codes, material.texts, material.embed, job.part(0.13, 0.85))
    scale = np.array([_strength(codes, int(f), own) for f, own in zip(named, examples.top, strict=True)])
    judged = judge(candidates, examples, known, material.sae, scale, job.part(0.85, 0.88))
    names = choose_names(candidates, judged, examples, known, job.part(0.88, 0.9))
    scores, ceiling = _score(material, examples, names, found, job.part(0.9, 1))
    rate = codes.fire_rate
    labels = {
        int(f): _label(int(f), name, _problem(name, found, position), float(rate[f]), scores[position])
        for position, (f, name) in enumerate(zip(named, names, strict=True))
    }
    whole = tuple(labels.get(int(f)) or _silent(int(f), float(rate[f])) for f in asked)
    tops = dict(zip(named.tolist(), ceiling.tolist(), strict=True))
    report = ReportCard(
        labels=summarise(
            whole,
            np.array([tops.get(int(f), np.nan) for f in asked]),
            [score.pearson for score in scores],
        ),
        documents=documents,
        held_out=int(out.sum()),
        phrases=len(candidates.phrases),
        seconds=monotonic() - started,
        reasons=dict(Counter(label.reason for label in whole if label.reason)),
    )
    return LabelRun(whole, report)


def _strength(codes: Codes, feature: int, rows: IntArray) -> float:
    """Return the mean activation of a feature on its top documents."""
    _, values = codes.feature(feature)
    return float(values[: len(rows)].mean())


def _score(
    material: Material, examples: Examples, names: Sequence[Name], found: Unity, job: Job
) -> tuple[list[LabelScore], DoubleArray]:
    """Return the scores of the names, and (n,) the correlation of the features' centroids."""
    documents = len(material.vectors)
    rows = np.flatnonzero(held_out(documents))
    codes, features = material.codes.by_document, examples.features
    making = sample(material.vectors, codes, making_sample(documents))
    test = sample(material.vectors, codes, rows)
    known = moments(material.vectors, codes, rows, job.part(0, 0.05))
    vectors = np.array([name.vector for name in names], np.float32).reshape(len(names), -1)
    detection = detect(vectors, features, making, test, known, job.part(0.05, 0.8))
    ranks = discrimination_ranks(vectors, features, known, job.part(0.8, 0.9))
    vocabulary, members = _members(names)
    held, _ = phrase_matrix(material.texts(rows), job.part(0.9, 1), vocabulary)
    lexical = lexical_f1(held, members, features, test.codes)
    columns = zip(
        detection.pearson, detection.auprc, detection.f1, lexical, ranks, found.coherence, strict=True
    )
    scores = [
        LabelScore(float(pearson), float(auprc), float(f1), float(words), rank, float(alike))
        for pearson, auprc, f1, words, rank, alike in columns
    ]
    return scores, known.own(examples.centroids, features)


def _members(names: Sequence[Name]) -> tuple[dict[str, int], csr_array]:
    """Return the columns of all keywords of labels, and (n, V) which label has which."""
    vocabulary: dict[str, int] = {}
    columns = [
        [vocabulary.setdefault(keyword.text, len(vocabulary)) for keyword in name.keywords[: name.used]]
        for name in names
    ]
    indices = [column for row in columns for column in row]
    offsets = np.cumsum([0, *map(len, columns)])
    shape = (len(names), len(vocabulary))
    return vocabulary, csr_array((np.ones(len(indices), np.float32), indices, offsets), shape=shape)


def _problem(name: Name, found: Unity, position: int) -> str:
    """Return why a feature gets no name, empty if it gets one."""
    if found.groups[position] is not None:
        return TWO_THINGS
    if found.incoherent[position]:
        return INCOHERENT
    return "" if name.used else UNTOLD


def _label(feature: int, name: Name, problem: str, rate: float, score: LabelScore) -> MachineLabel:
    if problem:
        return MachineLabel(feature, None, problem, name.keywords, rate, None)
    text = SEPARATOR.join(keyword.text for keyword in name.keywords[: name.used])
    return MachineLabel(feature, text, "", name.keywords, rate, score)


def _silent(feature: int, rate: float) -> MachineLabel:
    return MachineLabel(feature, None, RARE if rate else DEAD, (), rate, None)


def with_controls(report: ReportCard, material: Material, job: Job) -> ReportCard:
    """Return the report card with the same figures for what should have no names.

    A sample of features is labelled and scored in the same way with the activations shuffled over the
    documents, and with those of a random autoencoder that is as sparse.
    """
    generator = np.random.default_rng(0)
    documents, features = material.codes.by_document.shape
    chosen = np.sort(generator.choice(features, min(CONTROL_FEATURES, features), replace=False))
    shuffled = Codes(material.codes.by_document[generator.permutation(documents)])
    rows = np.sort(generator.choice(documents, min(_CONTROL_ROWS, documents), replace=False))
    sae = random_control(material.sae, torch.from_numpy(np.array(material.vectors[rows], np.float32)))
    sae.requires_grad_(False)
    job.step("random autoencoder", 0)
    random = Codes(encode(sae, material.vectors, job.part(0, 0.1)))
    controls: dict[str, Summary] = {}
    for name, control, part in (
        ("shuffled activations", dataclasses.replace(material, codes=shuffled), job.part(0.1, 0.55)),
        ("random autoencoder", dataclasses.replace(material, sae=sae, codes=random), job.part(0.55, 1)),
    ):
        controls[name] = label_material(control, part, chosen).report.labels
    return dataclasses.replace(report, controls=controls)
