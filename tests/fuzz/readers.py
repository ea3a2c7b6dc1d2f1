"""The readers of corpora, the proposal of columns, the preview and the import.

An input is one byte that chooses the ending of the file's name, and the file.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.preview import preview_corpus
from engine.corpus.readers import open_reader
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from tests.fuzz.scratch import fresh

ENDINGS = (".csv", ".tsv", ".jsonl", ".parquet", ".txt")
_MOST_ROWS = 100_000


def run(data: bytes) -> None:
    """Read, preview and import a file; raises whatever is not allowed."""
    if not data:
        return
    path = fresh("corpus") / f"corpus{ENDINGS[data[0] % len(ENDINGS)]}"
    path.write_bytes(data[1:])
    said = ""
    try:
        rows = 0
        for row in open_reader(path).rows():
            rows += 1
            assert row.number >= 1
            assert all(isinstance(name, str) for name in row.fields)
            assert not (row.fields and row.problem)
        assert rows < _MOST_ROWS, f"{rows} rows from {len(data)} bytes"
    except UserError as error:
        said = str(error)
    assert "\n" not in said
    try:
        preview = preview_corpus(ImportRequest(path))
        assert all(len(row) == len(preview.columns.names) for row in preview.rows)
    except UserError:
        return
    _imported(path)


def _imported(path: Path) -> None:
    """Import what a preview was given of; all that was kept can be read back."""
    folder = path.parent / "workspace"
    try:
        report = import_corpus(folder, ImportRequest(path))
    except UserError:
        return
    with Workspace.open(folder) as workspace:
        assert workspace.document_count == report.documents
        for document in workspace.documents(range(1, min(report.documents, 50) + 1)):
            assert document.text
            # Other tools read the metadata as JSON, which knows no NaN and no Infinity.
            json.dumps(document.metadata, allow_nan=False)
        workspace.columns()


def seeds() -> list[bytes]:
    """Return small corpora of every kind and encoding."""
    table = 'id,text,score\n1,"a, quoted ""word""\nand a line",0.5\n2,plain,\n3,ünïcödé 🙂,1e9\n'
    lines = [
        {"id": 1, "text": "one", "tags": ["a", "b"], "deep": {"a": [1, {"b": None}]}},
        {"id": 2, "text": "two\ud800", "n": 1e308},
    ]
    jsonl = "\n".join(map(json.dumps, lines)) + '\n"a bare string"\n[1]\n{"text": NaN}\n'
    found = [
        b"\0" + table.encode(),
        b"\0" + table.replace(",", ";").encode("cp1252", "replace"),
        b"\0" + table.encode("utf-16"),
        b"\0" + table.encode("utf-8-sig"),
        b"\1" + table.replace(",", "\t").encode(),
        b"\2" + jsonl.encode(),
        b"\2" + jsonl.encode("utf-32"),
        b"\2" + ("[" * 2000 + "]" * 2000).encode(),
        b"\2" + ('{"text":' * 300 + '"x"' + "}" * 300).encode(),
        b"\4" + "a line\r\nanother\rthird\n\n".encode("utf-16-be"),
        b"\4" + bytes(range(256)),
    ]
    return [*found, *(b"\3" + one for one in _parquet_files())]


def _parquet_files() -> list[bytes]:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table(
        {
            "id": [1, 2, 3, 4],
            "text": ["one", "two", None, "two"],
            "tags": [["a"], [], None, ["b", "c"]],
            "when": pyarrow.array([0, 10**15, None, 1], pyarrow.timestamp("us", "UTC")),
            "part": pyarrow.array([{"a": 1, "b": "x"}] * 4),
            "vector": [[0.5, 1.0]] * 4,
        }
    )
    found = []
    for settings in (
        {"compression": "snappy"},
        {"compression": "none", "use_dictionary": False, "row_group_size": 2},
        {"compression": "zstd", "data_page_version": "2.0"},
    ):
        stream = io.BytesIO()
        pyarrow.parquet.write_table(table, stream, **settings)
        found.append(stream.getvalue())
    return found
