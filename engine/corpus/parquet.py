"""Parquet files, a few hundred rows in memory at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from engine.corpus.rows import MAX_CHARACTERS, TOO_LONG, Reader, Row
from engine.errors import UserError

_ROWS_AT_ONCE = 256
# A column kept as a dictionary holds a long value once, and each row that has it gets a copy.
_BYTES_AT_ONCE = 500_000_000
# What a writer may put into one group of rows: it is unpacked page by page, but not in smaller pieces.
_LARGEST_GROUP = 4_000_000_000
# A damaged file may claim any number of rows; each of more than these is not worth a line.
_NAMED_LOST_ROWS = 10_000
# Arrow raises its own errors, and Python's for text that is not UTF-8, for dates beyond the calendar, and
# for structures nested without end.
_DAMAGE = (pyarrow.ArrowException, OSError, ValueError, ArithmeticError, RecursionError)


class ParquetReader(Reader):
    """A Parquet file; rows of a group that is damaged are named, and the groups after it are read.

    Columns of bytes and of lists of numbers (embeddings) are left out: they are no metadata of a text.

    Attributes:
        columns: the names of the columns that are read.
    """

    kind = "Parquet"
    unit = "row"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with self._open() as file:
            try:
                fields = list(file.schema_arrow)
            except _DAMAGE as error:
                raise UserError(
                    f"the columns of {path} cannot be read ({_reason(error)}); export it again"
                ) from error
            names = [field.name for field in fields if _is_metadata(field.type)]
            self.columns = tuple(dict.fromkeys(names))

    def _read(self) -> Iterator[tuple[Row, float]]:
        with self._open() as file:
            total, last_of_group = max(file.metadata.num_rows, 1), 0
            for group in range(file.num_row_groups):
                number = last_of_group
                last_of_group += max(file.metadata.row_group(group).num_rows, 0)
                try:
                    for fields in self._fields(file, group):
                        number += 1
                        yield _row(number, fields), number / total
                except _DAMAGE as error:
                    problem = f"this part of the file is damaged ({_reason(error)})"
                    end = min(last_of_group, number + _NAMED_LOST_ROWS)
                    for lost in range(number + 1, end + 1):
                        yield Row(lost, {}, problem), lost / total

    def _fields(self, file: pyarrow.parquet.ParquetFile, group: int) -> Iterator[dict[str, Any]]:
        metadata = file.metadata.row_group(group)
        unpacked = sum(metadata.column(i).total_uncompressed_size for i in range(metadata.num_columns))
        if unpacked > _LARGEST_GROUP:
            raise ValueError(f"it unpacks to {unpacked / 1e9:.0f} GB; write smaller row groups")
        batches = file.iter_batches(
            max(1, min(_ROWS_AT_ONCE, _BYTES_AT_ONCE // max(unpacked, 1))),
            row_groups=[group],
            columns=list(self.columns),
            use_threads=False,
        )
        for batch in batches:
            yield from batch.to_pylist()

    def _open(self) -> pyarrow.parquet.ParquetFile:
        try:
            return pyarrow.parquet.ParquetFile(self.path, memory_map=False, buffer_size=1 << 20)
        except PermissionError as error:
            raise UserError(f"cannot read {self.path}: {error.strerror}") from error
        except _DAMAGE as error:
            raise UserError(
                f"{self.path} is not a whole Parquet file ({_reason(error)}); copy or export it again"
            ) from error


def _row(number: int, fields: dict[str, Any]) -> Row:
    characters = sum(len(value) for value in fields.values() if isinstance(value, str))
    return Row(number, {}, TOO_LONG) if characters > MAX_CHARACTERS else Row(number, fields)


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:120]


def _is_metadata(kind: pyarrow.DataType) -> bool:
    types = pyarrow.types
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        number = types.is_floating(kind.value_type) or types.is_integer(kind.value_type)
        return not number and _is_metadata(kind.value_type)
    return not (types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind))
