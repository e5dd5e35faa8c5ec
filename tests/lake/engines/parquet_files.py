"""Write the stored tables of a run file to Parquet files as a lake has them, so engines can be tested without a lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from iamsql.lake.engines.tables import stored_tables


def export(run: Path, folder: Path) -> Mapping[str, Sequence[str]]:
    """Write a file for each table that has rows, and return the files by table. JSON columns stay JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, list[str]] = {}
    with duckdb.connect(str(run), read_only=True) as connection:
        for table, columns in stored_tables().items():
            (count,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
            if count:
                path = folder / f"{table}.parquet"
                selected = ", ".join(f'"{column}"' for column in columns)
                connection.execute(
                    f"copy (select {selected} from {table}) to '{path}' (format parquet, compression zstd)"
                )
                files[table] = [str(path)]
    return files


def reverse(run: Path) -> None:
    """Store the rows of each table of a run file in the opposite order: two rows that a query does not sort change places."""
    with duckdb.connect(str(run)) as connection:
        for table in stored_tables():
            connection.execute(f"create temp table moved as select * from {table} order by rowid desc")
            connection.execute(f"delete from {table}; insert into {table} from moved; drop table moved")
