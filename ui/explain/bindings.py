"""Which actions of the window act on the workspace Explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.attribution.request import UNITS
from ui.actions import Actions
from ui.page import focus_field
from ui.settings import LEVELS, Settings

if TYPE_CHECKING:
    from ui.explain.workspace import ExplainWorkspace

PAGE = "Explain"


def bind_actions(workspace: ExplainWorkspace, actions: Actions, settings: Settings) -> None:
    """Connect the actions, and check those that say how results are shown."""
    inputs, view, panels, export = workspace.inputs, workspace.view, workspace.panels, workspace.export
    asking, result = workspace.asking, workspace.result

    def show_unit(unit: str) -> None:
        settings.unit = unit
        view.set_unit(unit)

    def show_level(level: str) -> None:
        settings.level = level
        view.set_level(level)

    for id, callback in {
        "run.explain": asking.explain,
        "run.methods": workspace.compare_methods,
        "run.captum": workspace.check_with_captum,
        "file.report": export.save_report,
        "file.csv": export.save_csv,
        "file.json": export.save_json,
        "file.picture": export.save_picture,
        "edit.copy_csv": export.copy_csv,
        "edit.copy_json": export.copy_json,
        "edit.copy_picture": export.copy_picture,
        "edit.candidates": lambda: focus_field(inputs.candidates),
        "view.next_candidate": lambda: result.step(1),
        "view.previous_candidate": lambda: result.step(-1),
        "view.back": lambda: panels.history.step(1),
        "view.forward": lambda: panels.history.step(-1),
        "view.show_all": view.selection.clear,
        "view.reset": panels.reset,
        **{f"view.{unit}": lambda unit=unit: show_unit(unit) for unit in UNITS},
        **{f"view.{level}": lambda level=level: show_level(level) for level in LEVELS},
    }.items():
        actions.bind(id, callback, PAGE)
    actions.bind_toggle("run.live", asking.set_live, PAGE)
    actions.bind("run.cancel", workspace.cancel)
    actions.bind("file.open", inputs.open_file)
    actions.bind("file.example", workspace.show_worked_example)
    actions["run.live"].setChecked(settings.live)
    actions[f"view.{settings.unit}"].setChecked(True)
    actions[f"view.{settings.level}"].setChecked(True)
