"""Writes the tables of the guide that must not differ from the program: its commands, keys and options.

Run it after a change to `ui/action_list.py` or to a subcommand: `.venv/bin/python packaging/guide_tables.py`.
A test fails while the guide and the program differ.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.cli.arguments import parser  # noqa: E402

if TYPE_CHECKING:
    from ui.action_list import ActionSpec

GUIDE = ROOT / "resources" / "guide"


def filled(text: str, tables: dict[str, str]) -> str:
    """Return a page with what stands between `<!-- NAME -->` and `<!-- /NAME -->` put anew.

    Raises:
        KeyError: a marker names no table.
    """

    def block(match: re.Match[str]) -> str:
        name = match["name"]
        return f"<!-- {name} -->\n{tables[name]}\n<!-- /{name} -->"

    return re.sub(r"<!-- (?P<name>[\w-]+) -->\n.*?\n?<!-- /(?P=name) -->", block, text, flags=re.DOTALL)


def action_tables() -> dict[str, str]:
    """Return a table for each menu of the window, "menu-file" and so on."""
    from ui.action_list import ACTIONS

    menus: dict[str, list[ActionSpec]] = {}
    for spec in ACTIONS:
        menus.setdefault(spec.menu.partition("/")[0], []).append(spec)
    return {
        f"menu-{menu.lower()}": _table(("Command", "Keys", "What it does"), [_row(spec) for spec in specs])
        for menu, specs in menus.items()
    }


def option_tables() -> dict[str, str]:
    """Return usage and options of each subcommand, "command-explain" and so on."""
    (commands,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return {f"command-{name}": _command(one) for name, one in commands.choices.items()}


def page(name: str, tables: dict[str, str]) -> str:
    """Return a page of the guide with its tables put anew."""
    return filled((GUIDE / name).read_text(encoding="utf-8"), tables)


def _row(spec: ActionSpec) -> tuple[str, str, str]:
    keys = f"`{spec.shortcut}`" if spec.shortcut else ""
    path = spec.menu.partition("/")[2]
    text = spec.text.replace("&", "")
    return f"{path}, {text}" if path else text, keys, spec.tip


def _command(command: argparse.ArgumentParser) -> str:
    rows = []
    for action in command._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        name = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        value = "" if action.nargs == 0 or not action.option_strings else f" {_value(action)}"
        wanted = "required" if action.required else ""
        told = (action.help or "") % {"default": action.default, "prog": command.prog}
        rows.append((f"`{name}{value}`", wanted, told))
    return f"{(command.description or '').strip()}\n\n{_table(('Argument', '', 'Meaning'), rows)}"


def _value(action: argparse.Action) -> str:
    return (
        "|".join(map(str, action.choices)) if action.choices else str(action.metavar or action.dest.upper())
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"

    return "\n".join([line(head), "|" + "---|" * len(head), *map(line, rows)])


def main() -> None:
    """Write the pages that differ."""
    for name, tables in (("keyboard.md", action_tables()), ("command-line.md", option_tables())):
        text, path = page(name, tables), GUIDE / name
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
