"""What the bundle is made of: every file that PyInstaller collected, by the part it comes from.

Licences and the bill of materials are made from this list, so neither can name what is not carried or leave
out what is. A file whose origin is not known stops the build.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

from requirements import needed_to_run
from trimming import Entry

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = re.compile(r"\.(so(\.[\d.]+)?|dylib|dll|pyd)$")


class PartError(Exception):
    """What is wrong with the bundle, in one line."""


@dataclass
class Part:
    """A distribution, a Debian package, Python or the program itself, and its files in the bundle.

    Attributes:
        kind: "distribution", "debian", "python" or "program".
        name: as its makers spell it.
        version: empty for the program.
        files: where they lie in the bundle -> where they come from.
    """

    kind: str
    name: str
    version: str
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def libraries(self) -> dict[str, Path]:
        """The shared libraries among the files, without modules of Python."""
        return {
            target: source
            for target, source in self.files.items()
            if LIBRARY.search(source.name) and ".cpython-" not in source.name and ".abi3." not in source.name
        }


def find_parts(entries: Iterable[Entry]) -> list[Part]:
    """Return the parts that PyInstaller's entries (target, source, type) come from, in the order of names.

    Raises:
        PartError: the origin of a file is not known.
    """
    parts: dict[tuple[str, str], Part] = {}
    for target, source, form in entries:
        if form == "SYMLINK" or not os.path.isabs(source):
            continue
        kind, name, version = origin(Path(source))
        part = parts.setdefault((kind, name), Part(kind, name, version))
        part.files[target] = Path(source)
    return sorted(parts.values(), key=lambda part: (part.kind, part.name.lower()))


def without_other_distributions(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries without those of distributions that are installed to develop or to build."""
    wanted = {*needed_to_run(), "pyinstaller", "pyinstaller-hooks-contrib"}
    kept = []
    for entry in entries:
        owner = _distribution(Path(entry[1])) if entry[2] != "SYMLINK" else None
        if owner is None or canonicalize_name(owner[0]) in wanted:
            kept.append(entry)
    return kept


def origin(path: Path) -> tuple[str, str, str]:
    """Return kind, name and version of the part that a file belongs to."""
    distribution = _distribution(path)
    if distribution is not None:
        return "distribution", *distribution
    # Virtual environments lie inside the checkout, so these come after the distributions.
    if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
        return "program", "Semascope", ""
    real = path.resolve()
    standard = [Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")]
    # PyInstaller packs the first modules of the standard library into a file of its own.
    if path.name == "base_library.zip" or _is_libpython(real) or any(map(real.is_relative_to, standard)):
        return "python", "Python", ".".join(map(str, sys.version_info[:3]))
    if Path("/usr/bin/dpkg-query").exists():
        owner = debian_owner(path) or debian_owner(real)
        if owner is not None:
            return "debian", *owner
    raise PartError(f"{path} is collected, but no installed part owns it: its licence is not known")


def _distribution(path: Path) -> tuple[str, str] | None:
    owners = _owners()
    return owners.get(os.path.normcase(path)) or owners.get(os.path.normcase(path.resolve()))


def _is_libpython(path: Path) -> bool:
    if sys.platform == "win32":
        return path.is_relative_to(Path(sys.base_prefix))
    return path.name.startswith("libpython")


@functools.cache
def _owners() -> dict[str, tuple[str, str]]:
    """Return name and version of the distribution that brings each file."""
    owners = {}
    for distribution in metadata.distributions():
        named = distribution.name, distribution.version
        for file in distribution.files or ():
            owners[os.path.normcase(distribution.locate_file(file))] = named
    return owners


@functools.cache
def debian_owner(path: Path) -> tuple[str, str] | None:
    """Return name and version of the Debian package that brings a file, None if none does."""
    # Since /lib became a link to /usr/lib, a package may list a file under either.
    text = str(path)
    names = {text, text.removeprefix("/usr"), text if text.startswith("/usr/") else "/usr" + text}
    for name in sorted(names):
        found = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True, check=False)
        if not found.returncode:
            package = found.stdout.splitlines()[0].partition(": ")[0].partition(",")[0]
            shown = subprocess.run(
                ["dpkg-query", "--show", "--showformat=${Package} ${Version}", package],
                capture_output=True,
                text=True,
                check=True,
            )
            owner, version = shown.stdout.split()
            return owner, version
    return None
