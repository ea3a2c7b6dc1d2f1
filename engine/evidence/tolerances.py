"""Which figures each kind of item has, and how far each may be off when it is recomputed.

* The same numbers are summed in another order on another machine, or with another number of threads:
  float32 noise. An embedding is off by about 1e-6, contributions by about 1e-5 of the largest; ten times
  that is allowed (`NOISE`, and `_EXACT` for what is float64 from stored vectors).
* Integrated Jacobians are right to the tolerance that the report states, not to float32: where the
  quadrature chose another number of nodes, or another device computed it, two right answers may lie
  apart by the tolerance on either side of the pair. Where nodes and device are the same, so are the
  answers, and noise is all that is allowed: an edit by hand is found.
* The random orders of the faithfulness tests, the random draws of the erasure test and the random pairs
  behind percentiles are seeded: they reproduce. A percentile moves by one random pair of 20,000 at a
  time; ten are allowed. A z-score divides by the spread of random orders, which magnifies noise.
* On one kind of device the number of nodes is the same but for one explanation in a thousand, where the
  predicted error lies at the tolerance to within rounding. It must be the same, or stating another
  number would widen what is allowed for all others.
* The completeness error of a long text is taken within the span that the other text sees, unless the
  whole was known from an earlier explanation. Where one is the whole and the other is not, both lie
  within the tolerance, and no more can be said.
* Ranks, counts, names, tokens and texts are whole: none may differ.
"""

from typing import Any

from engine.evidence.figures import Allowance, Rule

NOISE = Allowance(relative=1e-4, absolute=1e-5)
_EXACT = Allowance(relative=1e-6, absolute=1e-9)
_PERCENTILE = Allowance(absolute=0.05)
NO_FIGURES = r"(.*/)?seconds|candidates/\d+/within_span/.*"


def rules_for(kind: str, stated: Any, recomputed: Any, tolerance: float, same_device: bool) -> list[Rule]:
    """Return the figures of an item.

    Args:
        kind: of the item.
        stated: its result in the report, and
        recomputed: the result of now; both as JSON's types.
        tolerance: of the integration, relative.
        same_device: whether both were computed on the same kind of device.
    """
    if kind == "explanation":
        same = same_device and _of_candidates(stated, "nodes") == _of_candidates(recomputed, "nodes")
        # What a text is known of depends on what was explained before it: its error is then another one.
        error = Allowance(relative=0.01, absolute=1e-5)
        if not same or _of_candidates(stated, "within_span") != _of_candidates(recomputed, "within_span"):
            error = Allowance(absolute=tolerance)
        return _explanation(tolerance, same, Allowance() if same_device else Allowance(whole=32), error)
    shares = NOISE if same_device else Allowance(relative=2 * tolerance, absolute=1e-5)
    return _ranking(shares) if kind == "ranking" else _feature(shares)


def within_report() -> list[Rule]:
    """Return the figures of the check that a report agrees with itself: nothing but rounding."""
    return [
        Rule(
            r"result/candidates/(\d+)/(\w+)(/.*)?",
            "candidate {0}: {1}, from the report’s own numbers",
            _EXACT,
        ),
        Rule(r"(item|model|workspace|made)/.*", "settings and sources, as printed", _EXACT),
        Rule(r"texts/.*", "fingerprints of the texts"),
        Rule(r"(command|title|kind)", "{0}"),
        Rule(r"result/.*", "the report’s own numbers", _EXACT),
    ]


