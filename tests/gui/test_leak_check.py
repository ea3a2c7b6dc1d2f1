"""A leaked QThread, QTimer or window is caught; one that was stopped, closed or deleted is not."""

from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QWidget

from tests.leaks import LeakCheck


def test_a_running_timer_is_named(qapp):
    check = LeakCheck()
    timer = QTimer(objectName="debounce")
    timer.start(1000)
    found = check.leaks(grace_seconds=0.05)
    timer.stop()
    assert found == ["QTimer still running: QTimer 'debounce', every 1000 ms"]


def test_a_timer_of_a_hidden_widget_is_found_through_its_owner(qapp):
    check = LeakCheck()
    widget = QWidget()
    QTimer(widget, objectName="pulse").start(1000)
    found = check.leaks(grace_seconds=0.05)
    widget.findChild(QTimer).stop()
    assert found == ["QTimer still running: QTimer 'pulse' of QWidget, every 1000 ms"]


def test_a_running_qthread_is_named(qapp):
    check = LeakCheck()
    thread = QThread(objectName="engine")
    thread.start()
    found = check.leaks(grace_seconds=0.05)
    thread.quit()
    thread.wait()
    assert found == ["QThread still running: QThread 'engine'"]


def test_an_open_window_is_named(qtbot):
    check = LeakCheck()
    widget = QWidget(windowTitle="Explain")
    widget.show()
    found = check.leaks(grace_seconds=0.05)
    widget.close()
    assert found == ["window still open: QWidget 'Explain'"]


def test_what_was_stopped_closed_or_deleted_is_no_leak(qapp):
    check = LeakCheck()
    stopped = QTimer()
    stopped.start(1000)
    stopped.stop()
    owner = QWidget()
    owned = QTimer(owner)
    owned.start(1000)
    owner.show()
    owner.deleteLater()
    thread = QThread()
    thread.start()
    thread.quit()
    thread.wait()
    assert check.leaks() == []
