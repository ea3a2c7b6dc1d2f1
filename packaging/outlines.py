"""Outlines of transformers' model sources, of which a running program reads little.

When transformers is imported, it reads the sources of all its models for the names that each exports, and a
model that is loaded looks into its own source for a few marks. The code itself runs from the compiled
modules. So the bundle carries of each source the licence, what stands at the left margin, what the names
need, and the marks; every other line is empty, so that lines keep their numbers. A source with code that
torch compiles from its text stays whole.

The build stops if transformers would read anything else from the outlines than from the sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from trimming import Entry

_MODELS = re.compile(r"transformers/models/.+\.py")
_COMPILED_FROM_TEXT = ("torch.jit", "torch.compile", "getsource")
_MARKS = ("ALL_ATTENTION_FUNCTIONS.get_interface(", "@use_experts_implementation")
_ATTENTION = re.compile(r"^class \w*Attention\w*\(nn\.Module\):", re.MULTILINE)
# What stands inside the brackets of these counts, too.
_NAMES = ("__all__", "@requires")
_NOTICE = "# Shortened when Semascope was built: only what is read from this file is left of it.\n"


def outline(source: str) -> str:
    """Return a source without the lines of which nothing is read; those that stay keep their numbers."""
    if any(mark in source for mark in _COMPILED_FROM_TEXT):
        return source
    lines, depth = [], 0
    for line in source.splitlines():
        if depth or line.startswith(_NAMES):
            depth += sum(map(line.count, "([")) - sum(map(line.count, ")]"))
            lines.append(line)
        elif line[:1].strip() or any(mark in line for mark in _MARKS):
            lines.append(line)
        else:
            lines.append("")
    return "\n".join(lines).rstrip() + "\n" + _NOTICE


def shorten(entries: Iterable[Entry], folder: Path) -> list[Entry]:
    """Return entries whose model sources are outlines in a folder; the others as they are.

    Raises:
        ValueError: an outline lacks something that is read from its source.
    """
    done = []
    for target, source, kind in entries:
        name = target.replace("\\", "/")
        if not _MODELS.fullmatch(name):
            done.append((target, source, kind))
            continue
        text = Path(source).read_text(encoding="utf-8")
        whole, short = folder / "whole" / name, folder / "short" / name
        for path, content in ((whole, text), (short, outline(text))):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        _check_marks(name, text, short.read_text(encoding="utf-8"))
        done.append((target, str(short), kind))
    # The plain program, which is built in the same way, carries no transformers.
    if any(_MODELS.fullmatch(target.replace("\\", "/")) for target, _, _ in done):
        _check_names(folder)
    return done


def _check_marks(name: str, source: str, short: str) -> None:
    for mark in _MARKS:
        if (mark in source) != (mark in short):
            raise ValueError(f"the outline of {name} has lost {mark}")
    if bool(_ATTENTION.search(source)) != bool(_ATTENTION.search(short)):
        raise ValueError(f"the outline of {name} has lost its classes of attention")


def _check_names(folder: Path) -> None:
    from transformers.utils.import_utils import create_import_structure_from_path

    whole, short = (
        create_import_structure_from_path(str(folder / kind / "transformers" / "models"))
        for kind in ("whole", "short")
    )
    if whole != short:
        raise ValueError("transformers reads other names from the outlines of models than from their sources")
