"""The page Inspect over an engine of the test's choice, and once over the real one."""

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.corpus.vectors import IndexModel
from engine.errors import UserError
from engine.instrument import WorkspaceInfo
from engine.retrieval.embedding_inspection import Inspection, Step, TextInspection
from engine.retrieval.model_comparison import Disagreement, ModelComparison
from engine.retrieval.reindexing import IndexComparison, QueryComparison
from tests.gui.results import make_model, make_text
from tests.gui.test_accessibility import unnamed
from tests.gui.window import settings_in
from tests.models import save_model
from ui.actions import Actions
from ui.engine_thread import EngineThread
from ui.inspect.page import EXAMPLE, InspectPage
from ui.inspect.requests import (
    BuildIndex,
    CompareIndexes,
    CompareModelsRequest,
    IndexState,
    InspectionTables,
    InspectRequest,
    ReadIndexes,
    SwitchIndex,
)
from ui.navigator import Navigator
from ui.page import PageContext
from ui.requests import ModelChoice, ModelReady, OpenWorkspace
from ui.theme import Theme

OLD = IndexModel("old-model", "a" * 64, "mean", "", 32, True, 128)
NEW = IndexModel("new-model", "b" * 64, "cls", "", 16, True, 128)
DOCUMENTS = 120
PATIENCE_MS = 60_000


def make_inspection(request: InspectRequest) -> Inspection:
    """Numbers made up: the cosine of texts i and j is 1 / (1 + |i - j|)."""
    texts = [make_text(text, 12) for text in request.texts]
    places = np.arange(len(texts))
    cosines = (1 / (1 + np.abs(places[:, None] - places))).astype(np.float32)
    return Inspection(
        model=make_model(),
        poolings=("model", "mean", "cls"),
        pooling=request.pooling or "model",
        texts=tuple(
            TextInspection(
                text=text,
                attention=np.ones(len(text.ids), dtype=np.int64),
                pooled=np.ones(len(text.ids), dtype=np.int64),
                norms=np.linspace(1, 2, len(text.ids)).astype(np.float32),
                word_norms=np.linspace(-1, 1, len(text.words)).astype(np.float32),
                steps=(
                    Step("tokens", "ids", (len(text.ids),)),
                    Step("hidden states", "after 6 layers", (len(text.ids), 32)),
                    Step("pooling", "mean", (32,), 3.5),
                ),
                vectors=np.eye(3, 32, dtype=np.float32),
                cosines=np.eye(3, dtype=np.float32),
            )
            for text in texts
        ),
        products=cosines,
        cosines=cosines,
        order=places[::-1],
        neighbours=np.argsort(-cosines, axis=1, kind="stable"),
    )


def make_comparison(texts: tuple[str, ...]) -> ModelComparison:
    count = len(texts)
    similarities = np.stack([np.eye(count), np.full((count, count), 0.5)]).astype(np.float32)
    return ModelComparison(
        models=(make_model(), replace(make_model(), name="other", fingerprint="c" * 64)),
        texts=texts,
        similarities=similarities,
        rankings=np.stack([np.roll(np.arange(count), -i) for i in range(count)])[None].repeat(2, 0),
        order=np.arange(count),
        correlation=0.25,
        text_correlations=np.array([0.5, float("nan"), *[1.0] * (count - 2)]),
        disagreements=(
            Disagreement((0, 1), (0.1, 0.2), (10.0, 20.0)),
            Disagreement((0, 2), (0.1, 0.9), (10.0, 95.0)),
        ),
    )


