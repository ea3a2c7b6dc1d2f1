"""Makes a smaller copy of ICU's data library, which comes with Qt and holds far more than Qt asks for.

Left out: names of languages, regions, currencies, units and time zones, spelled-out numbers,
transliterations, word boundaries, legacy character sets. Qt has tables of its own for most of them; the
program reads legacy character sets with Python. Kept: collation, normalization, properties of characters,
locales.

The library is one symbol that holds a package of ICU's common data format: a header, a table of contents
(names and offsets from its start), and the items.
"""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

_LEFT_OUT = re.compile(r"[^/]+/((brkitr|curr|lang|rbnf|region|translit|unit|zone)/.*|.*\.cnv)")
_MAGIC = 0x27DA
_ALIGNMENT = 16


class Package(NamedTuple):
    """A package of data: its header as it is, and its items by name, in order."""

    header: bytes
    items: dict[str, bytes]


def read(data: bytes) -> Package:
    """Take a package apart."""
    size, magic = struct.unpack_from("<HH", data)
    if magic != _MAGIC or data[12:16] != b"CmnD":
        raise ValueError("no package of ICU's common data")
    (count,) = struct.unpack_from("<I", data, size)
    entries = [struct.unpack_from("<II", data, size + 4 + 8 * place) for place in range(count)]
    ends = [offset for _, offset in entries[1:]] + [len(data) - size]
    names = (data[size + name : data.index(b"\0", size + name)].decode("ascii") for name, _ in entries)
    items = (data[size + start : size + end] for (_, start), end in zip(entries, ends, strict=True))
    return Package(data[:size], dict(zip(names, items, strict=True)))


def write(package: Package) -> bytes:
    """Put a package together."""
    names = b"".join(name.encode("ascii") + b"\0" for name in package.items)
    name_at = 4 + 8 * len(package.items)
    item_at = _aligned(len(package.header) + name_at + len(names)) - len(package.header)
    gap = bytes(item_at - name_at - len(names))
    contents, items = [struct.pack("<I", len(package.items))], []
    for name, item in package.items.items():
        contents.append(struct.pack("<II", name_at, item_at))
        items.append(item.ljust(_aligned(len(item)), b"\0"))
        name_at += len(name) + 1
        item_at += len(items[-1])
    return b"".join([package.header, *contents, names, gap, *items])


def shrink(library: Path, target: Path) -> None:
    """Write a copy of the library without what is left out."""
    listing = subprocess.run(["objdump", "-T", library], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^([0-9a-f]+) .*\.rodata\s+([0-9a-f]+)\s+(\w+_dat)$", listing, re.MULTILINE)
    if found is None:
        raise ValueError(f"{library} holds no data of ICU")
    start, size = int(found[1], 16), int(found[2], 16)
    # In this library the section lies in the file where it lies in memory.
    package = read(library.read_bytes()[start : start + size])
    kept = {name: item for name, item in package.items.items() if not _LEFT_OUT.fullmatch(name)}
    with tempfile.TemporaryDirectory() as temporary:
        data, source, made = (Path(temporary, f"icu.{kind}") for kind in ("dat", "s", "o"))
        data.write_bytes(write(Package(package.header, kept)))
        source.write_text(
            f'.section .note.GNU-stack,"",%progbits\n.section .rodata\n.balign {_ALIGNMENT}\n'
            f".globl {found[3]}\n"
            f'.type {found[3]}, %object\n{found[3]}: .incbin "{data}"\n.size {found[3]}, . - {found[3]}\n'
        )
        subprocess.run(["as", "-o", made, source], check=True)
        subprocess.run(["ld", "-shared", f"-soname={library.name}", "-o", target, made], check=True)


def _aligned(size: int) -> int:
    return (size + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT
