"""Write the rows of a result to a Parquet file. DuckDB writes the file, so columns keep the types of the result."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from iamsql.model import Result
from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.engine import error_text, sql_errors
from iamsql.runs.store.limited_connection import LimitedConnection
from iamsql.runs.store.sandbox import Access
from iamsql.sqltext import identifier, literal

BATCH_ROWS = 10_000  # rows of an INSERT
_QUOTED = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'")
# Types that Parquet or DuckDB's client does not have, nested wide integers, which DuckDB would write as DOUBLE, and structs
# without members.
_AS_TEXT = re.compile(r"\b(UNION|TUPLE|VARIANT|BIGNUM|NULL|U?HUGEINT)\b|STRUCT(?!\()")
# Each type that is stored as another one, and written with its own type if all values allow this.
_STORED_AS = {"JSON": "VARCHAR", "HUGEINT": "HUGEINT", "UHUGEINT": "UHUGEINT"}
_WRITTEN_AS = {"JSON": "JSON", "HUGEINT": "DECIMAL(38, 0)", "UHUGEINT": "DECIMAL(38, 0)"}


@dataclass(frozen=True)
class _Column:
    """A column of the file: its name, the type that DuckDB stores it as, and the type to write, otherwise VARCHAR."""

    name: str
    stored: str
    written: str
    is_text: bool  # whether values are converted to text


def write_parquet(
    result: Result, path: Path, as_text: Callable[[Any], str], metadata: Callable[[], Mapping[str, str]]
) -> None:
    """Write a result, which has distinct column names, to an existing file.

    `as_text` converts the values of columns whose type Parquet does not have. `metadata` is called after the last row and
    returns the key-value metadata of the file. Raise OSError if the file cannot be written.
    """
    columns = _build_columns(result)
    with closing(LimitedConnection(None, access=Access([path]))) as connection, sql_errors():
        stored = ", ".join(f"c{index} {column.stored}" for index, column in enumerate(columns))
        connection.execute(f"create table result ({stored})")
        slots = ", ".join(f"unnest(${index}::{column.stored}[])" for index, column in enumerate(columns, 1))
        for batch in _split_into_batches(result.rows):
            values = [
                [None if value is None else as_text(value) for value in items] if column.is_text else list(items)
                for column, items in zip(columns, zip(*batch, strict=True), strict=True)
            ]
            connection.execute(f"insert into result select {slots}", values)
        selected = ", ".join(_write_expression(connection, index, column) for index, column in enumerate(columns))
        pairs = ", ".join(f"{identifier(key)}: {literal(text)}" for key, text in metadata().items())
        options = f"format parquet, compression zstd, use_tmp_file false{f', kv_metadata {{{pairs}}}' if pairs else ''}"
        try:
            connection.execute(f"copy (select {selected} from result) to {literal(path)} ({options})")
        except duckdb.IOException as error:
            raise OSError(error_text(error, 1)) from error


def _build_columns(result: Result) -> list[_Column]:
    """Return the columns. A column without a type is text."""
    types = result.types or ("",) * len(result.columns)
    return [_build_column(name, column_type) for name, column_type in zip(result.columns, types, strict=True)]


def _build_column(name: str, column_type: str) -> _Column:
    if column_type in _STORED_AS:
        return _Column(name, _STORED_AS[column_type], _WRITTEN_AS[column_type], is_text=False)
    is_text = not column_type or _AS_TEXT.search(_QUOTED.sub("", column_type)) is not None
    stored = "VARCHAR" if is_text else column_type
    return _Column(name, stored, stored, is_text)


def _split_into_batches(rows: Sequence[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH_ROWS)):
        yield batch


def _write_expression(connection: LimitedConnection, index: int, column: _Column) -> str:
    """Return the expression that writes a column: with its type if all values have it, otherwise as text."""
    column_type = column.written
    if column_type != column.stored:
        invalid = f"c{index} is not null and try_cast(c{index} as {column_type}) is null"
        ((has_invalid,),) = connection.execute(f"select coalesce(bool_or({invalid}), false) from result").fetchall()
        column_type = "VARCHAR" if has_invalid else column_type
    return f"c{index}::{column_type} as {identifier(column.name)}"
