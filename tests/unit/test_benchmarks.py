"""The parts of the benchmarks that only compute or write: no test here is timed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks.bootstrap import bootstrap_mean
from tests.benchmarks.measuring import Unavailable, alone, count_flops, peak_memory
from tests.benchmarks.pairs import nearest_pairs, read_definitions
from tests.benchmarks.table import Row, between_markers, gigabytes, interval, markdown, plain, seconds


def test_markdown_leaves_out_columns_that_no_row_fills():
    rows = [Row("time", "1 s", ratio="2 times"), Row("a|b", "3 s", ratio="", reached=None)]
    assert markdown(rows) == (
        "| what | Semascope | ratio |\n| --- | --- | --- |\n| time | 1 s | 2 times |\n| a\\|b | 3 s |  |"
    )


def test_a_missed_target_stands_out():
    rows = [Row("a", "1", target="2", reached=False), Row("b", "1", target="2", reached=True)]
    assert markdown(rows).splitlines()[2:] == ["| a | 1 | 2 | **no** |", "| b | 1 | 2 | yes |"]
    assert "reached:    no" in plain(rows)


def test_plain_text_names_what_it_has():
    assert plain([Row("time", "1 s", "other 2 s")]) == (
        "  time\n    Semascope:  1 s\n    beside it:  other 2 s"
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.01234, "12.3 ms"), (0.9, "900 ms"), (2.346, "2.35 s"), (321.9, "322 s"), (1674.4, "1674 s")],
)
def test_seconds(value: float, written: str):
    assert seconds(value) == written


def test_numbers_with_units():
    assert gigabytes(1_234_000_000) == "1.23 GB"
    assert interval(0.25, 0.2, 0.3) == "0.250 (0.200 to 0.300)"
    assert interval(-0.01, -0.02, 0.003, signed=True) == "-0.010 (-0.020 to +0.003)"


def test_content_replaces_what_stood_between_the_markers():
    document = "a\n<!-- one -->\nold\n<!-- /one -->\nb <!-- two -->\n<!-- /two -->\n"
    once = between_markers(document, "one", "new")
    assert once == "a\n<!-- one -->\nnew\n<!-- /one -->\nb <!-- two -->\n<!-- /two -->\n"
    assert between_markers(once, "one", "new") == once


@pytest.mark.parametrize(
    "document",
    [
        "<!-- one -->",
        "<!-- /one --> <!-- one -->",
        "<!-- one --><!-- one --><!-- /one -->",
        "<!-- one --><!-- /one --><!-- /one -->",
    ],
)
def test_markers_must_stand_once_and_in_order(document: str):
    with pytest.raises(ValueError, match="once each"):
        between_markers(document, "one", "new")


def test_the_readme_has_a_place_for_every_benchmark():
    document = command.README.read_text(encoding="utf-8")
    for name in command.NAMES:
        written = between_markers(document, name, command.section(name, [Row("x", "1 s")], 2.0))
        assert "| x | 1 s |" in written


@pytest.mark.parametrize("arguments", [["--quick", "--write"], ["nonsense"]])
def test_the_command_refuses(arguments: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.argv", ["benchmarks", *arguments])
    with pytest.raises(SystemExit) as refusal:
        command.main()
    assert refusal.value.code == 2


def test_what_is_not_available_is_named_and_writes_nothing(monkeypatch, capsys):
    def refuse(quick: bool) -> list[Row]:
        raise Unavailable("install it")

    before = command.README.read_bytes()
    monkeypatch.setattr("sys.argv", ["benchmarks", "next_candidate", "--write"])
    monkeypatch.setattr("tests.benchmarks.next_candidate.measure", refuse)
    assert command.main() == 1
    assert "next_candidate: not measured: install it" in capsys.readouterr().out
    assert command.README.read_bytes() == before


def test_a_missing_wordnet_says_what_to_install(tmp_path):
    with pytest.raises(Unavailable, match=r"data\.noun is not there; install .* wordnet-base"):
        read_definitions(tmp_path)


def test_pairs_are_nearest_within_limits_of_other_synsets_and_disjoint():
    angles = np.radians([0, 50, 5, 45, 290, 180, 225, 100, 103.0])
    embeddings = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    synsets = np.array(["a", "b", "a", "c", "d", "e", "f", "g", "h"])
    # 0 is nearest to 2 but shares its synset, so 3; 1 and 2 would take 3 again; 4 is too far from 6, which
    # is therefore left for 5; 7 and 8 are too near each other.
    found = nearest_pairs(embeddings, synsets, 9)
    assert [pair[:2] for pair in found] == [(0, 3), (5, 6)]
    assert [pair[2] for pair in found] == pytest.approx([np.cos(np.radians(45))] * 2, abs=1e-6)
    assert nearest_pairs(embeddings, synsets, 1) == found[:1]


def test_bootstrap_interval_of_a_mean():
    values = np.random.default_rng(1).normal(3, 2, 400)
    mean, low, high = bootstrap_mean(values)
    assert mean == pytest.approx(values.mean())
    # For a mean of many normal values the interval is 1.96 standard errors either way.
    error = values.std() / 20
    assert (high - mean, mean - low) == pytest.approx((1.96 * error, 1.96 * error), rel=0.05)
    assert bootstrap_mean([2.0, 2.0]) == (2.0, 2.0, 2.0)


def test_operations_are_counted_through_forward_and_reverse_transforms():
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    weight, x = torch.rand(5, 7), torch.rand(3, 5)
    product = 2 * 3 * 5 * 7
    assert count_flops(lambda: x @ weight) == product

    def forward() -> None:
        torch.func.vmap(lambda tangent: torch.func.jvp(lambda v: v @ weight, (x,), (tangent,))[1])(
            torch.rand(4, 3, 5)
        )

    with FlopCounterMode(display=False) as torchs_own:
        forward()
    assert count_flops(forward) == torchs_own.get_total_flops() >= 5 * product
    pull_back = torch.func.vjp(lambda v: v @ weight, x)[1]
    cotangents = torch.rand(4, 3, 7)
    assert count_flops(lambda: torch.func.vmap(pull_back)(cotangents)) == 4 * product


def test_a_process_of_its_own_has_its_own_peak_memory():
    block = np.ones(30_000_000)
    assert peak_memory() > block.nbytes
    # Python alone, without what this process has loaded; a peak handed down would show.
    assert 1e6 < alone("measuring:peak_memory", {}) < 100e6


def test_a_failure_in_a_process_of_its_own_is_told():
    with pytest.raises(RuntimeError, match="unexpected keyword argument 'size'"):
        alone("measuring:peak_memory", {"size": 1})
