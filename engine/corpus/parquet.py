"""Parquet files, a few hundred rows in memory at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from engine.corpus.rows import Reader, Row
from engine.errors import UserError

_ROWS_AT_ONCE = 256


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
            self.columns = tuple(field.name for field in file.schema_arrow if _is_metadata(field.type))

    def _read(self) -> Iterator[tuple[Row, float]]:
        with self._open() as file:
            total, last_of_group = max(file.metadata.num_rows, 1), 0
            for group in range(file.num_row_groups):
                number = last_of_group
                last_of_group += file.metadata.row_group(group).num_rows
                try:
                    for fields in self._fields(file, group):
                        number += 1
                        yield Row(number, fields), number / total
                except (pyarrow.ArrowException, OSError) as error:
                    reason = " ".join(str(error).split())[:120]
                    for lost in range(number + 1, last_of_group + 1):
                        yield Row(lost, {}, f"this part of the file is damaged ({reason})"), lost / total

    def _fields(self, file: pyarrow.parquet.ParquetFile, group: int) -> Iterator[dict[str, Any]]:
        batches = file.iter_batches(
            _ROWS_AT_ONCE, row_groups=[group], columns=list(self.columns), use_threads=False
        )
        for batch in batches:
            yield from batch.to_pylist()

    def _open(self) -> pyarrow.parquet.ParquetFile:
        try:
            return pyarrow.parquet.ParquetFile(self.path, memory_map=False, buffer_size=1 << 20)
        except pyarrow.ArrowException as error:
            reason = " ".join(str(error).split())[:120]
            raise UserError(
                f"{self.path} is not a whole Parquet file ({reason}); copy or export it again"
            ) from error
        except OSError as error:
            raise UserError(f"cannot read {self.path}: {error.strerror or error}") from error


def _is_metadata(kind: pyarrow.DataType) -> bool:
    types = pyarrow.types
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        number = types.is_floating(kind.value_type) or types.is_integer(kind.value_type)
        return not number and _is_metadata(kind.value_type)
    return not (types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind))
