"""One feature of an autoencoder: names, scores, documents with the words that fire it, neighbours."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.concepts.alignment import read_metadata
from engine.concepts.examples import check_feature, word_activations
from engine.concepts.labels import load_labels
from engine.concepts.names import journal_of
from engine.concepts.page import feature_page
from engine.concepts.table import feature_table
from engine.errors import UserError
from engine.evidence.evidence import Evidence, computed, section_of
from engine.evidence.ranking_item import check_words
from engine.instrument import Instrument
from engine.jobs import Job
from engine.report.feature_result import FeatureResult, feature_result, feature_tables
from engine.report.feature_section import feature_body, feature_facts, feature_settings
from engine.report.html import Section, anchor
from engine.report.plain import decode, encode, refused
from engine.report.provenance import ModelSource, model_options, option
from engine.report.segments import label

if TYPE_CHECKING:
    from engine.report.pages import Pages

_MOST_DOCUMENTS = 1_000


@dataclass(frozen=True)
class FeatureItem:
    """Everything about one feature.

    Attributes:
        dictionary: the autoencoder.
        feature: its number.
        top: how many of the strongest documents, with the words that fire it.
        kind: "feature".
    """

    dictionary: str
    feature: int
    top: int = 10
    kind: str = "feature"

    @property
    def title(self) -> str:
        """One line that says what it is."""
        return f"Feature {self.feature} of {label(self.dictionary)}"

    @property
    def needs_workspace(self) -> bool:
        """A feature is of the documents of one."""
        return True

    def compute(self, instrument: Instrument, job: Job | None = None) -> Evidence:
        """Look the feature up in the open workspace.

        Raises:
            UserError: there are no such features, no such feature, or they belong to another model.
            Cancelled: it was asked to stop.
        """
        job, start = job or Job(), time.perf_counter()
        if not 1 <= self.top <= _MOST_DOCUMENTS:
            raise UserError(f"top is {self.top}; choose 1 to {_MOST_DOCUMENTS:,}")
        workspace = instrument.workspace
        dictionary = instrument.open_dictionary(self.dictionary, job.part(0, 0.1))
        check_feature(dictionary, self.feature)
        dictionary.check_model(instrument.encoder.info.fingerprint)
        labels = load_labels(workspace, dictionary.name)
        annotations = journal_of(workspace, dictionary).annotations()
        page = feature_page(
            workspace,
            dictionary,
            self.feature,
            labels,
            annotations,
            instrument.open_families(self.dictionary, job.part(0.1, 0.3)),
            read_metadata(workspace, job.part(0.3, 0.4), dictionary.codes.by_document.shape[0]),
            top=self.top,
            job=job.part(0.4, 0.5),
        )
        texts = [example.document.text for example in page.examples.top]
        words = word_activations(instrument.explainer, dictionary, self.feature, texts, job.part(0.5, 1))
        result = feature_result(page, feature_table(dictionary, labels, annotations).labels, words)
        return computed(self, instrument, result, time.perf_counter() - start)

    def arguments(self, evidence: Evidence) -> tuple[str, list[str]]:
        """Return the arguments of `features`."""
        arguments = [evidence.workspace.folder] if evidence.workspace is not None else []
        arguments += option("--sae", self.dictionary) + option("--feature", str(self.feature))
        arguments += option("--top", str(self.top))
        return "features", arguments + model_options(evidence.model)

    def texts(self, evidence: Evidence) -> dict[str, str]:
        """Return the texts of the documents."""
        result: FeatureResult = evidence.result
        groups = {"document": result.top, "quantile": result.quantiles, "near miss": result.near_misses}
        return {
            f"{name} {place}": one.text
            for name, documents in groups.items()
            for place, one in enumerate(documents, start=1)
        }

    def result_data(self, evidence: Evidence) -> dict[str, Any]:
        """Return what `features --feature --json` writes, with the words of the documents."""
        data: dict[str, Any] = encode(evidence.result)
        return data

    def result_from_data(self, data: Any, model: ModelSource, seconds: float, place: str) -> FeatureResult:
        """Return the result that `result_data` gave.

        Raises:
            UserError: something is missing, or does not fit the rest.
        """
        result = decode(FeatureResult, data, place)
        if result.feature != self.feature:
            raise refused(place, "is of another feature than its request")
        if len(result.histogram.edges) != len(result.histogram.counts) + 1:
            raise refused(f"{place}.histogram", "has not one edge more than bins")
        for document in result.top:
            check_words(document.text, document.words, f"{place}.top")
        return result

    def section(self, evidence: Evidence, place: int) -> Section:
        """Return the item of the page."""
        result: FeatureResult = evidence.result
        return section_of(
            evidence,
            title=f"{self.title}: {label(result.name, 80)}",
            heading=label(result.name, 200),
            facts=feature_facts(result, self.dictionary, evidence.model.info),
            body=feature_body(result, anchor(place)),
            settings=feature_settings(result),
        )

    def write(self, evidence: Evidence, pages: "Pages") -> None:
        """Write the item on printed pages."""
        from engine.report.print_feature import print_feature

        print_feature(pages, evidence.result)

    def tables(self, evidence: Evidence) -> dict[str, str]:
        """Return the tables of documents, words, keywords, histogram, neighbours and metadata."""
        return feature_tables(evidence.result)
