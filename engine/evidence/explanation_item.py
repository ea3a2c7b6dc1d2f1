"""An explanation of a query and its candidates, with the concepts that they share."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.attribution.explainer import Explanation
from engine.attribution.request import ExplainRequest
from engine.concepts.explanation import ConceptExplanation, explain_concepts
from engine.concepts.names import feature_names
from engine.errors import UserError
from engine.evidence.evidence import Evidence, computed, model_source, section_of, workspace_source
from engine.instrument import Instrument
from engine.jobs import Job
from engine.report.concepts import concepts_data, concepts_tables
from engine.report.data import csv_tables, explanation_data
from engine.report.explanation_section import (
    HEADING,
    explanation_body,
    explanation_facts,
    explanation_settings,
)
from engine.report.html import Section, anchor
from engine.report.plain import field
from engine.report.provenance import (
    ModelSource,
    WorkspaceSource,
    made_now,
    model_options,
    option,
)
from engine.report.restored import explanation_from_data
from engine.report.restored_concepts import concepts_from_data
from engine.report.segments import label

if TYPE_CHECKING:
    from engine.report.pages import Pages

_CONCEPT_SHARE = 0.3


@dataclass(frozen=True)
class ExplanationResult:
    """An explanation, and the concepts of its candidates by their place; none without features."""

    explanation: Explanation
    concepts: Mapping[int, ConceptExplanation]


@dataclass(frozen=True)
class ExplanationItem:
    """Why a query and its candidates are similar.

    Attributes:
        request: what is explained, and how.
        dictionary: the autoencoder of the open workspace whose concepts are shown, empty for none.
        fold_families: one row for each family of features.
        concepts: places of the candidates whose concepts are shown; None for all.
        kind: "explanation".
    """

    request: ExplainRequest
    dictionary: str = ""
    fold_families: bool = False
    concepts: tuple[int, ...] | None = None
    kind: str = "explanation"

    @property
    def title(self) -> str:
        """One line that says what it is."""
        return f"Why “{label(self.request.query, 60)}” matches"

    @property
    def needs_workspace(self) -> bool:
        """Whether concepts are shown."""
        return bool(self.dictionary)

    def check(self) -> None:
        """Refuse what no model could answer.

        Raises:
            UserError: see `ExplainRequest.check`; or concepts of candidates that are not there.
        """
        self.request.check()
        if not set(self.concepts or ()) <= set(range(len(self.request.candidates))):
            raise UserError("concepts are asked for of candidates that are not there; choose others")

    @staticmethod
    def of(
        instrument: Instrument,
        explanation: Explanation,
        concepts: Mapping[int, ConceptExplanation] | None = None,
        layer_path: str | None = None,
    ) -> Evidence:
        """Return an explanation that is there already as evidence.

        Args:
            instrument: with the workspace of the concepts, if there are any.
            explanation: the result.
            concepts: the concepts of its pairs by their place, all of one autoencoder.
            layer_path: the dotted path to the layers, if one was given for the model.

        Raises:
            UserError: the concepts are of several autoencoders, or their workspace is closed.
        """
        shown = dict(sorted((concepts or {}).items()))
        names = {one.dictionary for one in shown.values()}
        if len(names) > 1:
            raise UserError("the concepts of one report are of one autoencoder; choose one")
        folded = any(one.ledger.members for one in shown.values())
        item = ExplanationItem(
            replace(explanation.request, preview=False),
            next(iter(names), ""),
            folded,
            None if len(shown) in (0, len(explanation.pairs)) else tuple(shown),
        )
        source = workspace_source(instrument, item.dictionary) if item.dictionary else None
        return item.evidence(explanation, shown, model_source(explanation.model, layer_path), source)

    def evidence(
        self,
        explanation: Explanation,
        concepts: Mapping[int, ConceptExplanation],
        model: ModelSource,
        workspace: WorkspaceSource | None,
    ) -> Evidence:
        """Return this item with its result."""
        return Evidence(
            self, ExplanationResult(explanation, concepts), model, workspace, made_now(explanation.seconds)
        )

    def compute(self, instrument: Instrument, job: Job | None = None) -> Evidence:
        """Explain, and take apart into concepts.

        Raises:
            UserError: see `check`, `Explainer.explain` and `explain_concepts`.
            Cancelled: it was asked to stop.
        """
        self.check()
        job, start = job or Job(), time.perf_counter()
        if self.dictionary:
            self.open_features(instrument, Job(job.cancel))
        share = 1 - _CONCEPT_SHARE if self.dictionary else 1.0
        explanation = instrument.explainer.explain(replace(self.request, preview=False), job.part(0, share))
        concepts = {}
        if self.dictionary:
            concepts = self.concepts_of(instrument, explanation, job.part(share, 1))
        explanation = replace(explanation, seconds=time.perf_counter() - start)
        return computed(self, instrument, ExplanationResult(explanation, concepts), explanation.seconds)

    def open_features(self, instrument: Instrument, job: Job) -> None:
        """Open the autoencoder, so that what is wrong with it is said before anything is explained.

        Raises:
            UserError: it is not there, or is of another model.
        """
        dictionary = instrument.open_dictionary(self.dictionary, job)
        dictionary.check_model(instrument.encoder.info.fingerprint)

    def concepts_of(
        self, instrument: Instrument, explanation: Explanation, job: Job
    ) -> dict[int, ConceptExplanation]:
        """Return the concepts of the candidates that show them, by their place."""
        dictionary = instrument.open_dictionary(self.dictionary, Job(job.cancel))
        names = feature_names(instrument.workspace, dictionary)
        places = range(len(explanation.pairs)) if self.concepts is None else self.concepts
        tolerance, found = self.request.tolerance, {}
        for place in places:
            pair = explanation.pairs[place]
            one = explain_concepts(instrument.explainer, dictionary, names, pair, tolerance, Job(job.cancel))
            if self.fold_families:
                one = one.folded(instrument.open_families(self.dictionary, Job(job.cancel)).family)
            found[place] = one
            job.step("concepts", (place + 1) / len(explanation.pairs))
        return found

    def arguments(self, evidence: Evidence) -> tuple[str, list[str]]:
        """Return the arguments of `explain`; only settings that differ from the defaults are named."""
        request = self.request
        arguments = option("--query", request.query)
        for candidate in request.candidates:
            arguments += option("--candidate", candidate)
        default = ExplainRequest(request.query, request.candidates)
        for name in ("method", "layer", "references", "similarity", "tolerance"):
            if getattr(request, name) != getattr(default, name):
                arguments += option(f"--{name}", str(getattr(request, name)))
        if not request.faithfulness:
            arguments.append("--no-faithfulness")
        if evidence.workspace is not None and self.dictionary:
            arguments += option("--workspace", evidence.workspace.folder) + option("--sae", self.dictionary)
            arguments += ["--fold-families"] if self.fold_families else []
        return "explain", arguments + model_options(evidence.model)

    def texts(self, evidence: Evidence) -> dict[str, str]:
        """Return the query and the candidates."""
        candidates = {f"candidate {n}": text for n, text in enumerate(self.request.candidates, start=1)}
        return {"query": self.request.query, **candidates}

    def result_data(self, evidence: Evidence) -> dict[str, Any]:
        """Return what `explain --json` writes: each candidate has its "concepts", None without."""
        result: ExplanationResult = evidence.result
        data = explanation_data(result.explanation)
        for place, candidate in enumerate(data["candidates"]):
            found = result.concepts.get(place)
            candidate["concepts"] = None if found is None else concepts_data(found)
        return data

    def result_from_data(
        self, data: Any, model: ModelSource, seconds: float, place: str
    ) -> ExplanationResult:
        """Return the result that `result_data` gave.

        Raises:
            UserError: something is missing, or does not fit the request.
        """
        self.check()
        explanation = explanation_from_data(data, self.request, model.info, seconds, place)
        concepts = {}
        for at, (one, pair) in enumerate(zip(data["candidates"], explanation.pairs, strict=True)):
            where = f"{place}.candidates[{at}].concepts"
            if field(one, "concepts", where) is not None:
                concepts[at] = concepts_from_data(one["concepts"], pair, self.dictionary, where)
        return ExplanationResult(explanation, concepts)

    def section(self, evidence: Evidence, place: int) -> Section:
        """Return the item of the page."""
        result: ExplanationResult = evidence.result
        return section_of(
            evidence,
            title=self.title,
            heading=HEADING,
            facts=explanation_facts(result.explanation),
            body=explanation_body(result.explanation, result.concepts, anchor(place)),
            settings=explanation_settings(result.explanation),
        )

    def write(self, evidence: Evidence, pages: "Pages") -> None:
        """Write the item on printed pages."""
        from engine.report.print_explanation import print_explanation

        print_explanation(pages, evidence.result.explanation, evidence.result.concepts)

    def tables(self, evidence: Evidence) -> dict[str, str]:
        """Return the tables of the explanation, and those of the concepts."""
        result: ExplanationResult = evidence.result
        return {**csv_tables(result.explanation), **concepts_tables(result.concepts)}
