"""The opener of workspaces, and all that is read from one: documents, vectors, codes, labels, the journal.

An input is a list of changes to the files of a small whole workspace. A change is one byte that chooses the
file, one the kind of change, three the place, two a length, and as many bytes.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from engine.concepts.dictionary import dictionary_names, open_dictionary
from engine.concepts.families import open_families
from engine.concepts.labels import Keyword, LabelScore, MachineLabel, load_labels, save_labels
from engine.concepts.names import feature_names, journal_of
from engine.concepts.saved_runs import training_runs
from engine.concepts.table import feature_table
from engine.concepts.training_data import workspace_data
from engine.corpus.embedding import embed_documents
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.journal import Journal
from engine.corpus.queries import save_queries, saved_queries
from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.instrument import Instrument
from engine.retrieval.index import SearchIndex
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.checkpoints import checkpoint_digest, save_checkpoint
from engine.sae.tensor_files import json_bytes
from tests.fuzz.scratch import fresh, scratch

D, F, DOCUMENTS = 4, 6, 24
MODEL = IndexModel("made up", "f" * 64, "mean", "", D, False, 64)
_OVERWRITE, _CUT, _DELETE, _REPLACE, _KINDS = 0, 1, 2, 3, 4


def run(data: bytes) -> None:
    """Damage a workspace and use all of it; raises whatever is not allowed."""
    folder = fresh("damaged") / "workspace"
    shutil.copytree(whole(), folder)
    damage(folder, data)
    # Vectors of 1e38 overflow; that is a number that says nothing, but no error.
    with np.errstate(all="ignore"):
        use(folder)


def damage(folder: Path, data: bytes) -> None:
    """Apply the changes of an input."""
    at = 0
    while at + 7 <= len(data):
        name, kind = FILES[data[at] % len(FILES)], data[at + 1] % _KINDS
        place = int.from_bytes(data[at + 2 : at + 5], "little")
        length = int.from_bytes(data[at + 5 : at + 7], "little")
        payload = data[at + 7 : at + 7 + length]
        at += 7 + length
        path = folder / name
        before = path.read_bytes() if path.is_file() else b""
        place %= len(before) + 1
        if kind == _DELETE:
            path.unlink(missing_ok=True)
        elif kind == _CUT:
            path.write_bytes(before[:place])
        elif kind == _REPLACE:
            path.write_bytes(payload)
        else:
            path.write_bytes(before[:place] + payload + before[place + len(payload) :])


def use(folder: Path) -> None:
    """Do with a workspace what the program does; each step may say in one line that it cannot."""
    _allowed(lambda: Instrument().open_workspace(folder))
    _allowed(lambda: training_runs(folder))
    try:
        workspace = Workspace.open(folder)
    except UserError:
        return
    with workspace:
        _allowed(lambda: _read(workspace))
        _allowed(lambda: _search(workspace))
        _allowed(lambda: workspace_data(workspace))
        _allowed(lambda: saved_queries(workspace))
        names: list[str] = []
        _allowed(lambda: names.extend(dictionary_names(workspace)))
        for name in names:
            _allowed(lambda name=name: _features(workspace, name))
        _allowed(lambda: save_queries(workspace, ["another"]))
        _allowed(lambda: workspace.activate(MODEL.fingerprint))


def _read(workspace: Workspace) -> None:
    count = workspace.document_count
    assert count <= 1_000_000, f"{count} documents"
    assert all(isinstance(text, str) for text in workspace.texts(1, count))
    for document in workspace.documents(range(1, min(count, 50) + 1)):
        assert isinstance(document.text, str)
        assert isinstance(document.name, str)
        assert isinstance(document.metadata, dict)
    assert all(isinstance(name, str) for name in workspace.columns())
    list(workspace.metadata(count))
    workspace.find("bee hon", 5)
    workspace.named("3")
    list(workspace.indexes())


def _search(workspace: Workspace) -> None:
    store = workspace.active_vectors()
    best = SearchIndex(store).best(np.ones(store.model.dimension, np.float32), 3)
    workspace.documents([int(row) + 1 for row in best.rows])


def _features(workspace: Workspace, name: str) -> None:
    _allowed(lambda: load_labels(workspace, name))
    dictionary = open_dictionary(workspace, name)
    labels, journal = load_labels(workspace, name), journal_of(workspace, dictionary)
    assert len(feature_names(workspace, dictionary)) == dictionary.features
    families = open_families(workspace, dictionary)
    table = feature_table(dictionary, labels, journal.annotations(), families)
    table.best_first()
    table.holding("bee")
    for feature in range(dictionary.features):
        rows, _ = dictionary.codes.feature(feature)
        workspace.documents([int(row) + 1 for row in rows[:3]])
    journal.star(0)
    journal.undo()


def _allowed(work: Callable[[], object]) -> None:
    with contextlib.suppress(UserError):
        work()


@cache
def whole() -> Path:
    """Return a small workspace with all that one can hold; it is copied, not changed."""
    folder = scratch() / "whole"
    corpus = scratch() / "corpus.jsonl"
    rows = [{"text": f"bee number {i} makes honey", "kind": i % 2} for i in range(DOCUMENTS)]
    corpus.write_text("\n".join(map(json.dumps, rows)) + "\n{broken\n", encoding="utf-8")
    import_corpus(folder, ImportRequest(corpus))
    generator = np.random.default_rng(0)

    def embed(texts: object, _job: object) -> np.ndarray:
        return generator.standard_normal((len(texts), D)).astype(np.float32)  # type: ignore[arg-type]

    with Workspace.open(folder) as workspace:
        embed_documents(workspace, MODEL, embed)
        sae = SparseAutoencoder(SAEConfig("topk", D, F, k=2))
        saved = save_checkpoint(sae, folder / "saes" / "small", {})
        training = {"name": "small", "model": {"fingerprint": MODEL.fingerprint}}
        (saved / "training.json").write_bytes(json_bytes(training))
        digest = checkpoint_digest(saved)
        score = LabelScore(0.5, 0.5, 0.5, 0.5, 1, 0.1)
        labels = [
            MachineLabel(f, f"bee {f}", "", (Keyword("bee", 0.5),), 0.5, score if f else None)
            for f in range(F)
        ]
        save_labels(workspace, "small", digest, labels, {"documents": DOCUMENTS})
        journal = Journal(workspace, "small", digest, F)
        journal.rename(1, "a name of my own")
        journal.note(2, "a note")
        journal.group([1, 2], "both")
        journal.undo()
        save_queries(workspace, ["who makes honey"])
        dictionary = open_dictionary(workspace, "small")
        open_families(workspace, dictionary)
    return folder


@cache
def _files() -> tuple[str, ...]:
    found = sorted(path.relative_to(whole()).as_posix() for path in whole().rglob("*") if path.is_file())
    return tuple(name for name in found if name != "workspace.lock")


class _Files:
    """The names of the files, looked up when they are first wanted."""

    def __len__(self) -> int:
        return len(_files())

    def __getitem__(self, index: int) -> str:
        return _files()[index]


FILES = _Files()


def change(name: str, kind: int, place: int, payload: bytes) -> bytes:
    """Return the bytes of one change."""
    number = _files().index(name)
    head = bytes([number, kind]) + place.to_bytes(3, "little") + len(payload).to_bytes(2, "little")
    return head + payload


def seeds() -> list[bytes]:
    """Return one change of each kind to each file, among them whole files as payloads to be mutated."""
    found = [b""]
    for name in _files():
        content = (whole() / name).read_bytes()
        found += [
            change(name, _DELETE, 0, b""),
            change(name, _CUT, len(content) // 2, b""),
            change(name, _OVERWRITE, len(content) // 3, b"\xff\xff\xff\xff"),
        ]
        if len(content) < 5_000:
            found.append(change(name, _REPLACE, 0, content))
    return found
