"""DuckDB's error messages in a few lines, and its type names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from iamsql.model import IamsqlError

ERROR_LINES = 8


def error_text(error: Exception, lines: int = ERROR_LINES) -> str:
    """Return the message of a DuckDB error: its text, its hint, and the LINE with its marker, up to `lines` lines."""
    found = [line.rstrip() for line in str(error).split("\n") if line.strip()]
    marked = next((place for place, line in enumerate(found) if line.startswith("LINE ")), len(found))
    tail = found[marked : marked + 2] if lines > 2 else []
    return "\n".join([*found[: min(marked, lines - len(tail))], *tail])


def type_name(kind: object) -> str:
    """Return the name of a column's type as DuckDB writes it; a column of NULLs has the type NULL."""
    return str(kind).strip('"')


@contextmanager
def sql_errors() -> Iterator[None]:
    """Turn errors of DuckDB into IamsqlError with DuckDB's message, and an interrupt into KeyboardInterrupt."""
    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except (duckdb.Error, ValueError, OverflowError) as error:
        raise IamsqlError(error_text(error)) from error
