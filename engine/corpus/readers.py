"""Opens a corpus of any known kind; JSON Lines, plain text and folders are read here."""

import itertools
import json
import math
from collections.abc import Iterator
from pathlib import Path

from engine.corpus.delimited import DelimitedReader
from engine.corpus.lines import Line, Lines
from engine.corpus.rows import TOO_LONG, Reader, Row, clean
from engine.errors import UserError
from engine.files import read_text

TEXT_SUFFIXES = (".txt", ".text", ".md", ".rst")
_DEEPEST = 50  # what is nested deeper is data of another kind, and could not be written back as JSON


class JsonLinesReader(Reader):
    """One JSON object a line, or one JSON string a line, which becomes its column "text"."""

    kind = "JSON Lines"
    unit = "line"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lines = Lines(path)
        self.encoding = self._lines.encoding
        first = next(iter(self._lines), None)
        if first is not None and (first.text or "").lstrip().startswith("["):
            raise UserError(f"{path} is one JSON array; write it as JSON Lines, one object a line")

    def _read(self) -> Iterator[tuple[Row, float]]:
        for line in self._lines:
            yield _parsed(line), self._lines.fraction


class TextReader(Reader):
    """Plain text, one document a line, in the column "text"."""

    kind = "text"
    unit = "line"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lines = Lines(path)
        self.encoding = self._lines.encoding

    def _read(self) -> Iterator[tuple[Row, float]]:
        for line in self._lines:
            if line.text is None:
                row = Row(line.number, {}, TOO_LONG)
            else:
                row = Row(line.number, {"text": line.text}, replaced=line.replaced)
            yield row, self._lines.fraction


class FolderReader(Reader):
    """A folder of text files, one document a file, sorted by path; its columns are "file" and "text".

    Files with other endings than those of plain text, and hidden files and folders, are passed over.
    """

    kind = "folder"
    unit = "file"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.files = text_files(path)
        if not self.files:
            raise UserError(f"{path} holds no text file; their names end in {', '.join(TEXT_SUFFIXES)}")

    def _read(self) -> Iterator[tuple[Row, float]]:
        for number, file in enumerate(self.files, start=1):
            name = file.relative_to(self.path).as_posix()
            try:
                row = Row(number, {"file": name, "text": read_text(file)})
            except UserError as error:
                row = Row(number, {}, str(error))
            yield row, number / len(self.files)


def _parsed(line: Line) -> Row:
    """Return the row that a line of JSON Lines stands for."""
    if line.text is None:
        return Row(line.number, {}, TOO_LONG)
    if not line.text.strip():
        return Row(line.number, {})
    try:
        # NaN and Infinity are no JSON; other tools could not read them back.
        value = json.loads(line.text, parse_constant=lambda _: None, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "not readable"
        return Row(line.number, {}, f"not valid JSON ({reason})")
    fields = {"text": value} if isinstance(value, str) else value
    if not isinstance(fields, dict):
        return Row(line.number, {}, "neither a JSON object nor a string")
    if _is_deeper(fields, _DEEPEST):
        return Row(line.number, {}, f"nested more than {_DEEPEST} deep")
    return Row(line.number, {clean(name): value for name, value in fields.items()}, replaced=line.replaced)


def _finite(number: str) -> float | None:
    """Return a number, None for one that is too large to be kept."""
    value = float(number)
    return value if math.isfinite(value) else None


def _is_deeper(value: object, limit: int) -> bool:
    """Tell whether lists and objects lie in one another more than `limit` deep."""
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, list) and (limit == 0 or any(_is_deeper(one, limit - 1) for one in value))


def text_files(folder: Path) -> list[Path]:
    """Return the text files below a folder, sorted by path, without hidden ones."""
    found = [
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in TEXT_SUFFIXES
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        and file.is_file()
    ]
    return sorted(found, key=lambda file: file.relative_to(folder).as_posix())


def open_reader(path: str | Path) -> Reader:
    """Return the reader for a file, by the ending of its name, or for a folder of text files.

    Raises:
        UserError: there is no such file, its kind is not known, or it is not what its name says.
    """
    source = Path(path).expanduser()
    if source.is_dir():
        return FolderReader(source)
    if not source.is_file():
        raise UserError(f"cannot read {source}: there is no such file or folder")
    match source.suffix.lower():
        case ".csv":
            return DelimitedReader(source, "CSV")
        case ".tsv" | ".tab":
            return DelimitedReader(source, "TSV")
        case ".jsonl" | ".ndjson" | ".json":
            return JsonLinesReader(source)
        case ".parquet" | ".pq":
            # Its library takes a quarter of a second to load.
            from engine.corpus.parquet import ParquetReader

            return ParquetReader(source)
        case suffix if suffix in TEXT_SUFFIXES:
            return TextReader(source)
    raise UserError(
        f"{source} is of no known kind; give a .csv, .tsv, .jsonl, .parquet or .txt file, or a text folder"
    )


def sample_rows(reader: Reader, count: int) -> list[Row]:
    """Return the first `count` rows that can be read."""
    return list(itertools.islice((row for row in reader.rows() if row.fields), count))
