"""Write a database file whose tables are views over other files: a copy of a template, changed by SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from iamsql.store.connection import Access, Attachment, connect
from iamsql.store.engine import sql_errors
from iamsql.store.folders import copy_new
from iamsql.store.open_new import MEMORY, Template

TEMPORARY = ".new"


def write_view_file(path: Path, template: Template, statements: Iterable[str], files: Sequence[Path]) -> None:
    """Write the file, or replace it. The statements are trusted and read the template and `files` only.

    Raise IamsqlError with DuckDB's message, for example for a file that is not Parquet.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    temporary.unlink(missing_ok=True)
    copy_new(template.path, temporary)
    settings = (f"set memory_limit = '{MEMORY}'", "set force_compression = 'uncompressed'", "set threads = 1")
    access = Access(read=files, folders=[path.parent.resolve()])
    attached = [Attachment(temporary, "r", "read_write")]
    with connect(attach=attached, settings=settings, access=access) as connection, sql_errors():
        connection.execute("use r; begin")
        connection.execute(";".join(statements))
        connection.execute("commit; checkpoint r")
    temporary.replace(path)
