"""A ranking of documents or of given texts, with filters, steering and the words that drove each hit."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.attribution.request import Similarity
from engine.concepts.names import feature_names
from engine.errors import UserError
from engine.evidence.evidence import Evidence, computed, section_of
from engine.instrument import Instrument
from engine.jobs import Cancelled, Job
from engine.report.html import Section, anchor
from engine.report.plain import decode, encode, refused
from engine.report.provenance import ModelSource, model_options, option
from engine.report.ranking import RankingResult, ranking_result, ranking_tables
from engine.report.ranking_section import HEADING, ranking_body, ranking_facts, ranking_settings
from engine.report.segments import label
from engine.retrieval.explain_hits import ExplainedHit, explain_hits
from engine.retrieval.filters import Filters
from engine.retrieval.index import SearchIndex
from engine.retrieval.search import Query, Ranking, check_count, embed_query, rank_texts, search
from engine.retrieval.steering import Steered, check_weights, steer

if TYPE_CHECKING:
    from engine.report.pages import Pages


@dataclass(frozen=True)
class RankingItem:
    """The documents of a workspace, or the given texts, that are most similar to a query.

    Attributes:
        query: as written.
        top: how many hits.
        words: only documents that hold all these words; empty for all.
        columns: only documents with these values: pairs of a column and a value.
        similarity: "cosine" (default) or "dot".
        dictionary: the autoencoder whose features steer the query; empty for none.
        weights: pairs of a feature and its weight.
        explain: whether the words of each hit are shown.
        candidates: texts to rank in place of the documents of a workspace; empty for those.
        percentiles: whether texts are held against the random pairs of the open workspace's documents.
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
    candidates: tuple[str, ...] = ()
    percentiles: bool = False
    kind: str = "ranking"

    @property
    def title(self) -> str:
        """One line that says what it is."""
        of = f"of {self.ranked(len(self.candidates))} " if self.candidates else ""
        return f"Ranking {of}for “{label(self.query, 60)}”"

    @property
    def needs_workspace(self) -> bool:
        """Whether documents are ranked, features steer the query, or random pairs of documents are used."""
        return not self.candidates or bool(self.dictionary) or self.percentiles

    def ranked(self, count: int) -> str:
        """Return what is ranked, with its number: "1 text", "2,000 documents"."""
        noun = "text" if self.candidates else "document"
        return f"{count:,} {noun if count == 1 else noun + 's'}"

    def check(self) -> None:
        """Refuse what no workspace could answer.

        Raises:
            UserError: an empty text, a number of hits or a weight out of range, weights without features,
                filters where no documents are ranked.
        """
        for name, text in (("query", self.query), *(("candidate", text) for text in self.candidates)):
            if not text.strip():
                raise UserError(f"{name}: the text is empty; write at least one word")
        check_count(self.top)
        if self.candidates:
            check_count(len(self.candidates), "the number of candidates")
        if self.candidates and (self.words or self.columns):
            raise UserError("words and columns choose documents of a workspace; leave them out for texts")
        if self.percentiles and not self.candidates:
            raise UserError("documents always have percentiles; ask for those of candidates alone")
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
        query = embed_query(instrument.encoder, self.query)
        steered, names = self._steered(instrument, query, job.part(0, 0.1))
        ranking, index = self._ranked(instrument, query, steered, job.part(0.1, 0.2))
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
        result = ranking_result(ranking, explained, steered, names, index)
        return computed(self, instrument, result, time.perf_counter() - start), finished

    def _steered(
        self, instrument: Instrument, query: Query, job: Job
    ) -> tuple[Steered | None, tuple[str, ...]]:
        """Return the steered query and the names of all features; None and nothing without features."""
        if not self.dictionary:
            return None, ()
        dictionary = instrument.open_dictionary(self.dictionary, job)
        dictionary.check_model(instrument.encoder.info.fingerprint)
        names = feature_names(instrument.workspace, dictionary)
        return steer(dictionary, query.vector, dict(self.weights)), names

    def _ranked(
        self, instrument: Instrument, query: Query, steered: Steered | None, job: Job
    ) -> tuple[Ranking, SearchIndex]:
        """Return the hits, and what was searched."""
        vector = None if steered is None else steered.vector
        documents = self._index(instrument.search_index) if not self.candidates or self.percentiles else None
        if not self.candidates:
            assert documents is not None
            filters = Filters(self.words, self.columns)
            ranking = search(instrument.workspace, documents, query, self.top, filters, vector, job)
            return ranking, documents
        texts = self._index(instrument.texts_index(self.candidates, job.part(0, 0.5)))
        ranking = rank_texts(query, self.candidates, texts, documents, vector, job.part(0.5, 1))
        hits = tuple(replace(hit, name=f"candidate {hit.id}") for hit in ranking.hits[: self.top])
        return replace(ranking, hits=hits), texts

    def _index(self, index: SearchIndex) -> SearchIndex:
        return index if index.similarity == self.similarity else SearchIndex(index, self.similarity)

    def arguments(self, evidence: Evidence) -> tuple[str, list[str]]:
        """Return the arguments of `search`."""
        arguments = [evidence.workspace.folder] if evidence.workspace is not None else []
        arguments += option("--query", self.query)
        for candidate in self.candidates:
            arguments += option("--candidate", candidate)
        arguments += option("--top", str(self.top))
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
            UserError: something is missing, a word lies outside its text, or a text is none of the request.
        """
        self.check()
        result = decode(RankingResult, data, place)
        if self.candidates:
            asked = dict(enumerate(self.candidates, start=1))
            if any(asked.pop(hit.document, None) != hit.text for hit in result.hits):
                raise refused(f"{place}.hits", "are of other texts than their request")
        for hit in result.hits:
            check_words(hit.text, hit.words, f"{place}.hits")
            check_words(self.query, hit.query_words, f"{place}.hits")
        return result

    def section(self, evidence: Evidence, place: int) -> Section:
        """Return the item of the page."""
        result: RankingResult = evidence.result
        filters = self._filters()
        return section_of(
            evidence,
            title=self.title,
            heading=HEADING,
            facts=ranking_facts(evidence.model.info, self.similarity, result, self.ranked(result.documents)),
            body=ranking_body(self.query, self.similarity, filters, result, anchor(place)),
            settings=ranking_settings(self.similarity, filters, result),
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
