"""How the engine answers the requests of Concepts: its results in the words of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ui.concepts.requests import (
    ActiveFeature,
    ActiveFeatures,
    Aligned,
    Annotate,
    Cluster,
    Coactivation,
    ColourExamples,
    Example,
    Family,
    FeatureDetail,
    FeatureRow,
    FeatureRows,
    FoundFeatures,
    Histogram,
    OpenFeature,
    OpenFeatures,
    ReadAlignment,
    ReadCoactivation,
    ReadStructure,
    ReadText,
    Related,
    SearchFeatures,
    Step,
    Structure,
    WordValues,
)
from ui.widgets.numbers import plain

if TYPE_CHECKING:
    from engine.concepts import coactivation, examples
    from engine.concepts.alignment import Metadata
    from engine.concepts.codes import FloatArray
    from engine.concepts.dictionary import Dictionary
    from engine.concepts.families import Families
    from engine.concepts.labels import LabelScore
    from engine.concepts.table import FeatureTable
    from engine.corpus.journal import Entry
    from engine.corpus.workspace import Workspace
    from engine.instrument import Instrument
    from engine.jobs import Job
    from ui.backend import Handler, Partial

_MOST_FOUND = 50
_TOP = 12

# Read once for each open workspace: it takes seconds for a hundred thousand documents.
_metadata: WeakKeyDictionary[Workspace, tuple[int, Metadata]] = WeakKeyDictionary()


def _open(instrument: Instrument, request: OpenFeatures, job: Job, _partial: Partial) -> FeatureRows:
    return _rows(instrument, instrument.open_dictionary(request.dictionary, job))


def _rows(instrument: Instrument, dictionary: Dictionary) -> FeatureRows:
    from engine.concepts.histograms import fire_rate_histogram, threshold_histogram
    from engine.concepts.labels import load_labels
    from engine.concepts.names import journal_of
    from engine.concepts.table import feature_table

    workspace = instrument.workspace
    said = journal_of(workspace, dictionary).annotations()
    table = feature_table(dictionary, load_labels(workspace, dictionary.name), said)
    thresholds = threshold_histogram(dictionary)
    return FeatureRows(
        dictionary.name,
        dictionary.codes.by_document.shape[0],
        tuple(_row(table, feature) for feature in range(dictionary.features)),
        table.labelled,
        _histogram(fire_rate_histogram(dictionary.codes)),
        None if thresholds is None else _histogram(thresholds),
        _step(said.last),
        _step(said.undone),
    )


def _row(table: FeatureTable, feature: int) -> FeatureRow:
    machine = table.machine[feature]
    return FeatureRow(
        feature,
        table.labels[feature],
        "" if machine is None else machine.label or "",
        "" if machine is None else machine.reason,
        () if machine is None else tuple(keyword.text for keyword in machine.keywords),
        float(table.score[feature]),
        float(table.fire_rate[feature]),
        float(table.coherence[feature]),
        table.groups[feature],
        bool(table.starred[feature]),
        table.notes[feature],
    )


def _step(entry: Entry | None) -> Step | None:
    if entry is None:
        return None
    what = {
        "name": "rename",
        "note": "note",
        "starred": "star" if entry.value else "removal of the star",
        "group": "grouping",
    }[entry.kind]
    features = entry.features
    of = f"feature {features[0]}" if len(features) == 1 else f"{len(features)} features"
    return Step(entry.id, f"{what} of {of}")


def _search(instrument: Instrument, request: SearchFeatures, job: Job, partial: Partial) -> FoundFeatures:
    """Answer by the decoder rows at once, and by the names as soon as all of them are embedded."""
    from engine.concepts.meaning import features_near
    from engine.concepts.name_vectors import open_name_vectors
    from engine.concepts.names import feature_names

    dictionary, encoder = instrument.open_dictionary(request.dictionary, job), instrument.encoder

    def near(names: FloatArray | None) -> FoundFeatures:
        found = features_near(dictionary, encoder, request.text, _MOST_FOUND, job, names)
        return FoundFeatures(
            request.dictionary,
            request.text,
            tuple(feature for feature, _ in found),
            tuple(cosine for _, cosine in found),
        )

    rough = near(None)
    partial(rough)
    names = [
        "" if name == f"feature {number}" else name
        for number, name in enumerate(feature_names(instrument.workspace, dictionary))
    ]
    return near(open_name_vectors(dictionary, encoder, names, job)) if any(names) else rough


def _feature(instrument: Instrument, request: OpenFeature, job: Job, _partial: Partial) -> FeatureDetail:
    from engine.concepts.labels import load_labels
    from engine.concepts.page import feature_page

    dictionary, workspace = instrument.open_dictionary(request.dictionary, job), instrument.workspace
    labels = load_labels(workspace, dictionary.name)
    page = feature_page(workspace, dictionary, request.feature, labels, top=_TOP, job=job)
    label = page.machine
    return FeatureDetail(
        request.dictionary,
        request.feature,
        () if label is None else tuple((keyword.text, keyword.score) for keyword in label.keywords),
        () if label is None or label.score is None else _scores(label.score),
        (
            *(_example("top", one) for one in page.examples.top),
            *(_example("quantile", one) for one in page.examples.quantiles),
            *(_example("near", one) for one in page.examples.near_misses),
        ),
        _histogram(page.histogram),
        page.threshold or None,
        _related(page.coactive),
        _related(page.similar),
    )


def _colour(instrument: Instrument, request: ColourExamples, job: Job, partial: Partial) -> WordValues:
    from engine.concepts.examples import WordActivations, word_activations

    dictionary = instrument.open_dictionary(request.dictionary, job)
    words: list[WordActivations] = []

    def so_far() -> WordValues:
        return WordValues(
            request.dictionary,
            request.feature,
            tuple(one.spans for one in words),
            tuple(one.values for one in words),
        )

    def add(_place: int, found: WordActivations) -> None:
        words.append(found)
        partial(so_far())

    word_activations(instrument.explainer, dictionary, request.feature, request.texts, job, add)
    return so_far()


def _align(
    instrument: Instrument, request: ReadAlignment, job: Job, _partial: Partial
) -> tuple[Aligned, ...]:
    from engine.concepts.alignment import feature_alignment, read_metadata

    workspace = instrument.workspace
    dictionary = instrument.open_dictionary(request.dictionary, job)
    documents = dictionary.codes.by_document.shape[0]
    known = _metadata.get(workspace)
    if known is None or known[0] != documents:
        known = documents, read_metadata(workspace, job, documents)
        _metadata[workspace] = known
    rows, _ = dictionary.codes.feature(request.feature)
    return tuple(
        Aligned(one.column, one.value, one.together, len(rows), one.documents, one.lift, one.q)
        for one in feature_alignment(known[1], rows).values
    )


def _read(instrument: Instrument, request: ReadText, job: Job, _partial: Partial) -> ActiveFeatures:
    from engine.concepts.examples import active_features

    dictionary = instrument.open_dictionary(request.dictionary, job)
    found = active_features(dictionary, instrument.encoder, request.text, job)
    return ActiveFeatures(
        request.dictionary, request.text, tuple(ActiveFeature(number, value) for number, value in found)
    )


def _structure(_instrument: Instrument, request: ReadStructure, job: Job, partial: Partial) -> Structure:
    """Answer in the background thread, which opens the workspace for itself."""
    import numpy as np

    from engine.concepts.dictionary import open_dictionary
    from engine.concepts.families import open_families
    from engine.concepts.feature_map import cluster_names, open_map
    from engine.concepts.labels import load_labels
    from engine.corpus.workspace import Workspace

    with Workspace.open(request.folder) as workspace:
        dictionary = open_dictionary(workspace, request.dictionary, job.part(0, 0.1))
        families = _families(open_families(workspace, dictionary, job.part(0.1, 0.4)))
        partial(Structure(request.dictionary, families))
        found = open_map(workspace, dictionary, job.part(0.4, 1))
        names = cluster_names(found, load_labels(workspace, request.dictionary))
    clusters = tuple(
        Cluster(name, tuple(np.flatnonzero(found.cluster == number).tolist()))
        for number, name in enumerate(names)
    )
    return Structure(request.dictionary, families, found.positions.astype(np.float64), clusters)


def _together(instrument: Instrument, request: ReadCoactivation, job: Job, _partial: Partial) -> Coactivation:
    import numpy as np

    from engine.concepts.coactivation import coactivation_matrix

    dictionary = instrument.open_dictionary(request.dictionary, job)
    matrix = coactivation_matrix(dictionary.codes, np.array(request.features, dtype=np.int64))
    return Coactivation(request.dictionary, request.title, request.features, matrix, "phi")


def _annotate(instrument: Instrument, request: Annotate, job: Job, _partial: Partial) -> FeatureRows:
    from engine.concepts.names import journal_of

    dictionary = instrument.open_dictionary(request.dictionary, job)
    journal = journal_of(instrument.workspace, dictionary)
    match request.change:
        case "undo":
            journal.undo(request.entry)
        case "redo":
            journal.redo(request.entry)
        case "rename":
            journal.rename(*request.features, request.value)
        case "note":
            journal.note(*request.features, request.value)
        case "group":
            journal.group(request.features, request.value)
        case "star":
            journal.star(*request.features, bool(request.value))
    return _rows(instrument, dictionary)


def _example(kind: str, one: examples.Example) -> Example:
    document = one.document
    activation = 0.0 if kind == "near" else one.activation
    return Example(kind, document.name, document.text, activation)


def _related(found: tuple[coactivation.Neighbour, ...]) -> tuple[Related, ...]:
    return tuple(Related(one.feature, one.value) for one in found)


def _histogram(found: coactivation.Histogram) -> Histogram:
    return Histogram(found.edges, found.counts)


def _families(found: Families) -> tuple[Family, ...]:
    return tuple(
        Family(
            int(head),
            tuple(
                (int(member), int(found.parent[member]))
                for member in found.members(int(head))
                if member != head
            ),
            float(ratio),
        )
        for head, ratio in zip(found.heads, found.ratios, strict=True)
    )


def _scores(score: LabelScore) -> tuple[tuple[str, str, str], ...]:
    rank = score.discrimination_rank
    return (
        ("Pearson", plain(score.pearson, 2), "correlation of similarity to the name with the activation"),
        (
            "AUPRC",
            plain(score.auprc, 2),
            "precision over recall when documents are ranked by that similarity",
        ),
        ("F1", plain(score.f1, 2), "of telling active documents by that similarity"),
        ("lexical F1", plain(score.lexical_f1, 2), "of telling them by whether they hold a keyword"),
        (
            "rank",
            "\N{EN DASH}" if rank is None else f"{rank:,}",
            "how many features go with the name at least as well, itself included",
        ),
        ("coherence", plain(score.coherence, 2), "how alike its strongest documents are"),
    )


HANDLERS: Mapping[type, Handler] = {
    OpenFeatures: _open,
    SearchFeatures: _search,
    OpenFeature: _feature,
    ColourExamples: _colour,
    ReadAlignment: _align,
    ReadText: _read,
    ReadStructure: _structure,
    ReadCoactivation: _together,
    Annotate: _annotate,
}
