"""Resolve FROM: tables, subqueries, functions, and the joins between them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from iamsql.dialect import table_functions
from iamsql.dialect.build import identifier
from iamsql.dialect.data_types import of_column
from iamsql.dialect.scope import Columns, Scope, Source, rename_columns
from iamsql.dialect.typing import Types
from iamsql.dialect.unsupported import unsupported_table

AGGREGATORS = {"aws", "aws_all"}  # the schemas in which Steampipe aggregates all accounts
Ctes = Mapping[str, Columns | None]


class FromResolver:
    """Resolves the entries of FROM; the resolver of queries and expressions derives from this class."""

    def __init__(self, tables: Mapping[str, Mapping[str, str]], types: Types) -> None:
        self._tables = tables
        self._types = types

    def query(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Columns | None:
        """Resolve a query and return its columns; None where they are not known."""
        raise NotImplementedError

    def expression(self, root: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        """Resolve the names in an expression and infer the type of each node in it."""
        raise NotImplementedError

    def join(self, join: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        """Resolve a join and its condition."""
        self.source(join.this, scope, ctes, joined=True)
        scope.merged.update(column.name for column in join.args.get("using") or [])
        scope.natural = scope.natural or join.args.get("method") == "NATURAL"
        if on := join.args.get("on"):
            self.expression(on, scope, ctes)

    def source(self, node: exp.Expr, scope: Scope, ctes: Ctes, joined: bool = False) -> None:
        """Resolve an entry of FROM and add it to the scope."""
        call = table_functions.called(node)
        if call is not None:
            for arg in call.expressions:
                self.expression(arg, scope, ctes)
            scope.sources.append(table_functions.to_subquery(node, call, self._types, joined))
            return
        inner = node.this if isinstance(node, exp.Lateral) else node
        if isinstance(inner, exp.Subquery) and isinstance(inner.this, exp.Table):
            self.source(inner.this, scope, ctes)  # a join in parentheses: its tables have the scope of the query
        elif isinstance(inner, exp.Subquery | exp.Values):
            alias = node.args.get("alias") or inner.args.get("alias")
            columns = self.query(inner.this if isinstance(inner, exp.Subquery) else inner, scope, ctes)
            scope.sources.append(Source(node.alias or inner.alias, rename_columns(columns, _column_aliases(alias))))
        elif isinstance(inner, exp.Table):
            self._table(inner, scope, ctes)
        else:
            raise unsupported_table(inner)
        for join in inner.args.get("joins") or []:
            self.join(join, scope, ctes)

    def _table(self, node: exp.Table, scope: Scope, ctes: Ctes) -> None:
        name, schema = node.name, node.db
        if schema in AGGREGATORS and name in self._tables:
            node.set("db", None)
            schema = ""
        node.set("only", None)  # ONLY excludes child tables, which DuckDB does not have
        table, columns = "", None
        if not schema and name in ctes:
            columns = ctes[name]
        elif schema in ("", "main") and name in self._tables:
            columns = {column: of_column(name, column, stored) for column, stored in self._tables[name].items()}
            table = "" if name in ctes else name
        columns = rename_columns(columns, _column_aliases(node.args.get("alias")))
        scope.sources.append(Source(node.alias or name, columns, table=table))

    def values(self, node: exp.Values, outer: Scope | None, ctes: Ctes) -> Columns:
        """Resolve VALUES and return its columns."""
        rows = [list(row.expressions) if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
        for cell in (cell for row in rows for cell in row):
            self.expression(cell, Scope(outer), ctes)
        width = len(rows[0]) if rows else 0
        alias = node.args.get("alias")
        aliases = _column_aliases(alias)
        names = [*aliases, *(f"column{position + 1}" for position in range(width))][:width]
        if alias is not None and len(aliases) < width:
            alias.set("columns", [identifier(name) for name in names])
        return {name: self._types.common([row[position] for row in rows]) for position, name in enumerate(names)}


def _column_aliases(alias: exp.Expr | None) -> list[str]:
    return [column.name for column in alias.args.get("columns") or []] if alias is not None else []
