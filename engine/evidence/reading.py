"""Reads a report from a file that nobody vouches for: an HTML page, a bundle, or its JSON.

Nothing is unpacked to disk, so names in a bundle can lead nowhere; what is read is bounded before it is
read, and every value is checked before it is used.
"""

import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.evidence.bundle import MANIFEST, MIMETYPE_FILE
from engine.evidence.report import Report
from engine.report.html import DATA_ID

MOST_BYTES = 256_000_000
MOST_FILES = 10_000
# A bundle has no others; one of those may take gigabytes for the dictionary that it claims to need.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# How JSON writes half of a character that needs two codes.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
# As the template of the page has them; texts have no such signs, as they are escaped.
_OPENING, _CLOSING = f'<script type="application/json" id="{DATA_ID}">', "</script>"


@dataclass(frozen=True)
class Found:
    """A report as it was read.

    Attributes:
        report: what it says.
        data: the same as it stood in the file.
        page: its HTML, None where the file has none.
        files: of a bundle: everything in it by name, the manifest excepted.
        manifest: of a bundle: the sha256 of each file by name.
    """

    report: Report
    data: Any
    page: str | None = None
    files: dict[str, bytes] | None = None
    manifest: dict[str, str] | None = None


def read_report(path: str | Path) -> Found:
    """Return the report in a file.

    Raises:
        UserError: the file is missing, too large, damaged, or no report.
    """
    file = Path(path)
    try:
        if file.stat().st_size > MOST_BYTES:
            raise UserError(f"{file} is larger than {MOST_BYTES // 1_000_000} MB, which no report is")
        content = file.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror or error}") from error
    try:
        if content[:4] == b"PK\x03\x04":
            return _bundle(file)
        text = _utf8(content)
        if text.lstrip()[:1] == "{":
            data = parsed(text)
            return Found(Report.from_data(data), data)
        data = parsed(data_of_page(text))
        return Found(Report.from_data(data), data, text)
    except UserError as error:
        raise UserError(f"{file}: {error}") from error


def parsed(text: str) -> Any:
    """Return JSON that is strict: no NaN, no name twice in one object, no absurd depth or number, no text
    that could not be written as UTF-8.

    Raises:
        UserError: it is not.
    """
    try:
        found = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_without_doubles)
        if _HALF.search(text):
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except UnicodeEncodeError as error:
        raise UserError("its JSON is damaged (it holds half a character)") from error
    except RecursionError as error:
        raise UserError("its JSON is nested too deeply; the file is damaged, or no report") from error
    except ValueError as error:
        raise UserError(f"its JSON is damaged ({' '.join(str(error).split())[:120]})") from error


def data_of_page(page: str) -> str:
    """Return the JSON that lies in a page.

    Raises:
        UserError: there is none, or more than one.
    """
    # The parser of the standard library takes hours over a megabyte that is made for it.
    start = page.find(_OPENING)
    end = page.find(_CLOSING, start)
    if start < 0 or end < 0 or page.find(_OPENING, start + 1) >= 0:
        raise UserError("this page is no report of Semascope; give an HTML report, a bundle or its JSON")
    return page[start + len(_OPENING) : end]


def _bundle(file: Path) -> Found:
    files: dict[str, bytes] = {}
    room = MOST_BYTES
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise UserError("the bundle is larger than any report; it is damaged, or made to do harm")
            for entry in entries:
                if entry.filename in files:
                    raise UserError("the bundle holds two files of one name; it was tampered with")
                if entry.compress_type not in _COMPRESSIONS:
                    raise UserError("the bundle is packed as no report is; it is damaged, or no report")
                with archive.open(entry) as stream:
                    # What an entry says of its size need not be true.
                    content = stream.read(room + 1)
                room -= len(content)
                if room < 0:
                    raise UserError("the bundle is larger than any report; it is damaged, or made to do harm")
                files[entry.filename] = content
    except (OSError, RuntimeError, NotImplementedError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"the bundle is damaged ({' '.join(str(error).split())[:120]})") from error
    except zlib.error as error:
        raise UserError("the bundle is damaged (it cannot be unpacked)") from error
    files.pop(MIMETYPE_FILE, None)
    if "report.json" not in files or MANIFEST not in files:
        raise UserError("the bundle holds no report.json or no manifest.json; it is no report, or damaged")
    listed = parsed(_utf8(files.pop(MANIFEST)))
    digests = listed.get("sha256") if isinstance(listed, dict) else None
    if not isinstance(digests, dict) or not all(isinstance(one, str) for one in digests.values()):
        raise UserError("the manifest of the bundle is damaged")
    data = parsed(_utf8(files["report.json"]))
    page = _utf8(files["report.html"]) if "report.html" in files else None
    return Found(Report.from_data(data), data, page, files, digests)


def _utf8(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            "this is no report of Semascope; give an HTML report, a bundle or its JSON"
        ) from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has one name twice")
    return found
