"""What the bundle says of its parts: licences and bill of materials, written before it is put together."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from bill_of_materials import write_bill
from bundle_parts import find_parts
from licence_texts import Licence, licences_of, write_licences
from trimming import Entry

_LIST = "licences.json"


def write_notices(entries: Iterable[Entry], version: str, folder: Path) -> str:
    """Write licences and bill of materials of what PyInstaller collected; return the folder to carry."""
    parts = find_parts(entries)
    licences = licences_of(parts)
    carried = folder / "carried"
    write_licences(licences, carried)
    count = write_bill(parts, licences, version, carried / "sbom.cdx.json")
    (folder / _LIST).write_text(json.dumps([asdict(licence) for licence in licences]), encoding="utf-8")
    print(f"{len(licences)} licences, {count} parts in the bill of materials")
    return str(carried)


def read_licences(folder: Path) -> list[Licence]:
    """Return what `write_notices` found."""
    return [Licence(**fields) for fields in json.loads((folder / _LIST).read_text(encoding="utf-8"))]
