"""Corpora and checkpoints from a stranger: no code runs, and no small file takes a large memory."""

import io
import json
import pickle
import struct
import subprocess
import sys
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from engine.corpus import parquet, rows
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.readers import open_reader
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.sae import tensor_files
from engine.sae.checkpoints import load_checkpoint
from engine.sae.conversion import import_sae
from engine.sae.tensor_files import safetensors_bytes
from engine.sae.vector_files import open_vectors
from tests.fuzz import checkpoints

D, F = checkpoints.D, checkpoints.F
OWN = {"architecture": "vanilla", "input_dim": D, "features": F}


def weights(**changes):
    whole = {
        "W_enc": torch.ones(D, F),
        "b_enc": torch.zeros(F),
        "W_dec": torch.ones(F, D),
        "b_dec": torch.zeros(D),
    }
    return {**whole, **changes}


# -- corpora --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_a_line_without_end_is_passed_over_in_bounded_memory(name, tmp_path):
    """Sixty megabytes without a line break, read by a process that may have 350 more than it begins with."""
    pytest.importorskip("resource", reason="Windows has no such limit")
    path = tmp_path / name
    with path.open("wb") as stream:
        stream.write(b'{"text": "short"}\n' if name.endswith("jsonl") else b"text\nshort\n")
        for _ in range(60):
            stream.write(b"x" * 1_000_000)
        stream.write(b'\n{"text": "last"}\n' if name.endswith("jsonl") else b"\nlast\n")
    script = (
        "import resource, sys\n"
        "from engine.corpus.readers import open_reader\n"
        "linux = sys.platform == 'linux'\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * 4096 if linux else 2**34\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 350_000_000, resource.RLIM_INFINITY))\n"
        "rows = list(open_reader(sys.argv[1]).rows())\n"
        "print(sum(bool(row.problem) for row in rows), rows[-1].fields.get('text', '').strip())\n"
    )
    done = subprocess.run([sys.executable, "-c", script, path], check=False, capture_output=True, text=True)
    assert done.stdout == "1 last\n", done.stderr


def test_a_cell_that_is_no_text_of_a_person_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "MAX_CHARACTERS", 1_000)
    monkeypatch.setattr(parquet, "MAX_CHARACTERS", 1_000)
    pq.write_table(pa.table({"text": ["short", "x" * 2_000, "last"]}), tmp_path / "a.parquet")
    found = list(open_reader(tmp_path / "a.parquet").rows())
    assert [row.problem for row in found] == ["", rows.TOO_LONG, ""]


