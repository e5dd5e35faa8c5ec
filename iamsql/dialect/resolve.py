"""Walk a query as PostgreSQL would: settle what each name means, what each expression is, and how each column is called.

The tree is changed where names are concerned: columns are qualified, functions in FROM become subqueries, columns get
the names that PostgreSQL gives them. What expressions are is kept with them for the rewrites that follow.
"""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect import element_order as order
from iamsql.dialect import filters
from iamsql.dialect.column_names import name_of
from iamsql.dialect.from_clause import CONNECTIONS, Ctes, Sources
from iamsql.dialect.scope import Columns, Scope, Source, add, missing, renamed, united, unknown

QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)


class Analyst(Sources):
    """Walks the queries of one statement; `tables` maps names of stored tables to their columns and DuckDB types."""

    def query(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Columns | None:
        """Walk a query and give its columns; None when they cannot be told."""
        ctes = self._ctes(node, outer, ctes)
        if isinstance(node, exp.Subquery):
            columns = self.query(node.this, outer, ctes)
            self._order(node, Scope(outer, [Source("", columns)]), ctes, columns or {})
            return columns
        if isinstance(node, exp.SetOperation):
            left = self.query(node.this, outer, ctes)
            right = self.query(node.expression, outer, ctes)
            self._order(node, Scope(outer, [Source("", left)]), ctes, left or {})
            return united(left, right)
        if isinstance(node, exp.Values):
            return self.values(node, outer, ctes)
        return self._select(node, outer, ctes)

    def _ctes(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Ctes:
        with_ = node.args.get("with_")
        if with_ is None:
            return ctes
        known = dict(ctes)
        for cte in with_.expressions:
            names = [one.name for one in cte.args["alias"].args.get("columns") or []]
            inner = dict(known)
            body = cte.this
            if with_.args.get("recursive") and isinstance(body, exp.SetOperation):
                anchor = self.query(body.this.copy(), outer, known)
                inner[cte.alias] = renamed(anchor, names)
            known[cte.alias] = renamed(self.query(body, outer, inner), names)
        return known

    def _select(self, node: exp.Expr, outer: Scope | None, ctes: Ctes) -> Columns | None:
        scope = Scope(outer)
        if from_ := node.args.get("from_"):
            self.source(from_.this, scope, ctes)
        for join in node.args.get("joins") or []:
            self.join(join, scope, ctes)
        for part in ("where", "having", "qualify"):
            if clause := node.args.get(part):
                self.expression(clause.this, scope, ctes)
        projections = list(node.expressions)
        for projection in projections:
            self.expression(projection, scope, ctes)
        columns = self._outputs(node, scope)
        order.keep(node)
        self._distinct(node, scope, ctes)
        self._group(node, scope, ctes, columns)
        for window in node.args.get("windows") or []:
            self._parts(window, scope, ctes)
        self._order(node, scope, ctes, columns or {})
        for part in ("limit", "offset"):
            if clause := node.args.get(part):
                self._parts(clause, scope, ctes)
        return columns

    # -- clauses -----------------------------------------------------------------------------------------------------------

    def _outputs(self, node: exp.Expr, scope: Scope) -> Columns | None:
        """Name the columns of a SELECT and list them."""
        columns: Columns = {}
        known = True
        for projection in list(node.expressions):
            star = _star(projection)
            if star is not None:
                of = scope.star(star)
                known = known and of is not None
                for column, kind in (of or {}).items():
                    add(columns, column, kind)
                continue
            name = name_of(projection)
            add(columns, name, self._kinds.of(projection))
            if not isinstance(projection, exp.Alias):
                kind = self._kinds.of(projection)
                alias = exp.Alias(this=projection.copy(), alias=exp.to_identifier(name, quoted=True))
                alias.meta["kind"] = kind
                projection.replace(alias)
        return columns if known else None

    def _distinct(self, node: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        distinct = node.args.get("distinct")
        on = distinct.args.get("on") if distinct is not None else None
        if on is not None:
            self.expression(on, scope, ctes)

    def _group(self, node: exp.Expr, scope: Scope, ctes: Ctes, columns: Columns | None) -> None:
        """Walk GROUP BY: a bare name is a column of FROM if there is one, else an output."""
        if group := node.args.get("group"):
            for part in group.walk(prune=lambda one: isinstance(one, QUERIES)):
                bare = isinstance(part, exp.Column) and not part.table
                if bare and part.name in (columns or {}) and scope.holding(part.name)[0] is None:
                    part.meta["kind"] = (columns or {})[part.name]
            self._parts(group, scope, ctes)

    def _order(self, node: exp.Expr, scope: Scope, ctes: Ctes, columns: Columns) -> None:
        """Walk ORDER BY: a bare name is an output if there is one, names within expressions are columns of FROM."""
        if order := node.args.get("order"):
            for ordered in order.expressions:
                part = ordered.this if isinstance(ordered, exp.Ordered) else ordered
                if isinstance(part, exp.Column) and not part.table and part.name in columns:
                    part.meta["kind"] = columns[part.name]
                    _spell_out(part, node)
            self._parts(order, scope, ctes)

    def _parts(self, node: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        for child in list(node.iter_expressions()):
            self.expression(child, scope, ctes)

    # -- expressions -------------------------------------------------------------------------------------------------------

    def expression(self, root: exp.Expr, scope: Scope, ctes: Ctes) -> None:
        """Settle the names in an expression and tell what each part of it is, from the inside out."""
        nodes = list(root.walk(prune=lambda one: isinstance(one, QUERIES)))
        for node in reversed(nodes):
            if isinstance(node, QUERIES):
                columns = self.query(node, scope, ctes)
                node.meta["kind"] = next(iter(columns.values()), "unknown") if columns else "unknown"
            elif isinstance(node, exp.Column):
                self._column(node, scope)
            elif isinstance(node, exp.Identifier | exp.Var | exp.DataType):
                continue
            else:
                self._kinds.note(node)

    def _column(self, node: exp.Column, scope: Scope) -> None:
        if "kind" in node.meta or isinstance(node.this, exp.Star):
            return
        name, table = node.name, node.table
        if node.args.get("db") is not None and node.db in CONNECTIONS:
            node.set("db", None)
        source, may = (scope.named(table), True) if table else scope.holding(name)
        if not table and source is None:
            if name == "user" and not node.this.quoted:
                current = exp.CurrentUser()
                current.meta.update(kind="text", name="user")
                node.replace(current)
            elif scope.closed:
                raise unknown(name, scope)
            return
        if not table and source is not None and (source.columns is None or name not in source.columns):
            _row(node, source)
            return
        if source is None or source.columns is None:
            if source is None and not node.args.get("db"):
                raise missing(table, name, source)
            return
        if name not in source.columns:
            raise missing(table, name, source)
        if not table and may and source.name:
            node.set("table", exp.to_identifier(source.name, quoted=True))
        node.meta["kind"] = source.columns[name]
        if source.stored:
            filters.settle(node, source.stored)


def _row(node: exp.Column, source: Source) -> None:
    """Take the bare name of a table for what it means: the element of a function, or the row."""
    if source.element and source.columns is not None:
        node.meta["name"] = node.name
        node.set("this", exp.to_identifier(source.element, quoted=True))
        node.set("table", exp.to_identifier(source.name, quoted=True))
        node.meta["kind"] = source.columns[source.element]
    else:
        node.meta["kind"] = "row"
        node.meta["columns"] = dict(source.columns or {})


def _star(node: exp.Expr) -> str | None:
    """Tell whether a projection is `*` or `name.*`: the name, '' for all tables; None for any other."""
    if isinstance(node, exp.Star):
        return ""
    return node.table if isinstance(node, exp.Column) and isinstance(node.this, exp.Star) else None


def _spell_out(name: exp.Expr, query: exp.Expr) -> None:
    """Put a column of the same name in the place of an output of JSON, which is sorted by an expression over it."""
    if name.meta["kind"] != "json" or query.args.get("distinct") is not None:
        return
    made = next((one.this for one in query.expressions if isinstance(one, exp.Alias) and one.alias == name.name), None)
    if isinstance(made, exp.Column):
        name.replace(made.copy())
