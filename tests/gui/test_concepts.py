"""The page Concepts over a synthetic engine: what is asked, what is shown, and how its parts keep in step."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QMainWindow, QMenu

from engine.instrument import WorkspaceInfo
from engine.jobs import Cancelled
from tests.gui.planted_features import TEXT, ConceptsBackend, planted_rows, planted_structure
from tests.gui.test_accessibility import unnamed
from tests.gui.window import settings_in
from ui.actions import Actions
from ui.concepts.feature_map import FeatureMap
from ui.concepts.page import ConceptsPage
from ui.concepts.requests import (
    Annotate,
    ColourExamples,
    OpenFeature,
    OpenFeatures,
    ReadStructure,
    SearchFeatures,
)
from ui.engine_thread import EngineThread
from ui.navigator import Navigator
from ui.pictures import save_picture
from ui.theme import Theme

PATIENCE_MS = 20_000


def info(*dictionaries):
    return WorkspaceInfo("/nowhere", 1000, (), (), None, dictionaries)


class Host:
    """A window that holds the page alone."""

    def __init__(self, qtbot, folder, backend):
        self.qtbot, self.backend = qtbot, backend
        self.window = QMainWindow()
        self.engine = EngineThread(backend, self.window)
        self.background = EngineThread(ConceptsBackend(backend.count), self.window)
        self.navigator, self.actions = Navigator(self.window), Actions(self.window)
        self.page = ConceptsPage(
            SimpleNamespace(
                engine=self.engine,
                background=self.background,
                actions=self.actions,
                settings=settings_in(folder),
                navigator=self.navigator,
            )
        )
        self.window.setCentralWidget(self.page)
        self.actions.show_page("Concepts")
        self.window.resize(1300, 850)
        self.engine.start()
        self.background.start()
        self.window.show()
        qtbot.waitExposed(self.window)

    def open(self, *dictionaries):
        self.navigator.choose_dictionary(dictionaries[-1] if dictionaries else "")
        self.page.workspace_ready(info(*dictionaries))
        self.settle()

    def settle(self):
        self.qtbot.waitUntil(lambda: not self.engine.busy and not self.background.busy, timeout=PATIENCE_MS)

    def close(self):
        self.page.stop()
        for thread in (self.engine, self.background):
            thread.stop()
            assert thread.wait(PATIENCE_MS)
        self.window.close()
        self.window.deleteLater()


@pytest.fixture
def backend():
    return ConceptsBackend()


@pytest.fixture
def host(qtbot, tmp_path, backend):
    host = Host(qtbot, tmp_path, backend)
    yield host
    host.close()


@pytest.fixture
def page(host):
    host.open("main")
    return host.page


def names(table, column=0):
    return [table.model().index(row, column).data() for row in range(table.model().rowCount())]


def test_nothing_open_says_what_to_do(host, qtbot):
    page = host.page
    assert page.empty.isVisible()
    assert page.empty.title.text() == "No workspace is open."
    host.open()
    assert page.empty.title.text() == "This workspace has no features yet."
    with qtbot.waitSignal(host.navigator.page_asked) as asked:
        qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert asked.args == ["Train"]
    assert host.backend.asked == []


def test_features_without_names_offer_to_label_them(host):
    host.backend.rows = ConceptsBackend(labelled=False).rows
    host.open("main")
    assert "no names yet" in host.page.banner.message
    assert names(host.page.features)[0] == "(not named yet)"


def test_the_table_says_why_there_is_no_name_and_counts(page):
    assert set(names(page.features)[-2:]) == {"(no name: incoherent)", "(dead: no document fires it)"}
    assert names(page.features)[0] == "rivers, water"
    assert page.head.counts.text == "6 features  ·  5 live  ·  1 dead  ·  4 named"
    assert names(page.features, 2)[0] == "2.0%"


def test_the_first_feature_is_opened_with_coloured_words(page, host):
    assert host.navigator.feature == 0
    assert page.feature.name.text() == "rivers, water"
    assert "rivers 0.31" in page.feature.keywords.text()
    assert page.feature.examples.current is None
    values = page.feature.examples._words.values
    assert len(values) == 3
    assert [one.feature for one in page.feature.coactive.records] == [4, 1]
    assert page.feature.alignment.records[0].value == "water"
    assert page.feature.activations.has_content()
    image = page.feature.examples.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, 120)}
    assert Theme.for_system().positive.name() in colours


def test_examples_are_coloured_once_nobody_waits_and_the_page_is_in_sight(page, host):
    page.hide()
    host.navigator.choose_feature(1)
    host.settle()
    assert [request.feature for request in host.backend.of(ColourExamples)] == [0]
    page.show()
    page.shown()
    host.settle()
    assert [request.feature for request in host.backend.of(ColourExamples)] == [0, 1]
    page.shown()
    host.settle()
    assert len(host.backend.of(ColourExamples)) == 2


def test_colouring_that_is_stopped_is_not_begun_again(page, host, monkeypatch):
    answer = host.backend.answer

    def stopped(request, job, partial):
        if isinstance(request, ColourExamples):
            host.backend.asked.append(request)
            raise Cancelled
        return answer(request, job, partial)

    monkeypatch.setattr(host.backend, "answer", stopped)
    host.navigator.choose_feature(1)
    host.settle()
    page.shown()
    host.settle()
    assert [request.feature for request in host.backend.of(ColourExamples)] == [0, 1]


def test_words_filter_at_each_key_and_meaning_after_a_pause(page, host, qtbot):
    page.head.by_meaning.click()
    qtbot.keyClicks(page.head.search, "wat")
    assert sorted(names(page.features)) == ["rivers, water", "water vapour"]
    assert host.backend.of(SearchFeatures) == []
    page.head.search.clear()
    assert len(names(page.features)) == 6
    page.head.by_meaning.click()
    qtbot.keyClicks(page.head.search, "vapour")
    qtbot.waitUntil(lambda: len(page.features.shown()) == 3, timeout=PATIENCE_MS)
    assert page.features.shown() == (4, 3, 0)
    assert page.overview.map._matching.tolist() == [True, False, False, True, True, False]
    page.head.search.clear()
    assert page.features.shown()[:2] == (0, 1)
    assert page.features.horizontalHeader().sortIndicatorSection() == 1
    assert page.overview.map._matching is None


def test_one_of_words_and_meaning_always_searches(page):
    page.head.by_words.click()
    assert not page.head.by_words.isChecked()
    page.head.by_meaning.click()
    assert page.head.by_words.isChecked()
    assert not page.head.by_meaning.isChecked()


def test_a_choice_anywhere_is_a_choice_everywhere(page, host):
    page.features.setCurrentIndex(page.features.model().index(names(page.features).index("metals"), 0))
    assert host.navigator.feature == 3
    host.settle()
    assert page.overview.map._current == 3
    page.overview.map.feature_chosen.emit(4)
    assert host.navigator.feature == 4
    assert page.features.current() == 4
    assert page.overview.families.currentItem().text(0) == "water vapour"
    page.overview.families.setCurrentItem(page.overview.families.topLevelItem(0))
    assert host.navigator.feature == 0
    host.settle()
    page.feature.similar.setCurrentIndex(page.feature.similar.model().index(0, 0))
    assert host.navigator.feature == 0
    QTest.keyClick(page.feature.similar, Qt.Key.Key_Return)
    assert host.navigator.feature == 3
    host.settle()
    assert host.backend.of(OpenFeature)[-1].feature == 3


def test_pointing_at_one_panel_lights_up_the_map(page):
    page.overview.families.hovered.emit(4)
    assert page.overview.map._hovered == 4
    page.overview.together.hovered.emit(None)
    assert page.overview.map._hovered is None


def row_at(table, feature):
    index = table.model().index(table.place_of(feature), 0)
    return table.visualRect(index).center()


def test_table_and_map_mark_what_is_pointed_at_in_the_other(page, host, qtbot):
    table, map_ = page.features, page.overview.map
    before = host.navigator.feature
    assert before != 3
    plain = table.viewport().grab().toImage()
    qtbot.mouseMove(map_.viewport(), place(map_, 3))
    qtbot.waitUntil(lambda: table._pointed == 3)
    marked = table.viewport().grab().toImage()
    frame = table.visualRect(table.model().index(table.place_of(3), 1))
    edge = [plain.pixelColor(frame.center().x(), y) != marked.pixelColor(frame.center().x(), y)
            for y in (frame.top() + 1, frame.bottom() - 1)]  # fmt: skip
    assert edge == [True, True]
    table.hovered.emit(None)
    qtbot.mouseMove(table.viewport(), row_at(table, 1))
    qtbot.waitUntil(lambda: map_._hovered == 1)
    table.viewportEvent(QEvent(QEvent.Type.Leave))
    assert map_._hovered is None
    assert (host.navigator.feature, table.selected()) == (before, [before])


def test_a_marked_row_out_of_sight_is_brought_into_view_and_left_again(host, page):
    host.backend.rows = planted_rows(300)
    page._look_again()
    host.settle()
    table = page.features
    table.verticalScrollBar().setValue(0)
    last = table.shown()[-1]
    page.overview.hovered.emit(last)
    assert table.viewport().rect().contains(row_at(table, last))
    page.overview.hovered.emit(None)
    assert table.verticalScrollBar().value() == 0


def click_row(qtbot, table, feature, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifier, row_at(table, feature))


def test_selected_features_become_one_group_in_one_step(page, host, qtbot):
    table, control = page.features, Qt.KeyboardModifier.ControlModifier
    click_row(qtbot, table, 1)
    click_row(qtbot, table, 3, control)
    click_row(qtbot, table, 4, control)
    host.settle()
    assert (sorted(table.selected()), host.navigator.feature) == ([1, 3, 4], 4)
    host.actions["edit.group"].trigger()
    dialog = page.findChild(QInputDialog)
    assert "Put 3 features into one group" in dialog.labelText()
    dialog.setTextValue("wet things")
    dialog.accept()
    host.settle()
    (change,) = host.backend.of(Annotate)
    assert (change.change, sorted(change.features), change.value) == ("group", [1, 3, 4], "wet things")
    assert [row.group for row in host.page._rows.rows] == ["", "wet things", "", *["wet things"] * 2, ""]
    page.feature.undo.click()
    host.settle()
    assert not any(row.group for row in host.page._rows.rows)


def test_families_know_their_members_and_ratio(page):
    root = page.overview.families.topLevelItem(0)
    assert (root.text(0), root.text(1), root.text(2)) == ("rivers, water", "3", "12.5")
    assert root.child(0).text(0) == "water vapour"
    assert root.child(0).child(0).text(0) == "birds"
    assert names(page.features, 4)[names(page.features).index("birds")] == "rivers, water"


def test_the_cluster_of_the_chosen_feature_is_shown_together(page, host):
    assert page.overview.together._shown.features == (0, 1, 2)
    host.navigator.choose_feature(5)
    host.settle()
    assert page.overview.together._shown.title == "air"


def test_what_people_say_is_kept_and_taken_back(page, host, qtbot):
    page.feature.name.setText("streams")
    qtbot.keyClick(page.feature.name, Qt.Key.Key_Return)
    page.feature.star.click()
    page.feature.note.setPlainText("also ponds")
    page.feature.note.commit()
    page.feature.group.setText("wet")
    page.feature.group.commit()
    host.settle()
    qtbot.waitUntil(lambda: len(host.backend.of(Annotate)) == 4, timeout=PATIENCE_MS)
    host.settle()
    row = host.backend.rows.rows[0]
    assert (row.label, row.starred, row.note, row.group) == ("streams", True, "also ponds", "wet")
    assert "named “rivers, water” by the machine" in page.feature.about.text
    assert "streams" in names(page.features)
    page.features.setFocus()
    assert host.actions["edit.undo"].text() == "&Undo rename of feature 0"
    host.actions["edit.undo"].trigger()
    host.settle()
    assert page.feature.group.text() == ""
    assert host.actions["edit.redo"].isEnabled()
    assert page.feature.redo.toolTip() == "Redo the rename of feature 0"


def test_undo_is_of_what_is_typed_while_a_field_has_the_focus(page, host, qtbot):
    undo, redo, search = host.actions["edit.undo"], host.actions["edit.redo"], page.head.search
    page.feature.name.setText("streams")
    qtbot.keyClick(page.feature.name, Qt.Key.Key_Return)
    host.settle()
    search.setFocus()
    qtbot.waitUntil(search.hasFocus)
    assert (undo.text(), undo.isEnabled()) == ("&Undo typing", False)
    qtbot.keyClicks(search, "bi")
    assert undo.isEnabled()
    undo.trigger()
    assert search.text() == ""
    assert redo.isEnabled()
    redo.trigger()
    assert search.text() == "bi"
    qtbot.keyClick(search, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert search.text() == ""
    assert len(host.backend.of(Annotate)) == 1, "a change to a feature was taken back instead"
    page.features.setFocus()
    qtbot.waitUntil(page.features.hasFocus)
    assert (undo.text(), undo.isEnabled()) == ("&Undo rename of feature 0", True)
    undo.trigger()
    host.settle()
    assert host.backend.of(Annotate)[-1].entry == 1
    assert host.backend.rows.rows[0].label == "rivers, water"


def test_a_refused_change_is_said_and_not_shown(page, host, qtbot):
    page.feature.name.setText("refused")
    qtbot.keyClick(page.feature.name, Qt.Key.Key_Return)
    host.settle()
    assert page.banner.is_error
    assert page.feature.name.text() == "rivers, water"


def test_a_text_of_ones_own_shows_its_features_strongest_first(page, host, qtbot):
    page.overview.setCurrentWidget(page.overview.text)
    page.overview.text.field.setPlainText("dew")
    qtbot.waitUntil(lambda: len(page.overview.text.table.records) == 2, timeout=PATIENCE_MS)
    assert names(page.overview.text.table) == ["rivers, water", "water vapour"]
    page.overview.text.table.setCurrentIndex(page.overview.text.table.model().index(1, 0))
    assert host.navigator.feature == 4


def test_an_example_is_searched_in_rank(page, host, qtbot):
    assert not page.feature.search_example.isEnabled()
    page.feature.examples.setFocus()
    qtbot.keyClick(page.feature.examples, Qt.Key.Key_Down)
    with qtbot.waitSignal(host.navigator.search_asked) as searched:
        page.feature.search_example.click()
    assert searched.args == [TEXT]


def test_another_autoencoder_brings_its_own_features(page, host):
    page.workspace_ready(info("main", "other"))
    host.settle()
    host.backend.rows = planted_rows(7, dictionary="other")
    page.head.dictionary_chosen.emit("other")
    host.settle()
    assert host.backend.of(OpenFeatures)[-1].dictionary == "other"
    assert len(names(page.features)) == 7
    assert host.navigator.feature is not None


def test_features_wait_until_the_page_is_in_front(host, qtbot):
    host.page.hide()
    host.open("main")
    assert host.backend.asked == []
    host.page.show()
    host.page.shown()
    host.settle()
    assert len(host.backend.of(OpenFeatures)) == 1


def test_everything_the_keyboard_reaches_has_a_name(page):
    assert unnamed(page) == []


def test_the_table_is_copied_as_csv(page, qtbot):
    page.features.setFocus()
    page.features.choose(0)
    qtbot.keyClick(page.features, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines()[1].startswith('"rivers, water",0.5,0.02')


def test_a_feature_in_no_cluster_is_shown_with_what_fires_with_it(page, host):
    page.overview._structure = replace(page.overview._structure, clusters=())
    host.navigator.choose_feature(3)
    host.settle()
    assert page.overview.together._shown.features == (3, 4, 1)


def test_a_picture_is_copied_by_its_menu(page):
    page.overview.map.customContextMenuRequested.emit(QPoint(5, 5))
    menu = page.overview.map.findChild(QMenu)
    QGuiApplication.clipboard().clear()
    menu.actions()[1].trigger()
    menu.close()
    assert not QGuiApplication.clipboard().image().isNull()


@pytest.fixture
def map_(qtbot):
    found = FeatureMap()
    qtbot.addWidget(found)
    found.resize(500, 400)
    found.show()
    structure = planted_structure(60)
    found.show_map(structure.positions, structure.clusters)
    return found


def place(map_, feature):
    return QPoint(*np.round(map_._pixels[feature]).astype(int).tolist())


def test_a_map_that_comes_after_the_search_shows_what_is_searched_for(map_):
    structure = planted_structure(60)
    map_.show_map(None, ())
    map_.show_matching((3, 40))
    map_.show_map(structure.positions, structure.clusters)
    assert np.flatnonzero(map_._matching).tolist() == [3, 40]
    searched = map_.grab().toImage()
    map_.show_matching(None)
    assert map_.grab().toImage() != searched
    map_.show_matching((3, 59))
    fewer = planted_structure(30)
    map_.show_map(fewer.positions, fewer.clusters)
    assert np.flatnonzero(map_._matching).tolist() == [3]


def test_a_point_of_the_map_is_hovered_and_clicked(map_, qtbot):
    heard, chosen = [], []
    map_.hovered.connect(heard.append)
    map_.feature_chosen.connect(chosen.append)
    qtbot.mouseMove(map_.viewport(), place(map_, 12))
    qtbot.waitUntil(lambda: heard == [12])
    qtbot.mouseClick(map_.viewport(), Qt.MouseButton.LeftButton, pos=place(map_, 12))
    assert chosen == [12]


def test_what_is_under_the_pointer_stays_there_while_zooming(map_):
    before = map_._pixels[20].copy()
    event = QWheelEvent(
        QPointF(*before),
        QPointF(*before),
        QPoint(0, 0),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    map_.wheelEvent(event)
    assert np.allclose(map_._pixels[20], before, atol=1e-6)
    assert np.ptp(map_._pixels[:, 0]) > 1.5 * (500 - 60)


def test_arrow_keys_go_to_the_next_point(map_, qtbot):
    chosen = []
    map_.feature_chosen.connect(chosen.append)
    map_.choose(10)
    qtbot.keyClick(map_, Qt.Key.Key_Right)
    assert chosen
    assert map_._pixels[chosen[0], 0] > map_._pixels[10, 0]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_map_is_saved_as_a_picture(map_, tmp_path, ending):
    saved = save_picture(map_, tmp_path / f"map.{ending}")
    assert saved.stat().st_size > 2_000
    if ending == "svg":
        drawing = saved.read_text(encoding="utf-8")
        assert "water" in drawing
        assert "<image" not in drawing


def test_the_map_is_asked_for_in_the_background(page, host):
    assert host.backend.of(ReadStructure) == []
    assert page.overview.map.has_content()
