"""The licences of every part of the program: from the bundle's own list, or from what is installed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from engine.resources import resource

GENERATED = "THIRD-PARTY-LICENSES.txt"
# As long as in the generated list; licences have shorter lines of their own.
_RULE = re.compile(r"^={100}$", re.MULTILINE)
_LICENCE_FILE = re.compile(r"(.*[-_])?(licen[cs]es?|copying|copyright|notice|ofl)([-_.].*)?", re.IGNORECASE)
_LONGEST = 400_000


@dataclass(frozen=True)
class Licensed:
    """A part and its licence.

    Attributes:
        name: of the part.
        version: empty for data.
        expression: the licence in a few words.
        text: its whole text.
    """

    name: str
    version: str
    expression: str
    text: str

    @property
    def title(self) -> str:
        """The part with its version."""
        return f"{self.name} {self.version}".rstrip()


def licensed_parts() -> tuple[Licensed, ...]:
    """Return every part that comes with the program, Semascope itself first."""
    generated = resource().parent / GENERATED
    if generated.is_file():
        return parts_of_bundle(generated.read_text(encoding="utf-8"))
    return tuple(_parts_installed(resource().parent))


def parts_of_bundle(text: str) -> tuple[Licensed, ...]:
    """Return the parts that a generated list of licences names, the list's own head first."""
    head, *pieces = _RULE.split(text)
    parts = [Licensed("All parts", "", "", head.strip())]
    for title, below in zip(pieces[::2], pieces[1::2], strict=False):
        name, _, expression = title.strip().partition("\n")
        parts.append(Licensed(name, "", expression.strip(), below.strip()))
    return tuple(parts)


def versions() -> tuple[tuple[str, str], ...]:
    """Return the main parts and their versions; of what cannot be told, nothing."""
    import platform
    import sqlite3

    import PySide6
    from PySide6.QtCore import qVersion

    from engine import __version__

    found = [
        ("Semascope", __version__),
        ("Python", platform.python_version()),
        ("Qt", qVersion()),
        ("PySide6", PySide6.__version__),
        ("SQLite", sqlite3.sqlite_version),
    ]
    for name in (
        "torch",
        "transformers",
        "sentence-transformers",
        "tokenizers",
        "safetensors",
        "captum",
        "keybert",
        "numpy",
        "scipy",
        "scikit-learn",
        "pyarrow",
        "pyqtgraph",
    ):
        try:
            found.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    found.append(("System", platform.platform()))
    return tuple(found)


def _parts_installed(root: Path) -> Iterator[Licensed]:
    overview = root / "packaging" / "LICENSES.md"
    if overview.is_file():
        yield Licensed("All parts", "", "", overview.read_text(encoding="utf-8"))
    yield Licensed("Semascope", "", "Apache-2.0", _text(root / "LICENSE"))
    for folder in ("fonts", "icons", "sample"):
        files = [path for path in sorted(resource(folder).glob("*")) if _LICENCE_FILE.fullmatch(path.name)]
        for path in files:
            yield Licensed(f"resources/{folder}", "", path.stem, _text(path))
    for name in sorted(_needed(root), key=str.casefold):
        distribution = metadata.distribution(name)
        about = distribution.metadata
        expression = about.get("License-Expression") or about.get("License") or ""
        yield Licensed(
            about["Name"], distribution.version, expression.partition("\n")[0][:80], _texts_of(distribution)
        )


def _needed(root: Path) -> set[str]:
    """Return the distributions that the program needs and that are installed, and those that these need."""
    project = root / "pyproject.toml"
    if not project.is_file():
        return set()
    needed = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    left = [_name(line) for line in needed]
    found: dict[str, str] = {}
    while left:
        name = left.pop()
        if name in found:
            continue
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found[name] = distribution.metadata["Name"]
        left += [_name(line) for line in distribution.requires or () if "extra ==" not in line]
    return set(found.values())


def _name(requirement: str) -> str:
    match = re.match(r"[\w.-]+", requirement)
    assert match is not None, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def _texts_of(distribution: metadata.Distribution) -> str:
    texts = []
    for file in distribution.files or ():
        path = Path(str(file.locate()))
        # What is not in the folder of the metadata may be code that deals with licences.
        if ".dist-info" in str(file) and _LICENCE_FILE.fullmatch(path.name) and path.is_file():
            texts.append(f"--- {path.name}\n\n{_text(path)}")
    return "\n\n".join(texts) or "Its package brings no text; see the list of all parts."


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")[:_LONGEST] if path.is_file() else ""
