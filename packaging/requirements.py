"""Which distributions the program needs to run: those that pyproject.toml names, and what these need."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def needed_to_run() -> set[str]:
    """Return the normalised names of the distributions; those for development are not among them."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    # Each with the extras of what asks for it: a marker may speak of them.
    waiting = [(line, {""}) for line in project["dependencies"]]
    names: set[str] = set()
    while waiting:
        line, extras = waiting.pop()
        requirement = Requirement(line)
        name = canonicalize_name(requirement.name)
        marker = requirement.marker
        if name in names or not (
            marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)
        ):
            continue
        try:
            below = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            # Meant for another system, or not needed by the part that is used.
            continue
        names.add(name)
        waiting += [(line, {"", *requirement.extras}) for line in below]
    return names
