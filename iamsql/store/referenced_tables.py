"""Which stored tables a statement reads: DuckDB's parse of it and of views, and the words of table macros."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import duckdb

WORD = re.compile(r"\w+")
QUALIFIED = re.compile(r"\w+\.\w+")
CALL = re.compile(r"((?:\w+\.)?\w+)\"?\s*\(")
PLAIN = {"unnest()", "range()", "generate_series()", "json_each()", "json_tree()"}  # DuckDB's own, named often


class Names:
    """The names that a file holds, and the stored tables behind each of them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._seen: dict[str, set[str]] = {}  # the stored tables behind a view
        self._read: dict[str, set[str]] = {}  # what a body mentions: many ask the same macros

    def of(self, sql: str) -> set[str]:
        """Name the stored tables that one statement stands on; those of other schemas than main with their schema."""
        found: set[str] = set()
        seen: set[str] = set()
        waiting = [self._mentioned(sql)]
        while waiting:
            for name in waiting.pop() - seen:
                seen.add(name)
                if name in self._stored:
                    found.add(name)
                elif name.endswith("()"):
                    macro = self._macros.get(name, "")
                    waiting.append(self._words(macro) if self._has_plain_names else self._mentioned(macro))
                elif body := self._views.get(name):
                    waiting.append(mentioned := self._mentioned(body))
                    if any(relation.startswith("iamsql.") for relation in mentioned):
                        found.add(name)  # what it shows is kept among the run's own tables, which are no tables of AWS
        return found

    def aggregates(self, sql: str) -> bool:
        """Tell whether one statement aggregates: by a function, or by SUMMARIZE."""
        (text,) = self._connection.execute("select system.main.json_serialize_sql(?)", [sql]).fetchone() or ("{}",)
        tree = json.loads(text)
        if any(node.get("show_type") == "SUMMARY" for node in _nodes(tree)):
            return True
        called = {str(node["function_name"]).lower() for node in _nodes(tree) if node.get("class") == "FUNCTION"}
        return bool(called & self._aggregates)

    @cached_property
    def _aggregates(self) -> set[str]:
        sql = "select distinct function_name from system.main.duckdb_functions() where function_type = 'aggregate'"
        return {name for (name,) in self._connection.execute(sql).fetchall()}

    def by_words(self, sql: str) -> set[str]:
        """Name the stored tables whose names, or those of views of them, stand in a text: quick, for SQL of our own."""
        words = {word.lower() for word in WORD.findall(sql)}
        return (words & self._stored).union(*map(self._behind, words & self._views.keys()))

    def _behind(self, name: str) -> set[str]:
        if name not in self._seen:
            self._seen[name] = self.of(self._views.get(name, ""))
        return self._seen[name]

    def _mentioned(self, sql: str) -> set[str]:
        """Name the relations, and with () the table functions; every word where DuckDB has no parse tree to give."""
        if sql not in self._read:
            self._read[sql] = self._parsed(sql)
        return self._read[sql]

    def _parsed(self, sql: str) -> set[str]:
        (text,) = self._connection.execute("select system.main.json_serialize_sql(?)", [sql]).fetchone() or ("{}",)
        tree = json.loads(text)
        if not tree.get("statements"):
            return self._words(sql)
        return set(_relations(tree)) - PLAIN

    def _words(self, sql: str) -> set[str]:
        """Name the relations and table macros whose names are words of the SQL: to parse a long macro takes much longer."""
        text = sql.lower()
        words = {*WORD.findall(text), *QUALIFIED.findall(text), *(f"{name}()" for name in CALL.findall(text))}
        return words & {*self._stored, *self._views, *self._macros}

    @cached_property
    def _has_plain_names(self) -> bool:
        """Tell whether `_words` finds every name in the file: none has a space or another character that needs quotes."""
        names = (*self._stored, *self._views, *(name.removesuffix("()") for name in self._macros))
        return all(WORD.fullmatch(name) or QUALIFIED.fullmatch(name) for name in names)

    @cached_property
    def _stored(self) -> set[str]:
        rows = self._connection.execute(
            "select schema_name, table_name from system.main.duckdb_tables() where not internal and schema_name <> 'iamsql'"
        ).fetchall()
        return {_spelled(schema, name) for schema, name in rows}

    @cached_property
    def _views(self) -> dict[str, str]:
        sql = "select schema_name, view_name, regexp_replace(sql, '^CREATE .*? AS ', '', 's') from system.main.duckdb_views()"
        rows = self._connection.execute(f"{sql} where not internal and schema_name <> 'iamsql'").fetchall()
        return {_spelled(schema, name): body for schema, name, body in rows}

    @cached_property
    def _macros(self) -> dict[str, str]:
        sql = "select schema_name, function_name, macro_definition from system.main.duckdb_functions()"
        rows = self._connection.execute(f"{sql} where function_type = 'table_macro' and not internal").fetchall()
        return {_spelled(schema, name) + "()": body for schema, name, body in rows}


def _relations(node: Any) -> Iterator[str]:
    """Walk DuckDB's parse tree; scalar macros are left out, for those of a run read no table of accounts."""
    if isinstance(node, dict) and node.get("type") == "TABLE_FUNCTION":
        function = node["function"]
        yield _spelled(function.get("schema") or "main", function.get("function_name") or "") + "()"
    elif isinstance(node, dict) and isinstance(node.get("table_name"), str) and node["table_name"]:
        yield _spelled(node.get("schema_name") or "main", node["table_name"])
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _relations(child)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Walk every node of DuckDB's parse tree."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(child)


def _spelled(schema: str, name: str) -> str:
    return name.lower() if schema.lower() == "main" else f"{schema}.{name}".lower()
