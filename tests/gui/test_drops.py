"""What is dropped on the window, or named when it is started: what it is taken for, and where it goes."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from engine.corpus.schema import APPLICATION_ID
from engine.sae.conversion import _READERS
from engine.sae.format_files import holds_autoencoder
from tests.gui.fake_backend import FakeBackend
from tests.gui.window import opened, wait_settled
from ui.drops import kind_of, open_path
from ui.requests import ModelChoice, OpenWorkspace
from ui.train.corpus_dialog import CorpusDialog
from ui.train.requests import FeaturesTaken, PreviewCorpus, TakeFeatures


def write(folder: Path, *names: str, content: str = "{}") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(content)
    return folder


def database(path: Path) -> Path:
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("CREATE TABLE t (x)")
    db.close()
    return path


def test_folders_are_told_by_what_they_hold(tmp_path):
    model = write(tmp_path / "model", "modules.json", "config.json", "model.safetensors")
    bare = write(tmp_path / "bare", "config.json", "model.safetensors")
    saelens = write(tmp_path / "sae", "cfg.json", "sae_weights.safetensors")
    module = write(
        tmp_path / "csr", "config.json", "model.safetensors", content='{"input_dim": 8, "hidden_dim": 32}'
    )
    texts = write(tmp_path / "texts" / "deep" / "er", "one.txt").parents[1]
    workspace = write(tmp_path / "work", "workspace.sqlite", "notes.txt")
    empty = write(tmp_path / "empty", "picture.png")
    kinds = {
        folder: kind_of(folder).kind for folder in (model, bare, saelens, module, texts, workspace, empty)
    }
    assert list(kinds.values()) == [
        "model",
        "model",
        "autoencoder",
        "autoencoder",
        "documents",
        "workspace",
        "unknown",
    ]
    assert str(empty) in kind_of(empty).problem
    assert "\n" not in kind_of(empty).problem


def test_files_are_told_by_name_and_first_bytes(tmp_path):
    sae = write(tmp_path / "sae", "config.json", "ae.pt")
    model = write(tmp_path / "model", "modules.json", "config.json", "model.safetensors")
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><p>hello</p>")
    report = tmp_path / "report.html"
    report.write_text('<!doctype html><meta name="generator" content="Semascope 1">')
    numbers = tmp_path / "numbers.json"
    numbers.write_text(json.dumps({"app": "Semascope 1", "query": {}}))
    documents = tmp_path / "documents.json"
    documents.write_text('{"text": "about Semascope"}\n')
    other = database(tmp_path / "copy.sqlite")
    expected = {
        tmp_path / "a.csv": ("documents", "a.csv"),
        tmp_path / "a.JSONL": ("documents", "a.JSONL"),
        tmp_path / "a.txt": ("documents", "a.txt"),
        tmp_path / "day.semasession": ("session", "day.semasession"),
        tmp_path / "day.semareport": ("report", "day.semareport"),
        database(write(tmp_path / "w") / "workspace.sqlite"): ("workspace", "w"),
        sae / "ae.pt": ("autoencoder", "sae"),
        model / "model.safetensors": ("model", "model"),
        report: ("report", "report.html"),
        numbers: ("report", "numbers.json"),
        documents: ("documents", "documents.json"),
        page: ("unknown", "page.html"),
        other: ("unknown", "copy.sqlite"),
        tmp_path / "gone.txt": ("unknown", "gone.txt"),
    }
    for name in ("a.csv", "a.JSONL", "a.txt", "day.semasession", "day.semareport"):
        (tmp_path / name).write_text("x")
    found = {path: (kind_of(path).kind, Path(kind_of(path).path).name) for path in expected}
    assert found == expected
    assert "workspace.sqlite" in kind_of(other).problem
    assert "no file or folder" in kind_of(tmp_path / "gone.txt").problem


def test_every_format_of_autoencoders_is_known(tmp_path):
    for place, files in enumerate(_READERS):
        folder = write(tmp_path / str(place), *files, content='{"hidden_dim": 4}')
        assert holds_autoencoder(folder), files
        (folder / files[1]).unlink()
        assert not holds_autoencoder(folder), files


# -- in the window -------------------------------------------------------------------------------------


class DropBackend(FakeBackend):
    def _answer(self, request, job, partial):
        if isinstance(request, TakeFeatures):
            return FeaturesTaken("/nowhere/w", "theirs", 64, ("the bias is left out",), True)
        return super()._answer(request, job, partial)


@pytest.fixture
def backend():
    return DropBackend()


@pytest.fixture
def program(qtbot, tmp_path, backend):
    with opened(qtbot, tmp_path / "home", backend) as program:
        wait_settled(qtbot, program)
        yield program


def dragged(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(widget: QWidget, *paths: Path) -> bool:
    """Drag over a widget and drop there; return whether anything took it."""
    data = dragged(*paths)
    common = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPointF(5, 5).toPoint(), *common)
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(5, 5), *common)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_what_is_dropped_on_any_page_and_any_field_goes_where_it_belongs(qtbot, program, backend, tmp_path):
    window = program.window
    model = write(tmp_path / "model", "modules.json", "model.safetensors")
    workspace = write(tmp_path / "work", "workspace.sqlite")
    sae = write(tmp_path / "sae", "cfg.json", "sae_weights.safetensors")
    for name, page in window.pages.items():
        window.show_page(name)
        for kind, path in ((ModelChoice, model), (OpenWorkspace, workspace), (TakeFeatures, sae)):
            fields = [field for field in (page.query_field(), page.text_field()) if field is not None]
            viewports = [field.viewport() if hasattr(field, "viewport") else field for field in fields]
            for target in (window, page, *viewports):
                before, texts = len(backend.asked(kind)), [_text(field) for field in fields]
                assert drop(target, path), (name, kind, target)
                qtbot.waitUntil(lambda b=before, k=kind: len(backend.asked(k)) > b)
                assert [_text(field) for field in fields] == texts
                window.show_page(name)
    assert {request.source for request in backend.asked(TakeFeatures)} == {str(sae)}
    assert "taken into the workspace as theirs. The bias is left out." in window.pages["Train"].banner.message
    assert window.navigator.dictionary == "theirs"


def _text(field) -> str:
    return field.toPlainText() if hasattr(field, "toPlainText") else field.text()


def test_texts_go_into_the_field_of_the_page_and_tables_become_workspaces(qtbot, program, backend, tmp_path):
    window = program.window
    texts, table = tmp_path / "texts.txt", tmp_path / "table.csv"
    texts.write_text("first\nsecond\n")
    table.write_text("text\nfirst\n")
    assert drop(window, texts)
    assert window.explain.inputs.candidates.toPlainText() == "first\nsecond\n"
    window.show_page("Inspect")
    assert drop(window, texts)
    assert window.page.texts.toPlainText() == "first\nsecond\n"
    window.show_page("Concepts")
    assert drop(window, texts)
    window.show_page("Explain")
    assert drop(window.explain.inputs.candidates.viewport(), table)
    qtbot.waitUntil(lambda: len(backend.asked(PreviewCorpus)) == 2)
    assert [request.corpus for request in backend.asked(PreviewCorpus)] == [texts, table]
    for dialog in window.findChildren(CorpusDialog):
        dialog.reject()


def test_what_cannot_be_opened_is_said_in_one_line(program, tmp_path):
    window = program.window
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\0\0")
    for name in window.pages:
        window.show_page(name)
        assert drop(window, picture)
        assert window.page.banner.is_error
        assert str(picture) in window.page.banner.message
        assert "\n" not in window.page.banner.message
    assert drop(window, picture, tmp_path)
    assert "2 files were dropped" in window.page.banner.message


def test_panels_that_float_take_files_too(qtbot, program, backend, tmp_path):
    dock = program.window.explain.panels.dock("matrix")
    dock.setFloating(True)
    assert drop(dock, write(tmp_path / "work", "workspace.sqlite"))
    qtbot.waitUntil(lambda: bool(backend.asked(OpenWorkspace)))
    dock.setFloating(False)


def test_a_path_opens_what_a_drop_would(qtbot, program, backend, tmp_path):
    workspace = write(tmp_path / "work", "workspace.sqlite")
    open_path(program.window, workspace / "workspace.sqlite")
    qtbot.waitUntil(lambda: str(workspace) in [request.folder for request in backend.asked(OpenWorkspace)])


def test_features_are_taken_into_a_workspace_under_a_free_name(tmp_path):
    from engine.instrument import Instrument
    from engine.jobs import Job
    from ui.backend import handlers

    folder = tmp_path / "work"
    shutil.copytree("resources/sample", folder)
    source = next((folder / "saes").iterdir())
    shutil.copytree(source, tmp_path / "their features")
    instrument = Instrument()
    info = instrument.open_workspace(folder)
    try:
        take = handlers()[TakeFeatures]

        def taken(path):
            return take(instrument, TakeFeatures(str(path)), Job(), lambda _: None)

        first, second = taken(tmp_path / "their features"), taken(tmp_path / "their features")
        inside = taken(source)
    finally:
        instrument.close_workspace()
    assert (first.name, second.name, inside.name) == ("their-features", "their-features-2", source.name)
    assert (first.new, inside.new) == (True, False)
    assert first.features == inside.features > 0
    assert {path.name for path in (folder / "saes").iterdir()} == {
        *info.dictionaries,
        "their-features",
        "their-features-2",
    }
