"""An error in what Qt calls is told, and does not end the program."""

import importlib
import pkgutil
import subprocess
import sys

import pytest
from shiboken6 import Shiboken

import ui
from ui import overrides

# The list raises its error itself: the value of that error is a text, not an exception.
ERRORS = """
import sys
from PySide6.QtWidgets import QApplication
from ui import overrides
from ui.widgets.canvas import Canvas

class Broken(Canvas):
    __module__ = "ui.broken"
    def has_content(self):
        return True
    def lay_out(self, width):
        return 100
    def paint_content(self, painter, width, top, bottom):
        [][0]

told, kept = [], []
def hook(kind, error, trace):
    told.append(str(error))
    kept.append((error, trace))
sys.excepthook = hook
app = QApplication([])
overrides.guard()
overrides.guard()
broken = Broken("Broken", "")
broken.show()
app.processEvents()
assert told, "nothing was painted"
assert set(told) == {"list index out of range"}, told
del broken, app
print("lived")
"""


@pytest.fixture(scope="module")
def classes():
    """The classes of the window, all of its modules imported, after they have been guarded."""
    for module in pkgutil.walk_packages(ui.__path__, "ui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    overrides.guard()
    return [kind for kind in set(overrides._below(Shiboken.Object)) if kind.__module__.startswith("ui.")]


def test_an_error_while_painting_is_told_and_the_program_lives():
    run = subprocess.run(
        [sys.executable, "-c", ERRORS], capture_output=True, text=True, timeout=100, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["lived"]
    assert "active painter" not in run.stderr


def test_all_that_qt_calls_is_guarded(classes):
    handlers = {
        f"{kind.__module__}.{kind.__name__}.{name}": function
        for kind in classes
        for name, function in vars(kind).items()
        if name in ("paint", "event", "eventFilter", "data", "sizeHint") or name.endswith("Event")
    }
    assert len(handlers) > 60
    assert [name for name, function in handlers.items() if not hasattr(function, "is_guarded")] == []


def test_a_handler_answers_qt_and_a_function_with_a_value_raises(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: told.append(error))

    def eventFilter(watched, event):
        raise ValueError(watched)

    def paintEvent(event):
        raise ValueError(event)

    def data(index):
        return {}[index]

    assert overrides.guarded(eventFilter)("watched", None) is False
    assert overrides.guarded(paintEvent)("event") is None
    assert [str(error) for error in told] == ["watched", "event"]
    with pytest.raises(KeyError):
        overrides.guarded(data)(1)
