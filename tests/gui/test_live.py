"""Typing gives a quick answer after a pause, and the full one once that has come and typing has ended."""

from ui.explain import live
from ui.explain.live import LiveTimer


def moments(timer):
    heard = []
    timer.quick_due.connect(lambda: heard.append("quick"))
    timer.refine_due.connect(lambda: heard.append("refine"))
    return heard


def make(monkeypatch, quick=10, refine=30):
    monkeypatch.setattr(live, "QUICK_AFTER_MS", quick)
    monkeypatch.setattr(live, "REFINE_AFTER_MS", refine)
    return LiveTimer()


def test_keystrokes_in_a_row_are_one_change(qtbot, monkeypatch):
    timer = make(monkeypatch, quick=40)
    heard = moments(timer)
    for _ in range(4):
        timer.touch()
        qtbot.wait(5)
    assert heard == []
    qtbot.waitUntil(lambda: heard == ["quick"])
    timer.stop()


def test_the_full_answer_waits_for_the_quick_one(qtbot, monkeypatch):
    timer = make(monkeypatch)
    heard = moments(timer)
    timer.touch()
    qtbot.waitUntil(lambda: heard == ["quick"])
    qtbot.wait(60)
    assert heard == ["quick"]
    assert timer.pending
    timer.quick_answered()
    assert heard == ["quick", "refine"]
    assert not timer.pending


def test_the_full_answer_waits_for_the_pause(qtbot, monkeypatch):
    timer = make(monkeypatch)
    heard = moments(timer)
    timer.touch()
    qtbot.waitUntil(lambda: heard == ["quick"])
    timer.quick_answered()
    assert heard == ["quick"]
    qtbot.waitUntil(lambda: heard == ["quick", "refine"])


def test_stop_forgets_everything(qtbot, monkeypatch):
    timer = make(monkeypatch)
    heard = moments(timer)
    timer.touch()
    timer.stop()
    timer.quick_answered()
    qtbot.wait(60)
    assert heard == []
