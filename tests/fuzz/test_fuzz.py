"""Any file from a stranger gives a result or one line that says what is wrong."""

import json
import time

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz import checkpoints, readers, reports, workspaces
from tests.fuzz.__main__ import signature

SLOWEST_SECONDS = 5.0
_PROFILE = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TARGETS = {"readers": readers, "checkpoints": checkpoints, "workspaces": workspaces, "reports": reports}


def damaged(seed: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Overwrite, insert and cut at places between 0 and 1 of what is there."""
    data = seed
    for place, kind, payload in edits:
        at = int(place * len(data))
        match kind:
            case 0:
                data = data[:at] + payload + data[at + len(payload) :]
            case 1:
                data = data[:at] + payload + data[at:]
            case _:
                data = data[:at] + data[at + 8 * len(payload) :]
    return data


EDITS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 2), st.binary(min_size=1, max_size=8)),
    min_size=1,
    max_size=4,
)


def timed(run, data):
    start = time.monotonic()
    run(data)
    assert time.monotonic() - start < SLOWEST_SECONDS


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_whole_is_read(name):
    for seed in TARGETS[name].seeds():
        timed(TARGETS[name].run, seed)


@pytest.mark.parametrize(
    ("name", "examples"), [("readers", 300), ("checkpoints", 600), ("workspaces", 300), ("reports", 200)]
)
def test_damaged_files_are_read_or_refused_in_one_line(name, examples):
    target = TARGETS[name]
    seeds = target.seeds()

    @settings(_PROFILE, max_examples=examples)
    @given(st.integers(0, len(seeds) - 1), EDITS)
    def check(number, edits):
        timed(target.run, damaged(seeds[number], edits))

    check()


@settings(_PROFILE, max_examples=200)
@given(st.integers(0, 4), st.binary(max_size=300))
def test_any_bytes_are_a_corpus_or_refused(kind, content):
    timed(readers.run, bytes([kind]) + content)


SETTINGS = ("d_in", "d_sae", "k", "architecture", "config", "seed", "groups", "dict_class", "num_latents")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(_PROFILE, max_examples=200)
@given(st.lists(st.dictionaries(st.sampled_from(["text", "id", "\ud800", "a\0b"]), JSON), max_size=5))
def test_json_of_any_shape_is_a_corpus_or_refused(rows):
    timed(readers.run, b"\2" + "\n".join(map(json.dumps, rows)).encode())


@settings(_PROFILE, max_examples=300)
@given(
    st.integers(0, 20),
    st.sampled_from(["d_in", "d_sae", "k", "architecture", "config", "seed", "groups"]),
    JSON,
)
def test_settings_of_any_type_are_refused_or_used(number, key, value):
    for kind, config, weights in [seed for seed in checkpoints.seeds_of_settings() if seed[0] == number][:1]:
        changed = json.loads(config)
        places = [one for one in _objects(changed) if key in one] or [changed]
        places[-1][key] = value
        timed(checkpoints.run, checkpoints.pack(kind, json.dumps(changed).encode(), weights))


def _objects(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [one for other in inner for one in _objects(other)]
    return [value, *found] if isinstance(value, dict) else found


@settings(_PROFILE, max_examples=120)
@given(st.integers(0, 10_000), st.integers(0, 10_000), JSON)
def test_a_report_with_a_value_of_any_type_is_refused_or_verified(place, key, value):
    data = json.loads(reports.small_report().json())
    objects = [one for one in _objects(data) if one]
    chosen = objects[place % len(objects)]
    chosen[list(chosen)[key % len(chosen)]] = value
    timed(reports.run, json.dumps(data).encode())


@pytest.mark.parametrize("piece", ["<!--", "<a ", "</", "<script ", "&#", "<![CDATA[", "["])
def test_a_page_made_to_be_read_for_ever_is_refused_at_once(piece):
    timed(reports.run, (piece * 200_000).encode())


def test_a_finding_is_named_by_where_it_was_raised():
    with pytest.raises(TypeError) as caught:
        readers.open_reader(3)
    assert signature(caught.value).startswith("TypeError at readers.py:")
