"""Tell which columns of the stored tables a statement reads, by DuckDB's own plan of it over a file whose tables are empty.

The plan has views, macros and subqueries resolved. Of DuckDB's optimizers only those run that drop columns nobody reads: one
that goes by statistics would drop a filter on a column because of what the tables hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from iamsql.store.connection import connect

KEPT = ("unused_columns", "cte_inlining")


class Plans:
    """Plans of statements over one file, which is opened when the first is asked for."""

    def __init__(self, path: Path) -> None:
        """Keep the path of the file."""
        self._path = path
        self._connection: duckdb.DuckDBPyConnection | None = None

    def columns(self, sql: str) -> dict[str, set[str]]:
        """Map the tables of the schema main that one SELECT reads to their columns; {} where DuckDB does not say."""
        try:
            connection = self._opened()
            statements = connection.extract_statements(sql)
            if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
                return {}
            values = dict.fromkeys(statements[0].named_parameters)
            rows = connection.execute(f"explain (format json) {statements[0].query}", values or None).fetchall()
        except (duckdb.Error, ValueError, RecursionError):  # it names what this file does not hold, or is too deep
            return {}
        found: dict[str, set[str]] = {}
        unclear: set[str] = set()
        for table, columns in _scans(json.loads(rows[0][1])):
            found.setdefault(table, set()).update(columns or ())
            unclear |= {table} if columns is None else set()
        return {table: columns for table, columns in found.items() if table not in unclear}

    def close(self) -> None:
        """Close the file."""
        if self._connection:
            self._connection.close()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = connect(self._path, disabled=lambda name: name not in KEPT)
        return self._connection


def _scans(node: Any) -> Iterator[tuple[str, set[str] | None]]:
    """Yield each scan of a table with the columns that it reads, None where the plan does not list them."""
    if isinstance(node, list):
        for one in node:
            yield from _scans(one)
        return
    told = node.get("extra_info") or {}
    if isinstance(told, dict) and (place := str(told.get("Table", "")).rsplit(".", 2))[-2:-1] == ["main"]:
        columns = told.get("Projections")
        listed = [columns] if isinstance(columns, str) else columns
        yield place[-1].lower(), None if listed is None or "Filters" in told else {one.lower() for one in listed}
    yield from _scans(node.get("children") or [])
