"""What a statement reads of stored tables, by DuckDB's plan of it over a file with empty tables.

The plan has views, macros and subqueries resolved. Only the optimizers that drop unused columns run: an optimizer that
uses statistics would drop a filter on a column of an empty table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, closing
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, cast

from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.limited_connection import limited_connection
from iamsql.runs.store.limits import LimitExceeded
from iamsql.runs.store.optional_tables import optional_tables

OPTIMIZERS = ("unused_columns", "cte_inlining")


class Reads(NamedTuple):
    """What a SELECT reads: the columns of each table of the schema main, and the tables that it can have rows without.

    `columns` has no table whose columns the plan does not list. Both are empty for SQL that DuckDB cannot plan.
    """

    columns: dict[str, frozenset[str]]
    optional: frozenset[str]


class QueryPlans:
    """The plans of statements over one file. The file is opened for the first statement."""

    def __init__(self, path: Path, stored_reads: MutableMapping[str, Reads] | None = None) -> None:
        """Take the path of a file with the tables, views and macros of a run, and what statements read, by their digests.

        What is planned is added to `stored_reads`.
        """
        self._path = path
        self._exit = ExitStack()
        self._reads = {} if stored_reads is None else stored_reads

    def reads(self, sql: str) -> Reads:
        """Return what one SELECT reads."""
        key = digest(sql)
        if key not in self._reads:
            plan = self._explain(sql)
            self._reads[key] = Reads(_scanned_columns(plan), optional_tables(plan))
        return self._reads[key]

    def close(self) -> None:
        """Close the file."""
        self._exit.close()

    def _explain(self, sql: str) -> list[Any]:
        """Return the plan of one SELECT, as DuckDB's EXPLAIN writes it in JSON; [] for SQL that DuckDB cannot plan on this file."""
        try:
            statements = self._connection.extract_statements(sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                return []
            # NULL, because the plan reads the same columns for every value.
            values = dict.fromkeys(statements[0].named_parameters)
            rows = self._connection.execute(f"explain (format json) {statements[0].query}", values or None).fetchall()
        except (duckdb.Error, ValueError, RecursionError, LimitExceeded):
            return []  # a table is not in this file, the SQL is nested too deeply, or planning it takes too long
        plan: list[Any] = json.loads(rows[0][1])
        return plan

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        # Planning computes constants, such as the arguments of table functions.
        limited = limited_connection(None, self._path, ("set threads = 1",), enabled=OPTIMIZERS)
        return cast(duckdb.DuckDBPyConnection, self._exit.enter_context(closing(limited)))


def digest(sql: str) -> str:
    """Return the digest of a statement, which is its key among the stored reads."""
    return hashlib.sha256(sql.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _scanned_columns(plan: list[Any]) -> dict[str, frozenset[str]]:
    """Map each table of the schema main that a plan scans to the columns read, without tables whose columns it does not list."""
    columns_by_table: dict[str, set[str]] = {}
    unlisted: set[str] = set()
    for table, columns in _iter_scans(plan):
        columns_by_table.setdefault(table, set()).update(columns or ())
        unlisted |= {table} if columns is None else set()
    return {table: frozenset(columns) for table, columns in columns_by_table.items() if table not in unlisted}


def _iter_scans(node: Any) -> Iterator[tuple[str, set[str] | None]]:
    """Yield each scan of a table with the columns that it reads; None if the plan does not list them."""
    if isinstance(node, list):
        for child in node:
            yield from _iter_scans(child)
        return
    info = node.get("extra_info") or {}
    if isinstance(info, dict) and (path := str(info.get("Table", "")).rsplit(".", 2))[-2:-1] == ["main"]:
        columns = info.get("Projections")
        # A column that only a filter of the scan reads is not among the projections.
        names = [columns] if isinstance(columns, str) else columns
        yield path[-1].lower(), None if names is None or "Filters" in info else {name.lower() for name in names}
    yield from _iter_scans(node.get("children") or [])
