"""Which differences between a report and what is recomputed are found, and which are none."""

import math
import time

import pytest

from engine.evidence.figures import Allowance, Rule, compare
from engine.evidence.tolerances import NO_FIGURES, rules_for, within_report
from engine.evidence.verify import Verification

LOOSE = (Rule(".*", "all", Allowance(relative=0.5, absolute=0.25)),)


def verdict(stated, recomputed, rules=LOOSE, skip=""):
    rows = compare(1, stated, recomputed, rules, skip)
    assert len(rows) == 1
    return rows[0].verdict


@pytest.mark.parametrize(
    ("stated", "recomputed", "expected"),
    [
        ({"a": 1.7}, {"a": 1.0}, "stands"),
        ({"a": 1.8}, {"a": 1.0}, "differs"),
        # What is allowed follows from what is recomputed: a report cannot widen it.
        ({"a": 2.2}, {"a": 1.0}, "differs"),
        # One number of many that is off is enough, wherever it stands.
        ({"a": 5.0, "b": 1.0}, {"a": 1.0, "b": 1.0}, "differs"),
        ({"a": 1.0, "b": 5.0}, {"a": 1.0, "b": 1.0}, "differs"),
        ([1.0, 1.0, 5.0], [1.0, 1.0, 1.0], "differs"),
        # So is one that only one side has.
        ({"a": 1.0}, {"a": 1.0, "b": 1.0}, "differs"),
        ({"a": 1.0, "b": 1.0}, {"a": 1.0}, "differs"),
        ({"a": 1.0, "b": None}, {"a": 1.0}, "differs"),
        ({"a": 1.0}, {"a": 1.0, "b": None}, "differs"),
        ([1.0, 1.0], [1.0], "differs"),
        # Whole numbers count something, and truth is no number.
        ({"a": 20_260_203}, {"a": 20_260_204}, "differs"),
        ({"a": True}, {"a": 1}, "stands"),
        ({"a": True}, {"a": 1.25}, "differs"),
        ({"a": 1}, {"a": 1.0}, "stands"),
        # A text beside numbers is compared, too.
        ({"a": 1.0, "b": "x"}, {"a": 1.0, "b": "y"}, "differs"),
        ({"a": "1.0"}, {"a": 1.0}, "differs"),
        ({"a": []}, {"a": {}}, "differs"),
        # What is not finite stands for nothing.
        ({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": math.nan}, "differs"),
        ({"a": 1.0, "b": 1.0}, {"a": math.nan, "b": 1.0}, "differs"),
        ({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": math.inf}, "differs"),
        ({"a": math.inf}, {"a": math.inf}, "differs"),
        ({"a": math.nan}, {"a": math.nan}, "differs"),
    ],
)
def test_what_differs(stated, recomputed, expected):
    assert verdict(stated, recomputed) == expected


def test_what_is_no_figure_is_named_whole():
    assert compare(1, {"seconds": 1.0}, {"seconds": 2.0}, LOOSE, NO_FIGURES) == []
    assert verdict({"seconds_a": 1.0}, {"seconds_a": 9.0}, LOOSE, NO_FIGURES) == "differs"
    assert verdict({"a": {"seconds2": 1.0}}, {"a": {"seconds2": 9.0}}, LOOSE, NO_FIGURES) == "differs"


def test_a_rule_is_of_whole_paths():
    rules = (Rule("a", "loose", Allowance(absolute=10.0)),)
    assert verdict({"a": 1.0}, {"a": 9.0}, rules) == "stands"
    assert verdict({"ab": 1.0}, {"ab": 9.0}, rules) == "differs"


TOLERANCE = 0.002
NOISE, EXACT = 1e-4 + 1e-5, 1e-6 + 1e-9
# How far a number near 1 may be off: on the same device with the same nodes, and else.
ALLOWED = [
    ("explanation", "candidates/0/similarity", NOISE, NOISE),
    ("explanation", "candidates/0/ledger/explained", NOISE, 4 * TOLERANCE),
    ("explanation", "candidates/0/ledger/residual", NOISE, 4 * TOLERANCE),
    ("explanation", "candidates/0/ledger/reference", NOISE, NOISE),
    ("explanation", "candidates/0/reference_parts/1", NOISE, NOISE),
    ("explanation", "candidates/0/matrix/1/2", NOISE, 2.2 * TOLERANCE),
    ("explanation", "candidates/0/word_matrix/1/2", NOISE, 2.2 * TOLERANCE),
    ("explanation", "candidates/0/query_importance/1", NOISE, 4 * TOLERANCE),
    ("explanation", "candidates/0/candidate_importance/1", NOISE, 4 * TOLERANCE),
    ("explanation", "candidates/0/error/query", 0.01 + 1e-5, TOLERANCE),
    ("explanation", "candidates/0/faithfulness/deletion/area", 1e-4, 0.02),
    ("explanation", "candidates/0/faithfulness/insertion/random_area", 1e-4, 0.02),
    ("explanation", "candidates/0/faithfulness/deletion/values/3", 1e-4, 0.02),
    ("explanation", "candidates/0/faithfulness/deletion/z", 0.012, 0.4),
    ("explanation", "candidates/0/faithfulness/spearman", 1e-3, 0.05),
    ("explanation", "candidates/0/faithfulness/leave_one_out/1/2", NOISE, NOISE),
    ("explanation", "candidates/0/concepts/ledger/bias", NOISE, NOISE),
    ("explanation", "candidates/0/concepts/features/0/contribution", NOISE, NOISE),
    ("explanation", "candidates/0/concepts/features/0/query_activation", NOISE, NOISE),
    ("explanation", "candidates/0/concepts/features/0/query_tokens/1/activation", NOISE, 4 * TOLERANCE),
    ("explanation", "candidates/0/concepts/features/0/query_tokens/1/share", NOISE, 4 * TOLERANCE),
    ("explanation", "candidates/0/concepts/erasure/erased", NOISE, NOISE),
    ("explanation", "candidates/0/total_tokens", 0.0, 0.0),
    ("explanation", "tolerance", 0.0, 0.0),
    ("explanation", "something new", 0.0, 0.0),
    ("ranking", "hits/0/similarity", NOISE, NOISE),
    ("ranking", "hits/0/percentile", 0.05, 0.05),
    ("ranking", "hits/0/query_similarity", NOISE, NOISE),
    ("ranking", "hits/0/words/1/share", NOISE, 2 * TOLERANCE + 1e-5),
    ("ranking", "hits/0/query_words/1/share", NOISE, 2 * TOLERANCE + 1e-5),
    ("ranking", "hits/0/metadata/weight", EXACT, EXACT),
    ("ranking", "drift", NOISE, NOISE),
    ("ranking", "turned/0/scale", NOISE, NOISE),
    ("ranking", "something new", 0.0, 0.0),
    ("feature", "fire_rate", EXACT, EXACT),
    ("feature", "threshold", EXACT, EXACT),
    ("feature", "score/pearson", EXACT, EXACT),
    ("feature", "keywords/0/score", EXACT, EXACT),
    ("feature", "top/0/activation", NOISE, NOISE),
    ("feature", "top/0/words/1/share", NOISE, 2 * TOLERANCE + 1e-5),
    ("feature", "top/0/outside", NOISE, 2 * TOLERANCE + 1e-5),
    ("feature", "near_misses/0/activation", NOISE, NOISE),
    ("feature", "histogram/edges/1", NOISE, NOISE),
    ("feature", "similar/0/cosine", NOISE, NOISE),
    ("feature", "coactive/0/phi", NOISE, NOISE),
    ("feature", "metadata/values/0/lift", EXACT, EXACT),
    ("feature", "family/ratio", EXACT, EXACT),
    ("feature", "something new", 0.0, 0.0),
]


def nested(path, value):
    for step in reversed(path.split("/")):
        value = {step: value}
    return value


def shape(nodes=16, within=False):
    sides = ("query", "candidate")
    return {
        "candidates": [{"nodes": dict.fromkeys(sides, nodes), "within_span": dict.fromkeys(sides, within)}]
    }


@pytest.mark.parametrize(
    ("kind", "path", "here", "elsewhere"), ALLOWED, ids=[path for _, path, *_ in ALLOWED]
)
def test_how_far_a_number_may_be_off(kind, path, here, elsewhere):
    cases = [(rules_for(kind, shape(), shape(), TOLERANCE, True), here)]
    cases += [(rules_for(kind, shape(), shape(), TOLERANCE, False), elsewhere)]
    if kind == "explanation":
        cases += [(rules_for(kind, shape(16), shape(17), TOLERANCE, True), elsewhere)]
    for rules, allowed in cases:
        for off, expected in ((0.9 * allowed, "stands"), (1.1 * allowed + 1e-12, "differs")):
            for stated in (1.0 + off, 1.0 - off):
                assert verdict(nested(path, stated), nested(path, 1.0), rules, NO_FIGURES) == expected


def test_the_error_of_a_text_known_in_part_may_be_another_within_the_tolerance():
    rules = rules_for("explanation", shape(), shape(within=True), TOLERANCE, True)
    path = "candidates/0/error/query"
    assert verdict(nested(path, 0.0009), nested(path, 0.0028), rules) == "stands"
    assert verdict(nested(path, 0.0009), nested(path, 0.003), rules) == "differs"
    same = rules_for("explanation", shape(), shape(), TOLERANCE, True)
    assert verdict(nested(path, 0.0009), nested(path, 0.001), same) == "differs"


@pytest.mark.parametrize(("same_device", "off"), [(True, 0), (False, 32)])
def test_nodes_are_the_same_on_one_kind_of_device(same_device, off):
    rules = rules_for("explanation", shape(), shape(), TOLERANCE, same_device)
    path = "candidates/0/nodes/query"
    assert verdict(nested(path, 40 + off), nested(path, 40), rules) == "stands"
    assert verdict(nested(path, 41 + off), nested(path, 40), rules) == "differs"


WHOLE = [
    *(("ranking", path) for path in ("hits/0/rank", "hits/0/document", "searched", "documents", "layer")),
    *(("ranking", path) for path in ("hits/0/metadata/date", "hits/0/words/0/span/0")),
    *(("feature", path) for path in ("feature", "documents", "histogram/counts/0", "score/rank")),
    *(
        ("explanation", path)
        for path in ("layer", "candidates/0/total_tokens", "candidates/0/words/0/span/1")
    ),
    ("explanation", "candidates/0/faithfulness/deletion/orders"),
]


@pytest.mark.parametrize(("kind", "path"), WHOLE)
def test_what_is_whole_is_the_same_everywhere(kind, path):
    for same_device in (True, False):
        rules = rules_for(kind, shape(), shape(), TOLERANCE, same_device)
        assert verdict(nested(path, 20_260_203), nested(path, 20_260_203), rules) == "stands"
        assert verdict(nested(path, 20_260_204), nested(path, 20_260_203), rules) == "differs"


@pytest.mark.parametrize(
    "path", ["result/candidates/0/matrix/0/1", "made/seconds", "result/hits/0/similarity"]
)
def test_a_report_agrees_with_itself_but_for_rounding(path):
    assert verdict(nested(path, 1.0 + 0.9 * EXACT), nested(path, 1.0), within_report()) == "stands"
    assert verdict(nested(path, 1.0 + 1.1 * EXACT), nested(path, 1.0), within_report()) == "differs"


def test_a_report_stands_only_if_each_figure_does():
    (stands,) = compare(1, {"a": 1.0}, {"a": 1.0}, LOOSE)
    (differs,) = compare(1, {"a": 9.0}, {"a": 1.0}, LOOSE)
    assert Verification("", (), (stands, stands)).stands
    assert not Verification("", (), (stands, differs)).stands
    assert not Verification("", (), (differs, stands)).stands


def test_many_values_of_one_figure_are_compared_in_time_that_grows_with_their_number():
    words = [{"text": "word", "share": 0.5} for _ in range(20_000)]
    start = time.perf_counter()
    assert verdict(words, words, LOOSE) == "stands"
    assert time.perf_counter() - start < 5
