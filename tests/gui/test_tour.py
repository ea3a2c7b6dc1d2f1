"""The tour stands beside the real things, goes by mouse and keyboard, and keeps nothing from working."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget

from tests.gui.fake_backend import FakeBackend
from tests.gui.window import opened, settings_in, wait_settled
from ui.help.callout import Callout, place_beside
from ui.help.tour import STOPS


@pytest.fixture
def program(qtbot, tmp_path):
    with opened(qtbot, tmp_path, FakeBackend()) as program:
        wait_settled(qtbot, program)
        yield program


@pytest.fixture
def tour(program):
    program.window.actions_["help.tour"].trigger()
    return program.window.help.tour


def where(widget, window):
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def test_every_stop_is_beside_its_target_and_inside_the_window(program, tour):
    window = program.window
    for number, stop in enumerate(STOPS, start=1):
        QApplication.processEvents()
        target, callout = stop.target(window), tour.callout
        assert target.isVisible(), stop.title
        assert window.page_name == stop.page
        assert callout.isVisible()
        assert window.rect().contains(callout.geometry()), stop.title
        body = callout.geometry().adjusted(9, 9, -9, -9)
        assert not body.intersects(where(target, window)), stop.title
        assert tour.outline.geometry().contains(where(target, window) & window.rect()), stop.title
        assert callout.accessibleName() == f"Tour, step {number} of {len(STOPS)}: {stop.title}"
        assert callout.accessibleDescription() == stop.text
        callout.next.click()
    assert window.help.tour is None
    assert window.page_name == "Explain"


def test_no_words_are_cut(program, tour):
    for stop in STOPS:
        label = tour.callout.text
        assert label.text() == stop.text
        assert label.height() >= label.heightForWidth(label.width())
        tour.callout.next.click()


def test_the_keyboard_goes_on_back_and_away(qtbot, program, tour):
    window = program.window
    with qtbot.waitActive(window):
        window.activateWindow()
    assert QApplication.focusWidget() is tour.callout.next
    assert not tour.callout.back.isEnabled()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert tour.place == 1
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is tour.callout.back
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert tour.place == 0
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert window.help.tour is None


def test_each_stop_is_told_to_screen_readers(program, tour, monkeypatch):
    told = []
    monkeypatch.setattr(
        QAccessible, "updateAccessibility", lambda event: told.append((event.type(), event.object()))
    )
    tour.callout.next.click()
    assert (QAccessible.Event.Alert, tour.callout) in told
    assert STOPS[1].text in tour.callout.next.accessibleDescription()


def test_the_program_works_under_the_tour(qtbot, program, tour):
    explain = program.window.explain
    explain.inputs.query.setFocus()
    qtbot.keyClicks(explain.inputs.query, "x")
    wait_settled(qtbot, program)
    assert explain.explanation.request.query.startswith("x")
    assert tour.place == 0
    program.window.show_page("Rank")
    QApplication.processEvents()
    assert not tour.outline.isVisible()
    assert program.window.rect().contains(tour.callout.geometry())


def test_it_follows_its_target(qtbot, program, tour):
    window = program.window
    tour.go(3)
    before = tour.outline.geometry()
    window.resize(window.width() - 150, window.height() - 60)
    qtbot.waitUntil(lambda: tour.outline.geometry() != before)
    QApplication.processEvents()
    target = STOPS[3].target(window)
    assert tour.outline.geometry().contains(where(target, window) & window.rect())
    assert window.rect().contains(tour.callout.geometry())


def test_it_opens_by_itself_once(qtbot, tmp_path):
    settings = settings_in(tmp_path)
    assert not settings.tour_seen
    with opened(qtbot, tmp_path, FakeBackend(), settings) as program:
        program.window.help.welcome()
        qtbot.waitUntil(lambda: program.window.help.tour is not None)
        assert settings.tour_seen
    with opened(qtbot, tmp_path, FakeBackend(), settings) as program:
        program.window.help.welcome()
        wait_settled(qtbot, program)
        assert program.window.help.tour is None


def test_a_search_of_a_person_is_left_alone(program, tour):
    field = program.window.pages["Rank"].query_field()
    place = next(number for number, stop in enumerate(STOPS) if stop.query)
    tour.go(place)
    assert field.text() == STOPS[place].query
    field.setText("my own")
    tour.go(place)
    assert field.text() == "my own"


def test_taken_again_it_begins_anew(program, tour):
    tour.go(4)
    program.window.actions_["help.tour"].trigger()
    assert program.window.help.tour is not tour
    assert program.window.help.tour.place == 0


@pytest.mark.parametrize(
    ("there", "side"),
    [
        (QRect(10, 10, 300, 100), "below"),
        (QRect(100, 700, 800, 90), "above"),
        (QRect(5, 5, 300, 790), "right"),
        (QRect(600, 5, 390, 790), "left"),
        (QRect(0, 0, 1000, 800), ""),
        (QRect(), ""),
    ],
)
def test_it_takes_the_side_with_room(qtbot, there, side):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1000, 800)
    callout = Callout(window)
    callout.show_words("Title", "Some words.", 1, 2)
    place_beside(callout, there, window.rect())
    assert callout._side == side
    assert window.rect().contains(callout.geometry())
    assert not side or not callout.geometry().adjusted(9, 9, -9, -9).intersects(there)
