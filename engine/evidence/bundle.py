"""The bundle: a zip of a report's page, data and tables, with a manifest of their digests."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime

MANIFEST = "manifest.json"
MIMETYPE_FILE, MIMETYPE = "mimetype", "application/vnd.semascope.report+zip"


def bundle(files: Mapping[str, bytes], created: datetime) -> bytes:
    """Return files as a zip that is the same for the same files and date.

    The first entry, not compressed, says what the file is, so that a system can tell it by its beginning
    (as in OpenDocument and EPUB).

    Args:
        files: by name.
        created: the date of every entry.
    """
    listed = json.dumps(manifest(files), indent=1).encode() + b"\n"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in {MIMETYPE_FILE: MIMETYPE.encode(), **files, MANIFEST: listed}.items():
            entry = zipfile.ZipInfo(name, max(created.timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
            entry.compress_type = zipfile.ZIP_STORED if name == MIMETYPE_FILE else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, content)
    return stream.getvalue()


def manifest(files: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    """Return the sha256 of each file by its name."""
    return {"sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}}
