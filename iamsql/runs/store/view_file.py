"""Write a database file whose tables are views over other files: a copy of a template, changed by SQL.

Somebody else may have written the other files. They are read only, within the limits of a reader: time, memory, and the bytes
of the new file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from iamsql.model import IamsqlError
from iamsql.runs.private_files import copy_new
from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.engine import sql_errors
from iamsql.runs.store.limited_connection import LimitedConnection
from iamsql.runs.store.limits import LimitExceeded, StatementLimits, default_limits, format_size
from iamsql.runs.store.open_new import Template
from iamsql.runs.store.sandbox import Access, Attachment
from iamsql.sqltext import literal

with suppress(ImportError):  # on Windows, where files have no limit
    import resource

TEMPORARY = ".new"
# A single thread, so rows keep their order. Compression takes longer than it saves.
SETTINGS = ("set force_compression = 'uncompressed'", "set threads = 1", "set parquet_metadata_cache = true")
ALLOWED = {  # statements that write no file but the new one
    duckdb.StatementType.CREATE,
    duckdb.StatementType.DROP,
    duckdb.StatementType.DELETE,
    duckdb.StatementType.INSERT,
    duckdb.StatementType.UPDATE,
}
# The row groups are what DuckDB reads; the number of rows of the file can differ from their sum.
ROWS = "select file_name, sum(row_group_num_rows)::bigint from parquet_metadata([{}]) where column_id = 0 group by all"


def write_view_file(
    path: Path,
    template: Template,
    statements: Iterable[str],
    files: Sequence[Path],
    rows: Mapping[Path, int],
    limits: StatementLimits | None = None,
) -> None:
    """Write the file, or replace it. The statements read the template and `files` only.

    `rows` has the number of rows that some of the files must have, before any row is copied. Raise LimitExceeded, and
    IamsqlError with DuckDB's message, for example for a file that is not Parquet.
    """
    limits = limits or default_limits()
    temporary = path.with_name(path.name + TEMPORARY)
    temporary.unlink(missing_ok=True)
    copy_new(template.path, temporary)
    access = Access(read=files, folders=[path.parent.resolve()])
    attached = [Attachment(temporary, "r", "read_write")]
    connection = LimitedConnection(limits, None, SETTINGS, access=access, is_repeated=False, attach=attached)
    try:
        with closing(connection), sql_errors():
            connection.execute("use r")
            _require_rows(connection, rows)
            sql = ";".join(statements)
            _require_allowed(connection, sql)
            with _limit_file_size(4 * limits.memory):
                connection.execute(f"begin; {sql}; commit; checkpoint r")
        temporary.replace(path)
    finally:
        for file in (temporary, Path(f"{temporary}.wal")):
            file.unlink(missing_ok=True)


def _require_rows(connection: LimitedConnection, rows: Mapping[Path, int]) -> None:
    """Raise IamsqlError for a file whose metadata has a different number of rows."""
    if not rows:
        return
    counts = {
        Path(name): count for name, count in connection.execute(ROWS.format(", ".join(map(literal, rows)))).fetchall()
    }
    for file, expected in rows.items():
        if (count := counts.get(file, 0)) != expected:
            raise IamsqlError(f"{file} has {count} rows instead of {expected}.\nVerify where the file comes from.")


def _require_allowed(connection: LimitedConnection, sql: str) -> None:
    """Raise IamsqlError for a statement that could write another file."""
    for statement in connection.extract_statements(sql):
        if statement.type not in ALLOWED:
            raise IamsqlError(f"{statement.type.name} is not allowed in the statements of a run file.")


@contextmanager
def _limit_file_size(size: int) -> Iterator[None]:
    """Limit the bytes of each file that the process writes, as the temporary files of a statement are limited."""
    try:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    except NameError:
        yield
        return
    existing = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_FSIZE, (min([size, *existing]), hard))
    try:
        yield
    except duckdb.Error as error:
        if "File too large" in str(error):  # EFBIG: Python ignores the signal SIGXFSZ
            raise LimitExceeded(
                f"The rows to copy need more than {format_size(size)}, four times the memory limit.\n"
                "Select less, or raise the limit with --memory SIZE or IAMSQL_MEMORY, such as 8GB."
            ) from None
        raise
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
