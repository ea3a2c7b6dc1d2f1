"""What the window does first when something is not as it should be."""

import pytest
from PySide6.QtWidgets import QApplication

from tests.gui.fake_backend import FakeBackend
from tests.gui.window import close, settings_in, wait_settled
from ui.app import Program
from ui.requests import ModelChoice, OpenWorkspace
from ui.startup_checks import OpeningMark, Start


@pytest.fixture
def backend():
    return FakeBackend()


@pytest.fixture
def begin(qtbot, tmp_path, backend):
    """Start the program in some state of the machine; it is closed at the end."""
    running = []

    def start(**state):
        program = Program(
            QApplication.instance(),
            settings_in(tmp_path),
            tmp_path / "logs",
            backend,
            FakeBackend(),
            Start(**state),
        )
        running.append(program)
        with qtbot.waitSignal(program.opened):
            program.start()
        return program

    yield start
    for program in running:
        close(qtbot, program)


def test_with_too_little_memory_nothing_is_loaded_before_a_person_says_so(qtbot, begin, backend, tmp_path):
    program = begin(short_of_memory="Only 0.5 GB of memory is free", data=tmp_path / "data")
    banner = program.window.page.banner
    qtbot.wait(100)
    assert banner.message == "Only 0.5 GB of memory is free"
    assert backend.steps == []
    assert not program.window.sessions._timer.isActive(), "an empty window would replace the last session"
    banner._button.click()
    wait_settled(qtbot, program)
    assert backend.asked(ModelChoice)


def test_notes_stand_beside_each_other(qtbot, begin):
    program = begin(notes=("Nothing will be remembered.", "Another temporary folder is used."))
    wait_settled(qtbot, program)
    banner = program.window.page.banner
    assert banner.message == "Nothing will be remembered. Another temporary folder is used."
    assert not banner.is_error


def test_the_driver_is_used_again_if_a_person_wants_it(qtbot, begin, tmp_path):
    (tmp_path / "opening-999999999").write_text("")
    mark = OpeningMark(tmp_path)
    assert mark.was_left()
    program = begin(data=tmp_path, without_driver=True, notes=("The window did not come up.",))
    wait_settled(qtbot, program)
    banner = program.window.page.banner
    assert banner._button.text() == "Use the driver at the next start"
    banner._button.click()
    assert not mark.was_left()


def test_a_safe_start_brings_nothing_back(qtbot, begin, backend, tmp_path):
    program = begin(safe=True, data=tmp_path / "data")
    program.window.settings.model_folder = "/models/other"
    wait_settled(qtbot, program)
    assert backend.asked(ModelChoice) == [ModelChoice(device="cpu")]
    assert backend.asked(OpenWorkspace) == []
    assert "safe start" in program.window.page.banner.message


def test_a_model_that_is_not_complete_leaves_a_way_on(qtbot, begin, backend, monkeypatch):
    answer = backend._answer

    def damaged(request, job, partial):
        if isinstance(request, ModelChoice):
            from engine.errors import UserError

            raise UserError("model.safetensors is damaged")
        return answer(request, job, partial)

    monkeypatch.setattr(backend, "_answer", damaged)
    program = begin()
    banner = program.window.explain.banner
    qtbot.waitUntil(lambda: banner.is_error)
    assert banner.message == "model.safetensors is damaged"
    assert banner._button.text() == "Choose another model…"


def test_a_path_is_opened(qtbot, begin, backend, tmp_path):
    from engine.corpus.schema import DATABASE

    (tmp_path / "w").mkdir()
    (tmp_path / "w" / DATABASE).write_text("")
    program = begin(path=tmp_path / "w")
    wait_settled(qtbot, program)
    assert backend.asked(OpenWorkspace)[-1] == OpenWorkspace(str(tmp_path / "w"))


def test_a_path_that_is_nothing_is_told(qtbot, begin, tmp_path):
    (tmp_path / "x.bin").write_bytes(b"\0\1")
    program = begin(path=tmp_path / "x.bin")
    wait_settled(qtbot, program)
    assert "x.bin" in program.window.page.banner.message
