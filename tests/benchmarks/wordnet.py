"""Definitions of WordNet 3.0, from the files of the Debian package wordnet-base."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measuring import Unavailable

FOLDER = Path("/usr/share/wordnet")
FILES = ("data.noun", "data.verb", "data.adj", "data.adv")
_EXAMPLE = re.compile(r';\s*"')


@dataclass(frozen=True)
class Definition:
    """The definition of one synset, without its examples; ``synset`` is unique over all files."""

    synset: str
    text: str


def read_definitions(folder: Path = FOLDER) -> list[Definition]:
    """All definitions, in the order of the files.

    Raises:
        Unavailable: a file is not there.
    """
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise Unavailable(f"{folder / missing[0]} is not there; install the Debian package wordnet-base")
    return [definition for name in FILES for definition in _read(folder / name)]


def _read(path: Path) -> Iterator[Definition]:
    for line in path.read_text(encoding="utf-8").splitlines():
        fields, bar, gloss = line.partition(" | ")
        # The licence at the head of each file is indented.
        if line.startswith(" ") or not bar:
            continue
        definition = _EXAMPLE.split(gloss)[0].strip().rstrip(";").strip()
        if definition:
            yield Definition(f"{path.suffix[1:]}:{fields.split()[0]}", definition)
