"""What a file is called that a person asks for, and that none is overwritten unasked."""

import pytest
from PySide6.QtWidgets import QFileDialog

from ui.save_dialog import ask_save_path

FILTERS = "PNG picture (*.png);;SVG drawing (*.svg)"


@pytest.fixture
def person(monkeypatch):
    """Let a test say what a person answers, and return what was proposed."""
    answers, proposed = [], []

    def answer(_parent, _title, start, _filters):
        proposed.append(start)
        return answers.pop(0)

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return answers, proposed


@pytest.mark.parametrize(
    ("said", "chosen", "path"),
    [
        ("/x/plot.svg", "PNG picture (*.png)", "/x/plot.svg"),
        ("/x/PLOT.PNG", "PNG picture (*.png)", "/x/PLOT.PNG"),
        ("/x/plot", "SVG drawing (*.svg)", "/x/plot.svg"),
        ("/x/plot", "", "/x/plot.png"),
        ("/x/version 1.2", "PNG picture (*.png)", "/x/version 1.2.png"),
        ("", "", ""),
    ],
)
def test_a_name_gets_the_ending_that_was_chosen(person, said, chosen, path):
    person[0].append((said, chosen))
    assert ask_save_path(None, "Save", "/x/start.png", FILTERS) == (path, chosen)


def test_a_file_of_the_whole_name_is_asked_about(person, tmp_path):
    answers, proposed = person
    there = tmp_path / "plot.png"
    there.write_bytes(b"")
    answers += [(str(tmp_path / "plot"), "PNG picture (*.png)"), ("", "")]
    assert ask_save_path(None, "Save", tmp_path / "start.png", FILTERS) == ("", "")
    assert proposed == [str(tmp_path / "start.png"), str(there)]
    # Chosen with its ending, Qt has asked already.
    answers.append((str(there), "PNG picture (*.png)"))
    assert ask_save_path(None, "Save", "start.png", FILTERS)[0] == str(there)
