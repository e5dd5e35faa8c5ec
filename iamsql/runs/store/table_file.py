"""Write rows as the only table of a new DuckDB file, for programs that contain an old DuckDB."""

from __future__ import annotations

from pathlib import Path

from iamsql.model import Result
from iamsql.runs.store.engine import sql_errors
from iamsql.runs.store.result_tables import store_result
from iamsql.runs.store.sandbox import Access, Attachment, connect
from iamsql.sqltext import identifier

STORAGE = "v1.0.0"  # the oldest storage that all versions since 1.0 read


def write_table_file(path: Path, table: str, result: Result) -> None:
    """Write the rows of a result, which has types, to a file that does not exist. Raise IamsqlError with DuckDB's message."""
    access = Access(folders=[path.parent.resolve()])
    attached = [Attachment(path, "r", f"storage_version '{STORAGE}'")]
    with connect(attach=attached, settings=(), access=access) as connection, sql_errors():
        store_result(connection, "rows_to_write", result)
        connection.execute(f"create table r.{identifier(table)} as from rows_to_write; checkpoint r")