class Engine:
    """Answers what Inspect asks; building an index waits for `gate`."""

    def __init__(self):
        self.asked = []
        self.active, self.previous, self.queries = OLD.fingerprint, None, ("first query",)
        self.counts = {OLD: DOCUMENTS}
        self.gate = threading.Event()

    def answer(self, request, job, partial):
        self.asked.append(request)
        match request:
            case InspectRequest():
                if any("broken" in text for text in request.texts):
                    raise UserError("text 1: this cannot be read")
                return make_inspection(request)
            case InspectionTables():
                return {"similarities": "text,other\n1,2\n"}
            case CompareModelsRequest():
                if len(request.texts) < 3:
                    raise UserError("two models are compared on at least 3 texts; add some")
                return make_comparison(request.texts)
            case BuildIndex():
                self.counts[NEW] = 60
                job.step("embedding", 0.5)
                while not self.gate.is_set():
                    job.cancel.check()
                    time.sleep(0.002)
                self.counts[NEW] = DOCUMENTS
                return SimpleNamespace(model=NEW)
            case CompareIndexes():
                self.queries = request.queries
                hits = (tuple(range(1, 11)), tuple(range(6, 16)))
                found = [QueryComparison(q, 0.5, 0.75, hits, ("a", "b")) for q in request.queries]
                return IndexComparison((OLD, NEW), tuple(found), 0.5, 0.75)
            case SwitchIndex():
                target = request.fingerprint or self.previous
                self.active, self.previous = target, self.active
        return self.state()

    def state(self):
        info = WorkspaceInfo("/w", DOCUMENTS, (), tuple(self.counts.items()), self.active, ())
        return IndexState(info, self.previous, self.queries)

    def close(self):
        pass


class Held:
    """A page in a window of its own, with both threads."""

    def __init__(self, folder, backends):
        self.window = QWidget()
        self.actions = Actions(self.window)
        self.threads = [EngineThread(backend, self.window) for backend in backends]
        self.settings = settings_in(folder)
        context = PageContext(*self.threads, self.actions, self.settings, Navigator(self.window))
        self.page = InspectPage(context, self.window)
        self.page.resize(1200, 800)
        self.window.resize(1200, 800)
        for thread in self.threads:
            thread.start()

    def close(self, qtbot):
        self.page.stop()
        for thread in self.threads:
            thread.stop()
        qtbot.waitUntil(lambda: not any(thread.running for thread in self.threads))
        self.window.close()
        self.window.deleteLater()


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def held(qtbot, tmp_path, engine):
    made = Held(tmp_path, (engine, engine))
    made.window.show()
    made.page.model_ready(ModelReady(ModelChoice(), make_model(), 4, ("cpu",)))
    qtbot.waitUntil(lambda: made.page.inspection is not None)
    yield made
    engine.gate.set()
    made.close(qtbot)


@pytest.fixture
def page(held):
    return held.page


@pytest.fixture
def indexed(qtbot, held, engine):
    """The page with the workspace's indexes shown."""
    held.page.workspace_ready(engine.state().info)
    qtbot.waitUntil(lambda: held.page.indexes.state_ is not None)
    return held.page


def asked(engine, kind):
    return [request for request in engine.asked if isinstance(request, kind)]


def test_the_example_is_inspected_and_shown(page, engine):
    assert asked(engine, InspectRequest) == [InspectRequest(EXAMPLE)]
    inside = page.inside
    assert inside.chooser.count() == len(EXAMPLE)
    tokens = inside.tokens.records
    text = page.inspection.texts[0].text
    assert [one.token for one in tokens] == list(text.tokens)
    assert [one.id for one in tokens] == text.ids.tolist()
    assert (tokens[0].share, tokens[-1].share) == (0.5, 1)
    assert "hidden states" in inside.steps.accessibleDescription()
    assert f"{len(text.ids)} × 32" in inside.steps.accessibleDescription()
    assert inside.cut.isHidden()
    inside.chooser.setCurrentIndex(2)
    assert [one.token for one in inside.tokens.records] == list(page.inspection.texts[2].text.tokens)


def test_typing_inspects_after_a_pause(qtbot, page, engine):
    page.texts.setPlainText("one two\n\n  three four five six seven eight nine ten eleven twelve thirteen\n")
    qtbot.waitUntil(lambda: len(page.inspection.texts) == 2)
    assert asked(engine, InspectRequest)[-1].texts == tuple(
        line for line in page.texts.toPlainText().splitlines() if line.strip()
    )
    page.inside.chooser.setCurrentIndex(1)
    assert "12 of" in page.inside.cut.text()
    page.pooling.setCurrentIndex(2)
    page.pooling.activated.emit(2)
    qtbot.waitUntil(lambda: page.inspection.pooling == "cls")
    assert "pooling: cls" in page.similarities.panel.about.text


