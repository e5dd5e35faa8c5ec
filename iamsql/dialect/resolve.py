"""Resolve a query as PostgreSQL does: qualify its columns, infer the types of its expressions, name its result columns.

The tree changes where names are concerned: functions in FROM become subqueries, and every result column gets an alias.
"""

from __future__ import annotations

from itertools import islice

from sqlglot import exp

from iamsql.dialect.build import identifier, literal_integer
from iamsql.dialect.core.steampipe import mark_filter
from iamsql.dialect.element_order import add_element_order
from iamsql.dialect.from_clause import AGGREGATOR_SCHEMAS, Ctes, FromResolver
from iamsql.dialect.names import (
    Columns,
    Scope,
    Source,
    add_column,
    column_name,
    missing_column_error,
    rename_columns,
    union_columns,
    unknown_column_error,
)
from iamsql.dialect.parse import QUERY_NODES


def _is_query(node: exp.Expr) -> bool:
    return isinstance(node, QUERY_NODES)


class Resolver(FromResolver):
    """Resolves the queries of a statement; `tables` maps each stored table to its columns and DuckDB types."""

    def query(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Columns | None:
        """Resolve a query and return its columns; None where they are not known."""
        ctes = self._resolve_ctes(node, outer, ctes)
        if isinstance(node, exp.Subquery | exp.SetOperation):
            columns = self.query(node.this, outer, ctes)
            right = self.query(node.expression, outer, ctes) if isinstance(node, exp.SetOperation) else None
            self._resolve_order_by(node, Scope(outer, [Source("", columns)]), ctes, columns or {})
            return union_columns(columns, right)
        if isinstance(node, exp.Values):
            return self.values(node, outer, ctes)
        return self._resolve_select(node, outer, ctes)

    def _resolve_ctes(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Ctes:
        with_ = node.args.get("with_")
        if with_ is None:
            return ctes
        resolved_ctes = dict(ctes)
        for cte in with_.expressions:
            names = [column.name for column in cte.args["alias"].args.get("columns") or []]
            inner = dict(resolved_ctes)
            body = cte.this
            if with_.args.get("recursive") and isinstance(body, exp.SetOperation):
                # The recursive part refers to the columns of the anchor; a copy is resolved, because resolving changes the tree.
                inner[cte.alias] = rename_columns(self.query(body.this.copy(), outer, resolved_ctes), names)
            resolved_ctes[cte.alias] = rename_columns(self.query(body, outer, inner), names)
        return resolved_ctes

    def _resolve_select(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Columns | None:
        scope = Scope(outer)
        if from_ := node.args.get("from_"):
            self.source(from_.this, scope, ctes)
        for join in node.args.get("joins") or []:
            self.join(join, scope, ctes)
        for name in ("where", "having", "qualify"):
            if clause := node.args.get(name):
                self.expression(clause.this, scope, ctes)
        for projection in list(node.expressions):
            self.expression(projection, scope, ctes)
        columns = self._resolve_projections(node, scope)
        # The order adds columns to functions in FROM, which a star must not see.
        add_element_order(node)
        distinct = node.args.get("distinct")
        if distinct is not None and (on := distinct.args.get("on")) is not None:
            self.expression(on, scope, ctes)
        self._resolve_group_by(node, scope, ctes, columns or {})
        for window in node.args.get("windows") or []:
            self._resolve_children(window, scope, ctes)
        self._resolve_order_by(node, scope, ctes, columns or {})
        for name in ("limit", "offset"):
            if clause := node.args.get(name):
                self._resolve_children(clause, scope, ctes)
        return columns

    def _resolve_projections(self, node: exp.Expr, scope: Scope) -> Columns | None:
        """Give each projection an alias, and return the result columns; None if the columns of a star are not known."""
        columns: Columns = {}
        is_complete = True
        for projection in list(node.expressions):
            alias = _star_alias(projection)
            if alias is not None:
                star_columns = scope.star(alias)
                is_complete = is_complete and star_columns is not None
                for column, pg_type in (star_columns or {}).items():
                    add_column(columns, column, pg_type)
                continue
            name, pg_type = column_name(projection), self._types.of(projection)
            add_column(columns, name, pg_type)
            if not isinstance(projection, exp.Alias):
                aliased = exp.Alias(this=projection.copy(), alias=identifier(name))
                aliased.meta["type"] = pg_type
                projection.replace(aliased)
        return columns if is_complete else None

    def _resolve_group_by(self, node: exp.Expr, scope: Scope, ctes: Ctes, columns: Columns) -> None:
        """Resolve GROUP BY, where a bare name is a column of FROM if there is one, otherwise a result column."""
        if group := node.args.get("group"):
            for part in group.walk(prune=_is_query):
                is_bare = isinstance(part, exp.Column) and not part.table
                if is_bare and part.name in columns and scope.find(part.name)[0] is None:
                    part.meta["type"] = columns[part.name]
            self._resolve_children(group, scope, ctes)

    def _resolve_order_by(self, node: exp.Expr, scope: Scope, ctes: Ctes, columns: Columns) -> None:
        """Resolve ORDER BY, where a bare name is a result column if there is one; inside an expression it is a column of FROM."""
        if order := node.args.get("order"):
            for ordered in order.expressions:
                _resolve_result(ordered.this if isinstance(ordered, exp.Ordered) else ordered, node, columns)
            self._resolve_children(order, scope, ctes)

    def _resolve_children(self, node: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        for child in list(node.iter_expressions()):
            self.expression(child, scope, ctes)

    def expression(self, root: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        """Resolve the names in an expression and infer the type of each node, operands first."""
        for node in reversed(list(root.walk(prune=_is_query))):
            if isinstance(node, QUERY_NODES):
                columns = self.query(node, scope, ctes)
                node.meta["type"] = next(iter(columns.values()), "unknown") if columns else "unknown"
            elif isinstance(node, exp.Column):
                self._resolve_column(node, scope)
            elif not isinstance(node, exp.Identifier | exp.Var | exp.DataType):
                self._types.infer(node)

    def _resolve_column(self, node: exp.Column, scope: Scope) -> None:
        if "type" in node.meta or isinstance(node.this, exp.Star):
            return
        if node.args.get("db") is not None and node.db in AGGREGATOR_SCHEMAS:
            node.set("db", None)
        if not node.table:
            self._resolve_bare_name(node, scope)
            return
        source = scope.source(node.table)
        if source is not None and source.columns is not None and node.name in source.columns:
            _set_column_type(node, source)
        elif (source is None and not node.args.get("db")) or (source is not None and source.columns is not None):
            raise missing_column_error(node.table, node.name, source)

    def _resolve_bare_name(self, node: exp.Column, scope: Scope) -> None:
        source, qualifies = scope.find(node.name)
        if source is None:
            # USER is a reserved word of PostgreSQL. sqlglot parses it as a column, which d.user is.
            if node.name == "user" and not node.this.quoted:
                current = exp.CurrentUser()
                current.meta.update(type="text", name="user")
                node.replace(current)
            elif scope.is_complete:
                raise unknown_column_error(node.name, scope)
        elif source.columns is None or node.name not in source.columns:
            _resolve_row(node, source)
        else:
            if qualifies and source.name:
                node.set("table", identifier(source.name))
            _set_column_type(node, source)


def _set_column_type(node: exp.Column, source: Source) -> None:
    node.meta["type"] = (source.columns or {})[node.name]
    if source.table:
        mark_filter(node, source.table)


def _resolve_row(node: exp.Column, source: Source) -> None:
    """Resolve the bare name of a source: the element of a function, or the row."""
    if source.element and source.columns is not None:
        node.meta["name"] = node.name
        node.set("this", identifier(source.element))
        node.set("table", identifier(source.name))
        node.meta["type"] = source.columns[source.element]
    else:
        node.meta["type"] = "row"
        node.meta["columns"] = dict(source.columns or {})


def _star_alias(node: exp.Expr) -> str | None:
    """Return the alias of `alias.*`, '' for `*`, and None for any other projection."""
    if isinstance(node, exp.Star):
        return ""
    return node.table if isinstance(node, exp.Column) and isinstance(node.this, exp.Star) else None


def _resolve_result(key: exp.Expr, query: exp.Expr, columns: Columns) -> None:
    """Resolve a sort key that is the name or the position of a result column."""
    position = literal_integer(key)
    name = next(islice(columns, position - 1, None), "") if position and position > 0 else key.name
    # A second column of the same name has a key with a NUL (names.py).
    if name not in columns or "\0" in name or (position is None and (not isinstance(key, exp.Column) or key.table)):
        return
    if columns[name] != "json":
        key.meta["type"] = columns[name]
        return
    # JSON is sorted by an expression over the column. In an expression, DuckDB takes the name for a column of FROM.
    values = (node.this.copy() for node in query.expressions if isinstance(node, exp.Alias) and node.alias == name)
    new = next(values, exp.column(name, quoted=True))
    new.meta["type"] = columns[name]
    key.replace(new)
