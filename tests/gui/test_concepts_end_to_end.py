"""The page Concepts over the real engine, with features of a few dozen sentences."""

import math

import numpy as np

from tests.gui.window import opened, settings_in
from ui import main_window
from ui.concepts.page import ConceptsPage
from ui.concepts.requests import SearchFeatures
from ui.explain.workspace import ExplainWorkspace

BIRDS = {"bird", "sparrow", "owl", "nest", "eggs", "wings"}
PATIENCE_MS = 60_000


def in_front(qtbot, program):
    """Return the page Concepts with its features, map and first examples on screen."""
    page = program.window.pages["Concepts"]
    qtbot.waitUntil(lambda: bool(page.head.dictionary.count()), timeout=PATIENCE_MS)
    program.window.show_page("Concepts")
    qtbot.waitUntil(lambda: page.features.records != (), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: page.feature.examples._words is not None, timeout=PATIENCE_MS)
    return page


def settle(qtbot, program):
    threads = (program.engine, program.background)
    qtbot.waitUntil(lambda: not any(thread.busy for thread in threads), timeout=PATIENCE_MS)


def found_first(qtbot, program, page, text):
    """Type a text into the search field and return the feature at the top of the table."""

    def answers(answer):
        return isinstance(answer.request, SearchFeatures) and answer.request.text == text

    with qtbot.waitSignal(program.engine.answered, timeout=PATIENCE_MS, check_params_cb=answers):
        page.head.search.setText(text)
    settle(qtbot, program)
    return page.features.shown()[0]


def test_features_are_shown_renamed_and_found_by_meaning(qtbot, tmp_path, monkeypatch, things):
    monkeypatch.setattr(
        main_window,
        "make_pages",
        lambda context: {
            "Explain": ExplainWorkspace(context),
            "Concepts": ConceptsPage(context),
        },
    )
    settings = settings_in(tmp_path)
    settings.add_recent_workspace(str(things))
    settings.start = "empty"
    with opened(qtbot, tmp_path, settings=settings) as program:
        page = in_front(qtbot, program)
        settle(qtbot, program)
        rows = page.features.records
        assert len(rows) == 16
        living = [row for row in rows if row.alive]
        named = [row for row in living if row.label]
        assert named
        assert all(row.keywords for row in named)

        # Of a few held-out documents, some features fire on none: their names cannot be scored.
        chosen = max((row for row in named if math.isfinite(row.score)), key=lambda row: row.score)
        program.window.navigator.choose_feature(chosen.feature)
        settle(qtbot, program)
        examples = page.feature.examples
        strongest = examples._examples[0]
        assert strongest.kind == "top"
        assert strongest.activation == max(example.activation for example in examples._examples)
        spans, values = examples._words.spans[0], examples._words.values[0]
        assert " ".join(strongest.text[slice(*span)] for span in spans) == strongest.text
        assert np.abs(values).max() > 0
        assert page.feature.activations.has_content()
        assert page.overview.map.has_content()
        assert np.isfinite(page.overview.map._places[chosen.feature]).all()

        page.feature.name.setText("my own name")
        page.feature.name.commit()
        settle(qtbot, program)
        page.feature.note.setPlainText("a note that is taken back")
        page.feature.note.commit()
        settle(qtbot, program)
        program.window.actions_["edit.undo"].trigger()
        settle(qtbot, program)

        page.head.by_words.click()
        nearest = found_first(qtbot, program, page, "eggs in a nest")
        assert BIRDS & set(rows[nearest].label.replace(",", "").split())
        assert found_first(qtbot, program, page, "my own name") == chosen.feature
        assert page.features.current() == chosen.feature

    with opened(qtbot, tmp_path, settings=settings) as program:
        page = in_front(qtbot, program)
        row = page.features.records[chosen.feature]
        assert (row.label, row.machine_label, row.note) == ("my own name", chosen.label, "")
        assert program.window.actions_["edit.redo"].isEnabled()
