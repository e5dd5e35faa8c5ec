"""Find the stored tables that a statement reads, in its parse tree, the parse trees of views, and the text of table macros."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.functions import Functions

WORD_PATTERN = re.compile(r"\w+")
QUALIFIED_NAME_PATTERN = re.compile(r"\b\w+\.\w+")  # with \b, no search starts inside a word
FUNCTION_CALL_PATTERN = re.compile(r"\b((?:\w+\.)?\w+)\"?\s*\(")
# A view over files of a lake is a table: a TEMP view with its name does not replace it.
STORED = """
select schema_name, table_name from system.main.duckdb_tables() where not internal and schema_name <> 'iamsql'
union all select schema_name, view_name from system.main.duckdb_views()
where not internal and not temporary and schema_name <> 'iamsql'
  and (contains(sql, 'read_parquet(') or contains(sql, 'of the lake was not read'))
"""
BUILT_IN = {"unnest()", "range()", "generate_series()", "json_each()", "json_tree()"}  # table functions of DuckDB


@dataclass
class ReferencedTables:
    """The tables, views and table macros of a file, and the stored tables behind each of them."""

    _connection: duckdb.DuckDBPyConnection
    _functions: Callable[[], Functions]
    # by SQL text: many statements call the same macros
    _mentioned_in: dict[str, set[str]] = field(default_factory=dict)
    _words_of: dict[str, set[str]] = field(default_factory=dict)

    def tables_referenced(self, sql: str, without: Collection[str] = ()) -> set[str]:
        """Return the stored tables that one statement reads; names outside the schema main are schema.name.

        The table macros of `without`, as name(), count as reading nothing.
        """
        tables: set[str] = set()
        visited: set[str] = set(without)
        waiting = [self._mentioned_names(sql)]
        while waiting:
            for name in waiting.pop() - visited:
                visited.add(name)
                if name in self._stored:
                    tables.add(name)
                elif name.endswith("()"):
                    macro = self._macros.get(name, "")
                    waiting.append(self._words(macro) if self._has_plain_names else self._mentioned_names(macro))
                elif body := self._views.get(name):
                    waiting.append(mentioned := self._mentioned_names(body))
                    if any(relation.startswith("iamsql.") for relation in mentioned):
                        tables.add(name)  # coverage has the view, not the tables of the schema iamsql that it reads
        return tables

    def aggregates(self, sql: str) -> bool:
        """Return whether one statement calls an aggregate function, or is a SUMMARIZE."""
        tree = self._parse_tree(sql)
        if any(node.get("show_type") == "SUMMARY" for node in _iter_nodes(tree)):
            return True
        called = {str(node["function_name"]).lower() for node in _iter_nodes(tree) if node.get("class") == "FUNCTION"}
        return bool(called & self._functions().aggregates)

    def by_words(self, sql: str) -> set[str]:
        """Return the stored tables whose names, or views over them, are words of iamsql's own SQL. Faster than parsing."""
        words = {word.lower() for word in WORD_PATTERN.findall(sql)}
        return (words & self._stored).union(*(self._behind_views[view] for view in words & self._views.keys()))

    @cached_property
    def _behind_views(self) -> dict[str, set[str]]:
        return {view: self.tables_referenced(body) for view, body in self._views.items()}

    def _mentioned_names(self, sql: str) -> set[str]:
        """Return the relations, and the table functions as name(), of SQL: from its parse tree, or from its words."""
        if sql not in self._mentioned_in:
            names: set[str] = set()

            def collect(node: dict[str, Any]) -> dict[str, Any]:
                names.update(_relations_of(node))
                return node

            # The parser of JSON calls `collect`, because a walk through the tree takes ten times as long.
            tree = self._parse_tree(sql, collect)
            self._mentioned_in[sql] = names - BUILT_IN if tree.get("statements") else self._words(sql)
        return self._mentioned_in[sql]

    def _parse_tree(self, sql: str, visit: Callable[[dict[str, Any]], Any] | None = None) -> dict[str, Any]:
        """Return DuckDB's parse tree of a SELECT; for another statement, a tree without statements.

        `visit` is called with each node of the tree, and returns it.
        """
        ((text,),) = self._connection.execute("select system.main.json_serialize_sql(?)", [sql]).fetchall()
        return dict(json.loads(text, object_hook=visit))

    def _words(self, sql: str) -> set[str]:
        """Return the relations and table macros whose names are words of the SQL. Parsing a long macro takes much longer."""
        if sql not in self._words_of:
            text = sql.lower()
            words = {
                *WORD_PATTERN.findall(text),
                *QUALIFIED_NAME_PATTERN.findall(text),
                *(f"{name}()" for name in FUNCTION_CALL_PATTERN.findall(text)),
            }
            self._words_of[sql] = words & self._names
        return self._words_of[sql]

    @cached_property
    def _names(self) -> set[str]:
        return {*self._stored, *self._views, *self._macros}

    @cached_property
    def _has_plain_names(self) -> bool:
        """Return whether `_words` finds every name of the file: no name has a character that needs quotes."""
        names = (*self._stored, *self._views, *(name.removesuffix("()") for name in self._macros))
        return all(WORD_PATTERN.fullmatch(name) or QUALIFIED_NAME_PATTERN.fullmatch(name) for name in names)

    @cached_property
    def _stored(self) -> set[str]:
        return {_qualify(schema, name) for schema, name in self._connection.execute(STORED).fetchall()}

    @cached_property
    def _views(self) -> dict[str, str]:
        # DuckDB makes parse trees of SELECT statements only, so the CREATE VIEW before it is removed.
        sql = "select schema_name, view_name, regexp_replace(sql, '^CREATE .*? AS ', '', 's') from system.main.duckdb_views()"
        rows = self._connection.execute(f"{sql} where not internal and schema_name <> 'iamsql'").fetchall()
        return {_qualify(schema, name): body for schema, name, body in rows}

    @cached_property
    def _macros(self) -> dict[str, str]:
        macros = self._functions().table_macros
        return {f"{_qualify(schema, name)}()": body for (schema, name), body in macros.items()}


def _relations_of(node: dict[str, Any]) -> Iterator[str]:
    """Yield the relation of a node of a parse tree. Scalar macros are left out: those of a run file read no tables of accounts."""
    if node.get("type") == "TABLE_FUNCTION":
        function = node["function"]
        yield _qualify(function.get("schema") or "main", function.get("function_name") or "") + "()"
    elif isinstance(node.get("table_name"), str) and node["table_name"]:
        yield _qualify(node.get("schema_name") or "main", node["table_name"])


def _iter_nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every node of a parse tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            node = node.values()
        waiting += [child for child in node if isinstance(child, dict | list)]


def _qualify(schema: str, name: str) -> str:
    return name.lower() if schema.lower() == "main" else f"{schema}.{name}".lower()
