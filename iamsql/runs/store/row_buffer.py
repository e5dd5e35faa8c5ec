"""The rows of an answer in memory, with an estimate of their size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from sys import getsizeof
from types import NoneType
from typing import Any

from iamsql.runs.store.limits import LimitExceeded, format_size

BATCH_ROWS = 2048  # rows per fetch: the size of DuckDB's vectors
SHORT_STRING = 64  # characters up to which equal strings are stored once
ENTRY_BYTES = 250  # bytes of such a string and its entry in the index
SAMPLE_ROWS = 64  # rows of a batch whose size is measured


def row_limit_error(memory: int) -> LimitExceeded:
    """Return the error for the rows of a result that take more than a quarter of a memory limit."""
    return LimitExceeded(
        f"The rows of the result need more than {format_size(memory // 4)}, a quarter of the memory limit.\n"
        "Select less, write the rows with COPY (…) TO 'rows.parquet', or raise the limit with --memory SIZE or IAMSQL_MEMORY."
    )


def remaining_rows(fetchmany: Callable[[int], list[tuple[Any, ...]]], memory: int) -> list[tuple[Any, ...]]:
    """Return the rows that `fetchmany` has. Raise LimitExceeded if they take more than a quarter of the memory limit."""
    rows = RowBuffer()
    # DuckDB's fetchall() would build all rows before their size can be checked.
    while batch := fetchmany(BATCH_ROWS):
        rows.add(batch)
        if rows.bytes > memory // 4:
            raise row_limit_error(memory)
    return rows.rows


@dataclass
class RowBuffer:
    """Rows that are added in batches; `bytes` estimates the memory that they take."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    bytes: int = 0
    _texts: dict[Any, Any] = field(default_factory=dict)  # strings, and NULL

    def add(self, batch: Sequence[tuple[Any, ...]]) -> None:
        """Append a batch. Names and IDs recur in most rows of a large result, so each is stored once."""
        before = len(self._texts)
        self.rows += zip(*map(self._store_once, zip(*batch, strict=True)), strict=True)
        sample = batch[:: max(1, len(batch) // SAMPLE_ROWS)]
        size = sum(
            getsizeof(row)
            + sum(_estimate_size(value) for value in row if type(value) is not str or len(value) > SHORT_STRING)
            for row in sample
        )
        self.bytes += size * len(batch) // len(sample) + (len(self._texts) - before) * ENTRY_BYTES

    def _store_once(self, column: tuple[Any, ...]) -> Iterable[Any]:
        """Return the values of a column where equal short strings are one object."""
        types = set(map(type, column)) - {NoneType}
        if str not in types:
            return column
        setdefault = self._texts.setdefault
        if types == {str} and max(map(len, filter(None, column)), default=0) <= SHORT_STRING:
            return map(setdefault, column, column)  # without a step of the interpreter for each of a million values
        return [
            setdefault(value, value) if type(value) is str and len(value) <= SHORT_STRING else value for value in column
        ]


def _estimate_size(value: Any) -> int:
    if isinstance(value, dict):
        return getsizeof(value) + sum(map(_estimate_size, value.values()))
    return getsizeof(value) + (sum(map(_estimate_size, value)) if isinstance(value, list | tuple) else 0)
