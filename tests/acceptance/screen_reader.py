"""Walk the window from outside, as a screen reader does, and say which controls it could not tell of.

    sudo apt-get install at-spi2-core python3-pyatspi xvfb dbus
    dbus-run-session -- xvfb-run -a /usr/bin/python3 tests/acceptance/screen_reader.py

Opens the program on the worked example, in a new home, and reads its tree over the accessibility bus
(AT-SPI): what takes input and has no name, what takes the focus and has no role. Prints one line for each,
and how many objects of each role there are; exit 1 if there is a finding. The interpreter is that of the
system, where pyatspi is installed; the program runs in the virtual environment of the repository.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_OPENS_WITHIN, _SETTLES_WITHIN = 90, 30
_MOST_CELLS = 30
_TAKES_INPUT = {
    "check box", "check menu item", "combo box", "entry", "link", "list", "menu item", "page tab",
    "push button", "radio button", "radio menu item", "slider", "spin button", "table",
    "text", "toggle button", "tree", "tree table",
}  # fmt: skip
_NO_ROLE = {"filler", "invalid", "panel", "redundant object", "unknown"}


def walk(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield every object below one, with the roles and names of what it stands in."""
    yield node, path
    role = node.getRoleName()
    count = min(node.childCount, _MOST_CELLS) if role in ("table", "list", "tree") else node.childCount
    for place in range(count):
        child = node.getChildAtIndex(place)
        if child is not None:
            yield from walk(child, (*path, f"{role} {node.name[:30]!r}"))


def findings(top: Any) -> tuple[list[str], Counter[str]]:
    """Return what a screen reader could not tell of, and how many objects of each role there are."""
    import pyatspi

    found, roles = [], Counter()
    for node, path in walk(top):
        role, states = node.getRoleName(), node.getState()
        roles[role] += 1
        focusable = states.contains(pyatspi.STATE_FOCUSABLE)
        takes_input = focusable or role in _TAKES_INPUT
        # A box of tabs hands the focus on to the tabs in it.
        hands_on = any(child.getRoleName() == "page tab list" for child in node)
        if takes_input and states.contains(pyatspi.STATE_SHOWING) and not node.name.strip():
            found.append(f"no name: {role} in {' > '.join(path[-4:])}")
        if focusable and role in _NO_ROLE and not hands_on:
            found.append(f"no role: {role} {node.name!r} in {' > '.join(path[-4:])}")
    return found, roles


def application(name: str) -> Any:
    """Return the program on the accessibility bus once it is there."""
    import pyatspi

    until = time.monotonic() + _OPENS_WITHIN
    while time.monotonic() < until:
        for found in pyatspi.Registry.getDesktop(0):
            if found is not None and found.name == name:
                return found
        time.sleep(1)
    sys.exit(f"{name} did not come to the accessibility bus within {_OPENS_WITHIN} s")


def main() -> int:
    """Open the program, read its tree, close it."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "HOME": home,
            "XDG_DATA_HOME": home,
            "XDG_CONFIG_HOME": home,
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "QT_QPA_PLATFORM": "xcb",
        }
        python = ROOT / ".venv" / "bin" / "python"
        program = subprocess.Popen([python, ROOT / "main.py"], env=environment, cwd=home)
        try:
            top = application("Semascope")
            time.sleep(_SETTLES_WITHIN)
            found, roles = findings(top)
        finally:
            program.terminate()
            program.wait()
    print(", ".join(f"{count} x {role}" for role, count in roles.most_common()))
    print("\n".join(found) or f"{sum(roles.values())} objects, and each can be told of")
    return 1 if found or not roles else 0


if __name__ == "__main__":
    sys.exit(main())
