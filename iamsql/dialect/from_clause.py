"""What FROM brings into reach of a query: tables, subqueries, functions and the joins between them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from iamsql.dialect import table_functions as setof
from iamsql.dialect.data_types import of_column
from iamsql.dialect.scope import Columns, Scope, Source, renamed
from iamsql.dialect.typing import Kinds
from iamsql.dialect.unsupported import refuse_table

CONNECTIONS = {"aws", "aws_all"}  # names that Steampipe users give to all accounts together
Ctes = Mapping[str, Columns | None]


class Sources:
    """Takes in entries of FROM; who walks queries and expressions derives from it."""

    def __init__(self, tables: Mapping[str, Mapping[str, str]], kinds: Kinds) -> None:
        self._tables = tables
        self._kinds = kinds

    def query(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Columns | None:
        """Walk a query and give its columns; None when they cannot be told."""
        raise NotImplementedError

    def expression(self, root: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        """Settle the names in an expression and tell what each part of it is, from the inside out."""
        raise NotImplementedError

    def join(self, join: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        """Take in a joined entry of FROM and its condition."""
        self.source(join.this, scope, ctes, joined=True)
        scope.shared.update(one.name for one in join.args.get("using") or [])
        scope.natural = scope.natural or join.args.get("method") == "NATURAL"
        if on := join.args.get("on"):
            self.expression(on, scope, ctes)

    def source(self, node: exp.Expr, scope: Scope, ctes: Ctes, joined: bool = False) -> None:
        """Take in one entry of FROM."""
        call = setof.called(node)
        if call is not None:
            for arg in call.expressions:
                self.expression(arg, scope, ctes)
            table = setof.as_subquery(node, call, self._kinds, joined)
            scope.sources.append(Source(table.name, table.columns, table.element))
            return
        inner = node.this if isinstance(node, exp.Lateral) else node
        if isinstance(inner, exp.Subquery) and isinstance(inner.this, exp.Table):
            self._nested(inner.this, scope, ctes)
        elif isinstance(inner, exp.Subquery | exp.Values):
            alias = node.args.get("alias") or inner.args.get("alias")
            columns = self.query(inner.this if isinstance(inner, exp.Subquery) else inner, scope, ctes)
            scope.sources.append(Source(node.alias or inner.alias, renamed(columns, _alias_columns(alias))))
        elif isinstance(inner, exp.Table):
            self._table(inner, scope, ctes)
        else:
            raise refuse_table(inner)
        for join in inner.args.get("joins") or []:
            self.join(join, scope, ctes)

    def _nested(self, table: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        """Take in a join in parentheses: its tables are in reach as if there were none."""
        self.source(table, scope, ctes)

    def _table(self, node: exp.Table, scope: Scope, ctes: Ctes) -> None:
        name, schema = node.name, node.db
        if schema in CONNECTIONS and name in self._tables:
            node.set("db", None)
            schema = ""
        if node.args.get("only"):
            node.set("only", None)
        if not schema and name in ctes:
            columns = ctes[name]
        elif schema in ("", "main") and name in self._tables:
            columns = {column: of_column(name, column, kind) for column, kind in self._tables[name].items()}
        else:
            columns = None
        stored = name if columns is not None and name not in ctes else ""
        columns = renamed(columns, _alias_columns(node.args.get("alias")))
        scope.sources.append(Source(node.alias or name, columns, stored=stored))

    def values(self, node: exp.Values, outer: Scope | None, ctes: Ctes) -> Columns:
        """Walk VALUES and give its columns."""
        rows = [list(row.expressions) if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
        for row in rows:
            for cell in row:
                self.expression(cell, Scope(outer), ctes)
        width = len(rows[0]) if rows else 0
        alias = node.args.get("alias")
        names = [*_alias_columns(alias), *(f"column{place + 1}" for place in range(width))][:width]
        if alias is not None and len(_alias_columns(alias)) < width:
            alias.set("columns", [exp.to_identifier(name, quoted=True) for name in names])
        return {name: self._kinds.among([row[place] for row in rows]) for place, name in enumerate(names)}


def _alias_columns(alias: exp.Expr | None) -> list[str]:
    return [one.name for one in alias.args.get("columns") or []] if alias is not None else []