def test_nothing_written_says_what_to_do(qtbot, page, engine):
    page.texts.setPlainText("")
    page.inspect()
    assert page._inside.currentIndex() == 0
    assert len(asked(engine, InspectRequest)) == 1


def test_a_text_that_cannot_be_read_is_told_and_the_last_result_stays(qtbot, page):
    before = page.inspection
    page.texts.setPlainText("broken")
    qtbot.waitUntil(lambda: page.banner.is_error)
    assert page.banner.message == "Text 1: this cannot be read"
    assert page.inspection is before
    page.texts.setPlainText("whole")
    qtbot.waitUntil(lambda: page.inspection is not before)
    assert page.banner.message == ""


def test_the_matrix_is_put_into_other_orders(page):
    view = page.similarities
    assert view.shown_order == [0, 1, 2, 3, 4]
    view.order.setCurrentIndex(1)
    assert view.shown_order == [4, 3, 2, 1, 0]
    view.matrix.cell_activated.emit(1, 0)
    assert view.order.currentIndex() == 2
    assert view.shown_order == page.inspection.neighbours[3].tolist()
    assert "nearest to text 4" in view.panel.about.text


def test_similarities_are_copied(qtbot, page):
    page.copy_similarities()
    qtbot.waitUntil(lambda: page.banner.message == "Copied similarities as CSV")
    assert QGuiApplication.clipboard().text() == "text,other\n1,2\n"


def test_two_models_side_by_side(qtbot, page):
    page.models.folder_chosen.emit("/models/other")
    qtbot.waitUntil(lambda: page.models.comparison is not None)
    assert "rank correlation over all pairs 0.250" in page.models.state.text
    first, second = page.models.pairs.records
    assert (first.difference, second.difference) == (10, 85)
    assert page.models.pairs.as_csv().splitlines()[1].startswith("1 bees")
    assert page.models.pairs.as_csv().splitlines()[1].endswith("85.0")
    assert [one.nearest[0][0] for one in page.models.texts.records] == ["2", "3", "4", "5", "1"]
    page.texts.setPlainText("one\ntwo")
    page.models.folder_chosen.emit("/models/other")
    qtbot.waitUntil(lambda: page.banner.is_error)
    assert "at least 3 texts" in page.banner.message


def test_an_index_is_built_stopped_and_gone_on_with(qtbot, held, indexed, engine):
    view, actions = indexed.indexes, held.actions
    assert view.query_list() == ("first query",)
    assert not actions["inspect.switch"].isEnabled()
    indexed.indexing.build("/models/new")
    qtbot.waitUntil(lambda: "embedding" in view._stage.text)
    assert not actions["inspect.build"].isEnabled()
    actions["inspect.stop"].trigger()
    qtbot.waitUntil(actions["inspect.resume"].isEnabled)
    assert "goes on there" in view.state.text
    assert [row[1] for row in view.indexes.records] == [DOCUMENTS, 60]
    assert not actions["inspect.switch"].isEnabled()
    engine.gate.set()
    actions["inspect.resume"].trigger()
    qtbot.waitUntil(actions["inspect.switch"].isEnabled)
    assert "complete" in view.state.text
    first, second = asked(engine, BuildIndex)
    assert (first.workspace, first.folders, first.fingerprint) == ("/w", ("/models/new",), "")
    assert (second.fingerprint, "/models/new" in second.folders) == (NEW.fingerprint, True)


