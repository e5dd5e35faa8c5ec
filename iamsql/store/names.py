"""Which stored tables a statement stands on: DuckDB's own parse of it, followed through views and macros."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import duckdb

WORD = re.compile(r"\w+")
QUIET = {"as_of"}


class Names:
    """The names that a file holds, and the stored tables behind each of them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def of(self, sql: str) -> set[str]:
        """Name the stored tables that one statement stands on; those of other schemas than main with their schema."""
        found: set[str] = set()
        seen: set[str] = set()
        waiting = [sql]
        while waiting:
            for name in self._mentioned(waiting.pop()) - seen:
                seen.add(name)
                if name in self._stored:
                    found.add(name)
                elif body := self._bodies.get(name):
                    waiting.append(body)
        return found

    def _mentioned(self, sql: str) -> set[str]:
        """Name the relations and functions in a statement; every word of it where DuckDB has no parse tree to give."""
        (text,) = self._connection.execute("select json_serialize_sql(?)", [sql]).fetchone() or ("{}",)
        tree = json.loads(text)
        if not tree.get("statements"):
            return {word.lower() for word in WORD.findall(sql)} & (self._stored | set(self._bodies))
        return set(_relations(tree)) - QUIET

    @cached_property
    def _stored(self) -> set[str]:
        rows = self._connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal and schema_name <> 'iamsql'"
        ).fetchall()
        return {_spelled(schema, name) for schema, name in rows}

    @cached_property
    def _bodies(self) -> dict[str, str]:
        """Hold the SQL of each view and macro; a TEMP view that shadows a stored table is not looked into."""
        rows = self._connection.execute(
            "select schema_name, view_name, regexp_replace(sql, '^CREATE .*? AS ', '', 's') from duckdb_views()"
            " where not internal"
            " union all select schema_name, function_name, case function_type when 'macro' then 'SELECT ' else '' end"
            " || macro_definition from duckdb_functions() where function_type like '%macro' and not internal"
        ).fetchall()
        return {_spelled(schema, name): body for schema, name, body in rows}


def _relations(node: Any) -> Iterator[str]:
    """Walk DuckDB's parse tree and yield the names of its relations and functions."""
    if isinstance(node, dict):
        name = node.get("table_name") or node.get("function_name")
        if isinstance(name, str) and name:
            yield _spelled(node.get("schema_name") or node.get("schema") or "main", name)
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _relations(child)


def _spelled(schema: str, name: str) -> str:
    return name.lower() if schema.lower() == "main" else f"{schema}.{name}".lower()
