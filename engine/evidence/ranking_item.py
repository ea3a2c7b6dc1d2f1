"""A ranking of the documents of a workspace, with filters, steering and the words that drove each hit."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.attribution.request import Similarity
from engine.concepts.names import feature_names
from engine.errors import UserError
from engine.evidence.evidence import Evidence, model_source, workspace_source
from engine.instrument import Instrument
from engine.jobs import Cancelled, Job
from engine.report.html import Section, anchor
from engine.report.plain import decode, encode, refused
from engine.report.provenance import (
    ModelSource,
    made_now,
    model_options,
    option,
    shell_command,
    source_settings,
)
from engine.report.ranking import RankingResult, ranking_result, ranking_tables
from engine.report.ranking_section import HEADING, ranking_body, ranking_facts, ranking_settings
from engine.report.segments import label
from engine.retrieval.explain_hits import ExplainedHit, explain_hits
from engine.retrieval.filters import Filters
from engine.retrieval.index import SearchIndex
from engine.retrieval.search import check_count, embed_query, search
from engine.retrieval.steering import check_weights, steer

if TYPE_CHECKING:
    from engine.report.pages import Pages


@dataclass(frozen=True)
class RankingItem:
    """The documents most similar to a query.

    Attributes:
        query: as written.
        top: how many hits.
        words: only documents that hold all these words; empty for all.
        columns: only documents with these values: pairs of a column and a value.
        similarity: "cosine" (default) or "dot".
        dictionary: the autoencoder whose features steer the query; empty for none.
        weights: pairs of a feature and its weight.
        explain: whether the words of each hit are shown.
        kind: "ranking".
    """

    query: str
    top: int = 10
    words: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    similarity: Similarity = "cosine"
    dictionary: str = ""
    weights: tuple[tuple[int, float], ...] = ()
    explain: bool = True
    kind: str = "ranking"

    @property
    def title(self) -> str:
        """One line that says what it is."""
        return f"Ranking for “{label(self.query, 60)}”"

    @property
    def needs_workspace(self) -> bool:
        """A ranking is of the documents of one."""
        return True

    def check(self) -> None:
        """Refuse what no workspace could answer.

        Raises:
            UserError: an empty query, a number of hits or a weight out of range, weights without features.
        """
        if not self.query.strip():
            raise UserError("query: the text is empty; write at least one word")
        check_count(self.top)
        check_weights(dict(self.weights))
        if self.weights and not self.dictionary:
            raise UserError("the query is steered, but by no features; name them")
        if self.similarity not in ("cosine", "dot"):
            raise UserError(f"unknown similarity {self.similarity!r}; choose one of cosine, dot")

    def compute(self, instrument: Instrument, job: Job | None = None) -> Evidence:
        """Search the open workspace, and explain the hits if they are to be.

        Raises:
            UserError: see `check`, `search` and `steer`.
            Cancelled: it was asked to stop.
        """
        evidence, finished = self.found(instrument, job)
        if not finished:
            raise Cancelled
        return evidence

    def found(self, instrument: Instrument, job: Job | None = None) -> tuple[Evidence, bool]:
        """Return the ranking as far as it came, and whether it came to its end.

        A cancellation while the words of the hits are being found keeps those that are known.

        Raises:
            UserError: see `compute`.
            Cancelled: it was asked to stop before there were hits.
        """
        self.check()
        job, start = job or Job(), time.perf_counter()
        index = instrument.search_index
        if self.similarity != index.similarity:
            index = SearchIndex(instrument.workspace.active_vectors(), self.similarity)
        query, steered = embed_query(instrument.encoder, self.query), None
        names: tuple[str, ...] = ()
        if self.dictionary:
            dictionary = instrument.open_dictionary(self.dictionary, job.part(0, 0.1))
            names = feature_names(instrument.workspace, dictionary)
            steered = steer(dictionary, query.vector, dict(self.weights))
        ranking = search(
            instrument.workspace,
            index,
            query,
            self.top,
            Filters(self.words, self.columns),
            None if steered is None else steered.vector,
            job.part(0.1, 0.2),
        )
        explained: list[ExplainedHit] = []
        finished = True
        try:
            if self.explain:
                explain_hits(
                    instrument.explainer,
                    self.query,
                    [hit.text for hit in ranking.hits],
                    explained.append,
                    self.similarity,
                    vector=None if steered is None else steered.vector,
                    job=job.part(0.2, 1),
                )
        except Cancelled:
            finished = False
        evidence = Evidence(
            self,
            ranking_result(ranking, explained, steered, names, index),
            model_source(instrument.encoder.info, instrument.layer_path),
            workspace_source(instrument, self.dictionary),
            made_now(time.perf_counter() - start),
        )
        return evidence, finished

    def arguments(self, evidence: Evidence) -> tuple[str, list[str]]:
        """Return the arguments of `search`."""
        arguments = [evidence.workspace.folder] if evidence.workspace is not None else []
        arguments += option("--query", self.query) + option("--top", str(self.top))
        if self.words:
            arguments += option("--words", self.words)
        for column, value in self.columns:
            arguments += option("--filter", f"{column}={value}")
        if self.similarity != "cosine":
            arguments += option("--similarity", self.similarity)
        if self.dictionary:
            arguments += option("--sae", self.dictionary)
        for feature, weight in self.weights:
            arguments += option("--steer", f"{feature}={weight!r}")
        arguments += ["--explain"] if self.explain else []
        return "search", arguments + model_options(evidence.model)

    def texts(self, evidence: Evidence) -> dict[str, str]:
        """Return the query and the texts of the hits."""
        result: RankingResult = evidence.result
        return {"query": self.query, **{f"hit {hit.rank}": hit.text for hit in result.hits}}

    def result_data(self, evidence: Evidence) -> dict[str, Any]:
        """Return the hits, how many documents were searched, and how the query was steered."""
        data: dict[str, Any] = encode(evidence.result)
        return data

    def result_from_data(self, data: Any, model: ModelSource, seconds: float, place: str) -> RankingResult:
        """Return the result that `result_data` gave.

        Raises:
            UserError: something is missing, or a word lies outside its text.
        """
        self.check()
        result = decode(RankingResult, data, place)
        for hit in result.hits:
            check_words(hit.text, hit.words, f"{place}.hits")
            check_words(self.query, hit.query_words, f"{place}.hits")
        return result

    def section(self, evidence: Evidence, place: int) -> Section:
        """Return the item of the page."""
        sources, computed = source_settings(evidence.model, evidence.workspace, evidence.made)
        result: RankingResult = evidence.result
        filters = self._filters()
        return Section(
            kind="Ranking",
            title=self.title,
            heading=HEADING,
            facts=ranking_facts(evidence.model.info, self.similarity, result),
            body=ranking_body(self.query, self.similarity, filters, result, anchor(place)),
            settings=(*sources, *ranking_settings(self.similarity, filters, result), *computed),
            command=shell_command(evidence.made, *self.arguments(evidence)),
        )

    def _filters(self) -> list[str]:
        words = [f"words {self.words}"] if self.words else []
        return words + [f"{column} = {value}" for column, value in self.columns]

    def write(self, evidence: Evidence, pages: "Pages") -> None:
        """Write the item on printed pages."""
        from engine.report.print_ranking import print_ranking

        print_ranking(pages, self.query, self.similarity, self._filters(), evidence.result)

    def tables(self, evidence: Evidence) -> dict[str, str]:
        """Return the tables of hits, words and steering."""
        return ranking_tables(evidence.result)


def check_words(text: str, words: tuple[Any, ...] | None, place: str) -> None:
    """Refuse words that do not stand where they say.

    Raises:
        UserError: a word is not what its span holds, or spans overlap.
    """
    end = 0
    for word in words or ():
        if not end <= word.span[0] < word.span[1] <= len(text) or text[slice(*word.span)] != word.text:
            raise refused(place, "has words that do not fit their text")
        end = word.span[1]