def test_a_long_value_that_a_parquet_file_holds_once_is_not_copied_for_every_row(tmp_path):
    """Five megabytes, kept once and named by 2,000 rows: 10 GB if all were unpacked together."""
    pytest.importorskip("resource", reason="Windows has no such limit")
    table = pa.table({"text": pa.DictionaryArray.from_arrays(pa.array([0] * 2_000), ["x" * 5_000_000])})
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd")
    assert (tmp_path / "a.parquet").stat().st_size < 100_000
    script = (
        "import sys\n"
        "from engine.corpus.readers import open_reader\n"
        "import engine.corpus.parquet, resource\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "reader = iter(open_reader(sys.argv[1]).rows())\n"
        "for _ in range(300):\n"
        "    assert len(next(reader).fields['text']) == 5_000_000\n"
        "scale = 1000 if sys.platform == 'linux' else 1_000_000\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // scale)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "a.parquet"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 2_000, f"{done.stdout} MB"


def test_a_group_that_unpacks_to_more_than_memory_is_named_and_left(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_LARGEST_GROUP", 10_000)
    pq.write_table(pa.table({"text": ["x" * 1000 + str(i) for i in range(100)]}), tmp_path / "a.parquet")
    found = list(open_reader(tmp_path / "a.parquet").rows())
    assert len(found) == 100
    assert all("write smaller row groups" in row.problem for row in found)


def test_rows_that_a_damaged_parquet_file_claims_are_not_listed_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_NAMED_LOST_ROWS", 30)
    pq.write_table(pa.table({"text": [f"t{i}" for i in range(100)]}), tmp_path / "a.parquet")
    monkeypatch.setattr(parquet, "_LARGEST_GROUP", 1)
    assert len(list(open_reader(tmp_path / "a.parquet").rows())) == 30


@pytest.mark.parametrize("depth", [51, 500, 100_000])
def test_json_nested_without_end_is_a_broken_line(depth, tmp_path):
    path = tmp_path / "a.jsonl"
    deep = "[" * depth + "]" * depth
    path.write_text(
        f'{{"text": "one", "deep": {deep}}}\n{{"text": "two", "deep": [[1]]}}\n', encoding="utf-8"
    )
    report = import_corpus(tmp_path / "workspace", ImportRequest(path))
    assert (report.documents, report.broken) == (1, 1)


def test_numbers_and_names_that_no_other_tool_could_read_are_not_kept(tmp_path):
    path = tmp_path / "a.jsonl"
    line = '{"text": "one", "a\\ud800": 1e999, "b\\u0000": NaN, "c": -Infinity}'
    path.write_text(line + "\n", encoding="utf-8")
    import_corpus(tmp_path / "workspace", ImportRequest(path))
    with Workspace.open(tmp_path / "workspace") as workspace:
        (document,) = workspace.documents([1])
        assert workspace.columns() == ("a?", "b\ufffd", "c")
        assert list(document.metadata.values()) == [None, None, None]
        json.dumps(document.metadata, allow_nan=False)


def test_a_formula_in_a_corpus_stays_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('text,note\n"=HYPERLINK(""http://x"")",@SUM(1)\n', encoding="utf-8")
    import_corpus(tmp_path / "workspace", ImportRequest(path))
    with Workspace.open(tmp_path / "workspace") as workspace:
        (document,) = workspace.documents([1])
    assert (document.text, document.metadata) == ('=HYPERLINK("http://x")', {"note": "@SUM(1)"})


# -- checkpoints ----------------------------------------------------------------------------------


def pair(folder, tensors, content=None, **settings):
    """Write a checkpoint of the repositories around BatchTopK."""
    stream = io.BytesIO()
    torch.save(tensors, stream)
    (folder / "sae.pt").write_bytes(stream.getvalue() if content is None else content)
    config = {"sae_type": "topk", "act_size": D, "dict_size": F, "top_k": 2, **settings}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


class Runs:
    """Unpickled, it makes a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("archive", [False, True])
def test_a_pickle_in_a_checkpoint_is_not_run(archive, tmp_path):
    ran = tmp_path / "ran"
    if archive:
        stream = io.BytesIO()
        torch.save({"W_enc": Runs(ran)}, stream)
        content = stream.getvalue()
    else:
        content = pickle.dumps({"W_enc": Runs(ran)})
    ran.unlink(missing_ok=True)
    with pytest.raises(UserError, match="may run code when opened: refused"):
        import_sae(pair(tmp_path, {}, content))
    assert not ran.exists()


def test_an_archive_that_unpacks_to_more_than_it_holds_is_refused(tmp_path):
    stream = io.BytesIO()
    torch.save(weights(W_enc=torch.zeros(2_000, 2_000)), stream)
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(stream) as source,
        zipfile.ZipFile(packed, "w", compression=zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            target.writestr(entry.filename, source.read(entry))
    assert len(packed.getvalue()) < 100_000
    with pytest.raises(UserError, match="refused"):
        import_sae(pair(tmp_path, {}, packed.getvalue()))


def test_a_tensor_that_claims_more_numbers_than_the_file_has_is_refused(tmp_path):
    """One number seen as a matrix of ten billion."""
    huge = 100_000
    tensors = weights(
        W_enc=torch.ones(1).expand(huge, huge), W_dec=torch.ones(1).expand(huge, huge),
        b_enc=torch.zeros(1).expand(huge), b_dec=torch.zeros(1).expand(huge),
    )  # fmt: skip
    with pytest.raises(UserError, match="is no plain array of numbers"):
        import_sae(pair(tmp_path, tensors, act_size=huge, dict_size=huge))


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64])
def test_weights_that_are_no_real_numbers_are_refused(dtype, tmp_path):
    with pytest.raises(UserError, match=r"holds torch\.|no plain array"):
        import_sae(pair(tmp_path, weights(W_enc=torch.ones(D, F).to(dtype))))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_weights_that_are_not_finite_are_refused(value, tmp_path):
    broken = torch.full((D, F), value, dtype=torch.float64)
    with pytest.raises(UserError, match="not finite"):
        import_sae(pair(tmp_path, weights(W_enc=broken)))


def saelens(folder, tensors, content=None, **settings):
    config = {"architecture": "standard", "d_in": D, "d_sae": F, **settings}
    (folder / "cfg.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "sae_weights.safetensors").write_bytes(content or safetensors_bytes(tensors))
    return folder


def test_a_rescaling_that_divides_by_nothing_is_refused(tmp_path):
    folder = saelens(tmp_path, weights(W_dec=torch.zeros(F, D)), rescale_acts_by_decoder_norm=True)
    with pytest.raises(UserError, match="not finite"):
        load_checkpoint(folder)


@pytest.mark.parametrize("length", [2**63, 2**40, 99_000_000, 0])
def test_a_header_of_absurd_length_is_refused(length, tmp_path):
    content = struct.pack("<Q", length) + b'{"W_enc": {}}' + bytes(100)
    with pytest.raises(UserError, match="not a safetensors file"):
        load_checkpoint(saelens(tmp_path, {}, content))
    (tmp_path / "v.safetensors").write_bytes(content)
    with pytest.raises(UserError, match="not a whole"):
        open_vectors(tmp_path / "v.safetensors")


def test_vectors_are_never_unpickled(tmp_path):
    import numpy as np

    ran = tmp_path / "ran"
    np.save(tmp_path / "v.npy", np.array([Runs(ran)], dtype=object), allow_pickle=True)
    ran.unlink(missing_ok=True)
    with pytest.raises(UserError, match="not a whole"):
        open_vectors(tmp_path / "v.npy")
    assert not ran.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"d_in": 2**62}, {"d_sae": 10**12}, {"d_sae": True}, {"d_in": 3.0}, {"d_in": "3"}, {"d_sae": -4},
        {"metadata": {"semascope": {"config": {**OWN, "input_dim": 3.0}}}},
        {"metadata": {"semascope": {"config": {**OWN, "seed": -1}}}},
        {"metadata": {"semascope": {"config": {**OWN, "l1": "0.2"}}}},
        {"metadata": {"semascope": 7}},
    ],
)  # fmt: skip
def test_sizes_that_are_not_those_of_the_weights_are_refused(changes, tmp_path):
    with pytest.raises(UserError):
        load_checkpoint(saelens(tmp_path, weights(), **changes))


def test_settings_of_absurd_size_or_depth_are_not_parsed(tmp_path, monkeypatch):
    folder = saelens(tmp_path, weights())
    (folder / "cfg.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(UserError, match="is not JSON"):
        load_checkpoint(folder)
    monkeypatch.setattr(tensor_files, "_LARGEST_CONFIG", 1_000)
    with pytest.raises(UserError, match="too large to hold settings"):
        load_checkpoint(folder)
