"""Merge Parquet files into one. Only the given files can be read and written."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.engine import error_text, sql_errors
from iamsql.runs.store.limited_connection import LimitedConnection
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.sandbox import Access
from iamsql.sqltext import identifier, literal


def merge_parquet(sources: Sequence[Path], target: Path, order: Sequence[str], row_group: int) -> int:
    """Write the rows of some Parquet files, sorted by columns, to an existing file, and return their number.

    `row_group` is the number of rows that a reader skips or reads as a unit.
    A column that only some files have is NULL in the rows of the others. Rows that do not fit into memory are sorted in temporary
    files. Raise OSError if the file cannot be written, and IamsqlError if a source cannot be read.
    """
    files = ", ".join(literal(source) for source in sources)
    select = f"from read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
    sort = ", ".join(identifier(column) for column in order)
    options = f"format parquet, compression zstd, row_group_size {row_group}, use_tmp_file false"
    limits = StatementLimits(seconds=0)
    with closing(LimitedConnection(limits, access=Access([target], read=sources))) as connection, sql_errors():
        try:
            copied = connection.execute(f"copy (select * {select} order by {sort}) to {literal(target)} ({options})")
        except duckdb.IOException as error:
            raise OSError(error_text(error, 1)) from error
        return int(copied.fetchall()[0][0])
