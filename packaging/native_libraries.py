"""The shared libraries of the bundle: which it needs, which the system must have, which can be stripped."""

from __future__ import annotations

import functools
import re
import shutil
import struct
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from trimming import Entry

# Left to the system that the program is installed on: the C library, and what belongs to the graphics driver
# and the display server. Each becomes a dependency of the Debian package.
SYSTEM = re.compile(
    r"(ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv|nsl|crypt|anl)|libGLX?|libEGL|libOpenGL|libGLESv2|libgbm|libdrm"
    r"|libvulkan|libxcb|libxcb-dri\d|libwayland-.*)\.so(\.\d+)*"
)
# Large, and built with symbols that only a debugger reads. Stripping others saves little; stripping the
# libraries in *.libs folders, whose makers have edited them, breaks them.
STRIPPED = re.compile(
    r"torch/lib/libtorch_(cpu|python)\.so|torch/lib/libc10\.so|libpython[\d.]+\.so[\d.]*|tokenizers/.*\.so"
    r"|(pyarrow|kiwisolver|regex|fontTools|yaml|PIL|sklearn|scipy|numpy)/.*\.so[\d.]*"
    r"|python3[\d.]*/lib-dynload/.*\.so"
)
_MODULES = ("BINARY", "EXTENSION")
_ELF = b"\x7fELF"
_DYNAMIC, _NEEDED = 6, 1  # elf.h: SHT_DYNAMIC, DT_NEEDED
# Each part of pyarrow is linked to all its libraries; the reader of Parquet uses nothing of these.
UNUSED = ("libarrow_substrait.so", "libarrow_dataset.so", "libarrow_acero.so")


class MissingLibrary(Exception):
    """A library that something in the bundle needs and that is not there; in one line."""


def needed(path: Path) -> tuple[str, ...]:
    """Return the names of the libraries that an ELF file asks the loader for."""
    return tuple(re.findall(r"^\s+NEEDED\s+(\S+)", _headers(path), re.MULTILINE))


def reachable(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries without libraries at the top of the bundle that nothing in it asks for any more."""
    by_name = {Path(target).name: source for target, source, kind in entries if kind in _MODULES}
    wanted: set[str] = set()
    waiting = [source for target, source, kind in entries if kind in _MODULES and not _is_dependency(target)]
    while waiting:
        for name in needed(Path(waiting.pop())):
            if name not in wanted:
                wanted.add(name)
                if name in by_name:
                    waiting.append(by_name[name])
    gone = {
        target
        for target, _, kind in entries
        if kind in _MODULES and _is_dependency(target) and Path(target).name not in wanted
    }
    return [entry for entry in entries if entry[0] not in gone]


def without_dangling_links(entries: Sequence[Entry], carried: Iterable[Entry]) -> list[Entry]:
    """Return the entries without links to what is not among those carried."""
    places = {target for target, _, kind in carried if kind != "SYMLINK"}
    return [entry for entry in entries if entry[2] != "SYMLINK" or _link_target(entry) in places]


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ELF)) == _ELF


def _is_dependency(target: str) -> bool:
    """Whether an entry was collected only because another library asks for it."""
    folder = Path(target).parent
    in_wheel = folder.name.endswith(".libs") or folder.as_posix() == "PySide6/Qt/lib"
    at_top = folder == Path() and target.startswith("lib") and not target.startswith("libpython")
    return at_top or in_wheel


def _link_target(entry: Entry) -> str:
    parts: list[str] = []
    for part in (Path(entry[0]).parent / entry[1]).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts).as_posix()


def in_folder(bundle: Path) -> dict[str, Path]:
    """Return the programs and libraries of a built folder: where they lie in it -> their paths."""
    files = (path for path in bundle.rglob("*") if path.is_file())
    return {path.relative_to(bundle).as_posix(): path for path in files if _is_elf(path)}


def left_to_system(libraries: Mapping[str, Path]) -> set[str]:
    """Return the names of the libraries that the system must have.

    Raises:
        MissingLibrary: something asks for a library that is neither in the bundle nor one of the system's. On
            the building machine it was not installed, and the window would not open anywhere.
    """
    carried = {Path(target).name for target in libraries}
    outside: set[str] = set()
    for target, path in libraries.items():
        for name in set(needed(path)) - carried:
            if not SYSTEM.fullmatch(name):
                raise MissingLibrary(
                    f"{target} needs {name}, which is not on this machine: install it and build anew"
                )
            outside.add(name)
    return outside


def newest_libc(libraries: Mapping[str, Path]) -> str:
    """Return the version of the C library that the newest of the libraries asks for."""
    versions = {(2, 0)}
    for path in libraries.values():
        versions |= {
            (int(major), int(minor)) for major, minor in re.findall(r"GLIBC_(\d+)\.(\d+)", _headers(path))
        }
    return ".".join(map(str, max(versions)))


def strip(entries: Iterable[Entry], folder: Path) -> tuple[list[Entry], int]:
    """Return the entries with the libraries in `STRIPPED` replaced by bare copies, and the bytes saved."""
    stripped, saved = [], 0
    for target, source, kind in entries:
        path = source
        if kind in _MODULES and STRIPPED.fullmatch(target):
            copy = folder / target
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
            subprocess.run(["strip", "--strip-unneeded", copy], check=True)
            forget(copy, [name for name in needed(Path(source)) if name.startswith(UNUSED)])
            less = Path(source).stat().st_size - copy.stat().st_size
            if less > 0:
                saved += less
                path = str(copy)
        stripped.append((target, path, kind))
    return stripped, saved


@functools.cache
def _headers(path: Path) -> str:
    return subprocess.run(["objdump", "-p", path], capture_output=True, text=True, check=False).stdout


def forget(path: Path, names: Iterable[str]) -> None:
    """Take libraries off the list of those that an ELF file (64 bits, little-endian) asks the loader for.

    Only for libraries of which it uses nothing: makers link more than they need.
    """
    data = bytearray(path.read_bytes())
    section_at, (size, count) = struct.unpack_from("<Q", data, 40)[0], struct.unpack_from("<HH", data, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, section_at + size * place) for place in range(count)]
    _, _, _, _, start, length, link, *_ = next(section for section in sections if section[1] == _DYNAMIC)
    strings = sections[link][4]
    entries = [struct.unpack_from("<QQ", data, start + 16 * place) for place in range(length // 16)]
    unwanted = {name.encode() for name in names}

    def stays(entry: tuple[int, int]) -> bool:
        tag, value = entry
        name_at = strings + value
        return tag != _NEEDED or bytes(data[name_at : data.index(b"\0", name_at)]) not in unwanted

    kept = [entry for entry in entries if stays(entry)]
    kept += [(0, 0)] * (len(entries) - len(kept))
    for place, entry in enumerate(kept):
        struct.pack_into("<QQ", data, start + 16 * place, *entry)
    path.write_bytes(data)