def test_indexes_are_compared_and_switched(qtbot, held, indexed, engine):
    engine.gate.set()
    actions, view = held.actions, indexed.indexes
    indexed.indexing.build("/models/new")
    qtbot.waitUntil(actions["inspect.compare"].isEnabled)
    assert held.settings.recent_models == ("/models/new",)
    view.queries.setPlainText("one\n\n two \n")
    actions["inspect.compare"].trigger()
    qtbot.waitUntil(lambda: len(view.results.records) == 2)
    request = asked(engine, CompareIndexes)[0]
    assert (request.queries, request.old, request.new) == (("one", "two"), OLD.fingerprint, NEW.fingerprint)
    assert "overlap@10 50%, rank correlation 0.750; means over 2 queries" in view.panels[1].about.text
    actions["inspect.switch"].trigger()
    qtbot.waitUntil(lambda: view.state_.info.active == NEW.fingerprint)
    assert [row[2] for row in view.indexes.records] == ["before", "in use"]
    assert "searching it needs that model" in indexed.banner.message
    qtbot.waitUntil(lambda: OpenWorkspace("/w") in engine.asked)
    indexed.banner._button.click()
    qtbot.waitUntil(lambda: ModelChoice("/models/new", "auto") in engine.asked)
    actions["inspect.switch_back"].trigger()
    qtbot.waitUntil(lambda: view.state_.info.active == OLD.fingerprint)


def test_everything_has_a_name_and_takes_a_theme(held, indexed):
    assert unnamed(held.page) == []
    for theme in ("dark", "light"):
        held.page.set_theme(Theme.named(theme))
        assert held.page.similarities.matrix.theme.name == theme
        assert held.page.indexes.results.theme.name == theme


def test_the_real_engine_builds_compares_and_switches(qtbot, tmp_path):
    from engine.corpus.embedding import document_embedder, embed_documents, index_model
    from engine.corpus.importing import ImportRequest, import_corpus
    from engine.corpus.workspace import Workspace
    from engine.encoder import Encoder

    old, new = (save_model(tmp_path / family, family) for family in ("bert", "roberta"))
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("".join(f"text {i} about bees\n" for i in range(30)))
    import_corpus(tmp_path / "w", ImportRequest(corpus))
    with Workspace.open(tmp_path / "w") as workspace:
        encoder = Encoder(old, "cpu")
        embed_documents(workspace, index_model(encoder), document_embedder(encoder))
        first = workspace.active_index
    held = Held(tmp_path, (None, None))
    page, (main, _) = held.page, held.threads
    ready = []

    def answered(answer):
        if isinstance(answer.request, ModelChoice):
            ready.append(answer.value)
            page.model_ready(answer.value)
        elif isinstance(answer.request, OpenWorkspace):
            page.workspace_ready(answer.value)

    def waited(condition):
        qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    main.answered.connect(answered)
    try:
        held.window.show()
        main.submit(ModelChoice(str(old), "cpu"))
        main.submit(OpenWorkspace(str(tmp_path / "w")))
        waited(lambda: page.inspection is not None and page.indexes.state_ is not None)
        assert page.inspection.model.name == "bert"
        page.compare_models(str(new))
        waited(lambda: page.models.comparison is not None)
        page.indexing.build(str(new))
        waited(held.actions["inspect.compare"].isEnabled)
        page.indexes.queries.setPlainText("bees\ntext")
        held.actions["inspect.compare"].trigger()
        waited(lambda: len(page.indexes.results.records) == 2)
        held.actions["inspect.switch"].trigger()
        waited(lambda: page.indexes.state_.info.active != first)
        with Workspace.open(tmp_path / "w") as workspace:
            assert workspace.active_vectors().model.name == "roberta"
        waited(lambda: not main.busy)
        held.actions["inspect.switch_back"].trigger()
        waited(lambda: page.indexes.state_.info.active == first)
        assert page.indexes.state_.queries == ("bees", "text")
        assert page.banner.message == ""
    finally:
        held.close(qtbot)


def test_reading_indexes_follows_the_workspace(qtbot, page, engine):
    page.workspace_ready(engine.state().info)
    page.workspace_ready(engine.state().info)
    qtbot.waitUntil(lambda: page.indexes.state_ is not None)
    assert asked(engine, ReadIndexes)
