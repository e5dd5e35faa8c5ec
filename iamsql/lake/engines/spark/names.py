"""Names and string literals of Spark's SQL."""

from __future__ import annotations

import re

EMPTY_LIST_SQL = "CAST(ARRAY() AS ARRAY<STRING>)"


def quote(text: str) -> str:
    r"""Return a string literal of Spark, where \ begins an escape."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\0", "\\0").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + "'"


def quote_name(*parts: str) -> str:
    """Return a quoted name."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in parts)


def view_name(table: str) -> str:
    """Return the name of the temporary view of a table, which cannot have a schema."""
    return table.replace(".", "__")


def is_plain_key(text: str) -> bool:
    """Return whether a key needs no quotes in a JSON path and in a schema of Spark."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) is not None