def _explanation(tolerance: float, same: bool, nodes: Allowance, error: Allowance) -> list[Rule]:
    cells = NOISE if same else Allowance(relative=2 * tolerance, absolute=2 * tolerance * 0.1)
    sums = NOISE if same else Allowance(relative=2 * tolerance, absolute=2 * tolerance)
    areas = Allowance(absolute=1e-4) if same else Allowance(absolute=0.02)
    scores = Allowance(relative=2e-3, absolute=0.01) if same else Allowance(relative=0.1, absolute=0.3)
    order = Allowance(absolute=1e-3) if same else Allowance(absolute=0.05)
    at = r"candidates/(\d+)/"
    return [
        Rule(at + "similarity", "candidate {0}: similarity", NOISE),
        Rule(at + r"ledger/(explained|residual)", "candidate {0}: ledger, {1}", sums),
        Rule(at + r"ledger/(\w+)", "candidate {0}: ledger, {1}", NOISE),
        Rule(at + r"reference_parts(/.*)?", "candidate {0}: ledger, parts of the reference", NOISE),
        Rule(at + r"matrix/.*", "candidate {0}: matrix of tokens", cells),
        Rule(at + r"word_matrix/.*", "candidate {0}: matrix of words", cells),
        Rule(at + r"(query|candidate)_importance/.*", "candidate {0}: importance, {1}", sums),
        Rule(at + r"error/(query|candidate)", "candidate {0}: completeness error, {1}", error),
        Rule(at + r"nodes/(query|candidate)", "candidate {0}: quadrature nodes, {1}", nodes),
        Rule(at + r"faithfulness/(\w+)/(area|random_area)", "candidate {0}: {1}, {2}", areas),
        Rule(at + r"faithfulness/(\w+)/z", "candidate {0}: {1}, z", scores),
        Rule(at + r"faithfulness/(\w+)/orders", "candidate {0}: {1}, random orders"),
        Rule(at + r"faithfulness/(deletion|insertion)/.*", "candidate {0}: {1}, curve", areas),
        Rule(at + r"faithfulness/leave_one_out/.*", "candidate {0}: leave-one-out of pairs", NOISE),
        Rule(at + r"faithfulness/spearman", "candidate {0}: agreement, rank correlation", order),
        Rule(at + r"concepts/ledger/(\w+)", "candidate {0}: concepts, {1}", NOISE),
        Rule(at + r"concepts/similarity", "candidate {0}: concepts, similarity", NOISE),
        Rule(at + r"concepts/features/\d+/contribution", "candidate {0}: concepts, contributions", NOISE),
        Rule(at + r"concepts/features/\d+/\w+_activation", "candidate {0}: concepts, activations", NOISE),
        Rule(at + r"concepts/features/\d+/(feature|members/\d+|shared)", "candidate {0}: concepts, features"),
        Rule(at + r"concepts/features/\d+/label", "candidate {0}: concepts, names"),
        Rule(at + r"concepts/features/.*/activation", "candidate {0}: concepts, activations by words", sums),
        Rule(at + r"concepts/features/.*", "candidate {0}: concepts, flow", sums),
        Rule(at + r"concepts/erasure/.*", "candidate {0}: concepts, erasure test", NOISE),
        Rule(at + r".*", "candidate {0}: text, tokens and words"),
        Rule(r"query/.*", "query: text, tokens and words"),
        Rule(r"(app|model/.*|method|similarity|layer|references|tolerance)", "settings"),
    ]


def _ranking(shares: Allowance) -> list[Rule]:
    return [
        Rule(r"hits/\d+/(rank|id|document)", "ranks and documents"),
        Rule(r"hits/(\d+)/similarity", "hit {0}: similarity", NOISE),
        Rule(r"hits/(\d+)/percentile", "hit {0}: percentile", _PERCENTILE),
        Rule(r"hits/\d+/query_similarity", "similarities with the query as it was", NOISE),
        Rule(r"hits/(\d+)/words(/\d+/share)?", "hit {0}: words", shares),
        Rule(r"hits/(\d+)/query_words(/\d+/share)?", "hit {0}: words of the query", shares),
        Rule(r"hits/\d+/(text|metadata.*|words/.*|query_words/.*)", "texts, words and metadata", _EXACT),
        Rule(r"(searched|documents)", "documents, {0}"),
        Rule(r"drift", "drift of the steered query", NOISE),
        Rule(r"turned.*", "steering", NOISE),
        Rule(r"(note|layer|hits)", "{0}"),
    ]


def _feature(shares: Allowance) -> list[Rule]:
    return [
        Rule(r"(feature|fire_rate|documents|threshold|layer)", "{0}", _EXACT),
        Rule(r"score/(\w+)", "score of the name: {0}", _EXACT),
        Rule(r"keywords.*", "keywords", _EXACT),
        Rule(r"(label|machine_label|reason|group|starred|note)", "{0}"),
        Rule(r"top/(\d+)/activation", "document {0}: activation", NOISE),
        Rule(r"top/(\d+)/(words/\d+/share|outside)", "document {0}: words", shares),
        Rule(r"(quantiles|near_misses)/\d+/activation", "activations, {0}", NOISE),
        Rule(r"(top|quantiles|near_misses).*", "documents, {0}", _EXACT),
        Rule(r"histogram/counts.*", "histogram, counts"),
        Rule(r"histogram/edges.*", "histogram, edges", NOISE),
        Rule(r"(similar|coactive).*", "features, {0}", NOISE),
        Rule(r"metadata.*", "metadata", _EXACT),
        Rule(r"family.*", "family", _EXACT),
    ]


def _of_candidates(result: Any, name: str) -> list[Any]:
    return [candidate[name] for candidate in result["candidates"]]
