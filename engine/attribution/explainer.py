"""The explainer: a request in, explanations of one query against its candidates out."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from engine.attribution.contributions import TokenContributions
from engine.attribution.faithfulness import Faithfulness, check_faithfulness
from engine.attribution.integrated_jacobians import REVERSE_COST
from engine.attribution.methods import contributions_by
from engine.attribution.pair import PairExplanation, explain_pair, span_basis
from engine.attribution.request import ExplainRequest
from engine.encoder import Encoder, FloatArray, ModelInfo, TokenizedText
from engine.errors import UserError
from engine.jobs import Job
from engine.memory import explained_shortage, release_freed_memory

# Vectors of sixty texts of 256 tokens. A text also keeps its tokens and words, about 10 kB of small objects.
CACHE_BYTES, CACHE_TEXTS = 24_000_000, 500
_CHECKED_TEXTS = 1_000
SHORT_QUERY_TOKENS = 32
_FAITHFULNESS_SHARE = 0.4
_LONG_CHARACTERS = 600
# Of a preview, whose layer makes it differ from the whole by more than that anyway.
_FIRST_TOLERANCE = 2e-2


@dataclass(frozen=True)
class Explanation:
    """What came of a request.

    Attributes:
        request: what was asked (of a preview: with the layer that was used).
        model: the model that answered.
        pairs: one explanation per candidate, in the order of the request.
        faithfulness: one set of tests per candidate, None where none was asked for.
        preview: True if a better answer follows.
        seconds: wall time from request to result.
    """

    request: ExplainRequest
    model: ModelInfo
    pairs: tuple[PairExplanation, ...]
    faithfulness: tuple[Faithfulness | None, ...]
    preview: bool
    seconds: float


class Explainer:
    """Explains pairs with one encoder, and remembers each text's contributions.

    Args:
        encoder: the model.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._cache: OrderedDict[tuple[object, ...], TokenContributions] = OrderedDict()
        self._checked: OrderedDict[tuple[str, str], None] = OrderedDict()

    def explain(
        self,
        request: ExplainRequest,
        job: Job | None = None,
        partial: Callable[[Explanation], None] | None = None,
    ) -> Explanation:
        """Explain every candidate of a request.

        Args:
            request: what to explain, and how.
            job: progress and cancellation.
            partial: called after each candidate with what is there: first, where the whole takes long, with
                previews, then, but for the last candidate, with the explanations themselves.

        Raises:
            UserError: empty text, an unknown setting, a layer that is not there, or no memory left.
        """
        self._validate(request)
        job = job or Job()
        try:
            with explained_shortage(self.encoder.device):
                if request.preview and partial is not None and self._takes_long(request):
                    layer = self._layer_of_first_answer(request)
                    quick = replace(request, layer=layer, faithfulness=False, tolerance=_FIRST_TOLERANCE)

                    def previewed(known: Explanation) -> None:
                        partial(replace(known, preview=True))

                    previewed(self._explain(quick, job.part(0, 0.15), previewed))
                    job = job.part(0.15, 1)
                return self._explain(request, job, partial)
        finally:
            release_freed_memory()

    @property
    def preview_layer(self) -> int:
        """The layer of a quick answer: two thirds up, where a path needs few nodes and a third of a pass."""
        return (2 * self.encoder.info.layers) // 3

    def contributions(
        self,
        text: TokenizedText,
        request: ExplainRequest,
        seen_from: TokenContributions | None = None,
        job: Job | None = None,
    ) -> TokenContributions:
        """Return a text's contributions by the request's method, from the cache where they are known.

        Args:
            text: tokenized by this encoder.
            request: method, layer and tolerance.
            seen_from: the other side of the pair; where it helps, the contributions are then computed
                only within the span that products with that side need.
            job: progress and cancellation.
        """
        layer = request.layer if request.method == "integrated-jacobians" else 0
        whole = (text.key, request.method, layer, request.tolerance)
        from_other = (*whole, request.references, seen_from.text.key) if seen_from is not None else whole
        for key in (whole, from_other):
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        self._check(text)
        basis: FloatArray | None = None
        if seen_from is not None and request.method == "integrated-jacobians":
            padding = self.encoder.reference_embedding(text)
            basis = span_basis(seen_from, padding, request.references)
        result = contributions_by(
            request.method, self.encoder, text, layer, request.tolerance, basis=basis, job=job
        )
        self._remember(whole if result.basis is None else from_other, result)
        return result

    def _explain(
        self, request: ExplainRequest, job: Job, partial: Callable[[Explanation], None] | None
    ) -> Explanation:
        start = time.perf_counter()
        query = self._tokenize(request.query, "query")
        candidates = [self._tokenize(text, "document") for text in request.candidates]
        pairs: list[PairExplanation] = []
        tests: list[Faithfulness | None] = []
        for index, candidate in enumerate(candidates):
            one = job.part(index / len(candidates), (index + 1) / len(candidates))
            share = 1 - _FAITHFULNESS_SHARE if request.faithfulness else 1.0
            pair = self._pair(query, candidate, candidates, request, one.part(0, share))
            pairs.append(pair)
            tests.append(
                check_faithfulness(self.encoder, pair, one.part(share, 1)) if request.faithfulness else None
            )
            result = Explanation(
                request, self.encoder.info, tuple(pairs), tuple(tests), False, time.perf_counter() - start
            )
            if partial is not None and index + 1 < len(candidates):
                partial(result)
        job.step("explained", 1)
        return result

    def _pair(
        self,
        query: TokenizedText,
        candidate: TokenizedText,
        candidates: list[TokenizedText],
        request: ExplainRequest,
        job: Job,
    ) -> PairExplanation:
        # The side that costs less is computed whole; the other only as far as the first can see it. A
        # short query is computed whole in any case, so that the next candidate costs one text.
        from_candidates = REVERSE_COST * sum(len(text.content) for text in candidates)
        if len(query.content) > SHORT_QUERY_TOKENS and from_candidates < len(query.content):
            right = self.contributions(candidate, request, None, job.part(0, 0.3))
            left = self.contributions(query, request, right, job.part(0.3, 1))
        else:
            left = self.contributions(query, request, None, job.part(0, 0.4))
            right = self.contributions(candidate, request, left, job.part(0.4, 1))
        return explain_pair(left, right, request.references, request.similarity)

    def _tokenize(self, text: str, role: Literal["query", "document"]) -> TokenizedText:
        try:
            return self.encoder.tokenize(text, role)
        except UserError as error:
            name = "query" if role == "query" else "candidate"
            raise UserError(f"{name}: {error}") from error

    def _check(self, text: TokenizedText) -> None:
        if text.key not in self._checked:
            self.encoder.check(text)
            self._checked[text.key] = None
            if len(self._checked) > _CHECKED_TEXTS:
                self._checked.popitem(last=False)

    def _remember(self, key: tuple[object, ...], result: TokenContributions) -> None:
        self._cache[key] = result
        kept = sum(entry.vectors.nbytes for entry in self._cache.values())
        while len(self._cache) > 1 and (kept > CACHE_BYTES or len(self._cache) > CACHE_TEXTS):
            kept -= self._cache.popitem(last=False)[1].vectors.nbytes

    def _takes_long(self, request: ExplainRequest) -> bool:
        if request.method != "integrated-jacobians" or request.layer >= self.preview_layer:
            return False
        return _longest(request) > 200 or len(request.candidates) > 1

    def _layer_of_first_answer(self, request: ExplainRequest) -> int:
        """Return the layer of a preview: the last one where two layers of a long text take seconds."""
        long = _longest(request) > _LONG_CHARACTERS
        return self.encoder.info.layers - 1 if long else self.preview_layer

    def _validate(self, request: ExplainRequest) -> None:
        request.check()
        if not 0 <= request.layer < self.encoder.info.layers:
            raise UserError(
                f"layer {request.layer} is not there: {self.encoder.info.name} has layers 0 to "
                f"{self.encoder.info.layers - 1}"
            )


def _longest(request: ExplainRequest) -> int:
    return max(len(text) for text in (request.query, *request.candidates))
