"""The rows of a table that a query needs, so a server returns only these, and DuckDB runs the query over them.

The condition may hold for more rows than the query uses, but never for fewer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlglot import exp

_ROW_CHANGING_CLAUSES = ("group", "distinct", "qualify", "limit", "offset", "having", "windows")


def needed_rows_query(tree: exp.Expr, table: str, view: str, columns: Collection[str]) -> exp.Expr | None:
    """Return a query of the columns of a table that has all rows which a query reads of its view; None if it needs all rows.

    The columns are those that the view takes from the table unchanged.
    """
    schema, _, name = table.rpartition(".")
    relation_reads = _RelationReads(tree, view, columns)
    table_nodes = [node for node in tree.find_all(exp.Table) if node.name == name and node.db == schema]
    if any(not relation_reads.is_inside(node, view) for node in table_nodes):
        return None
    condition = relation_reads.condition_for(view)
    if condition is None:
        return None
    return (
        exp.select(*(exp.column(column, quoted=True) for column in columns))
        .from_(exp.table_(name, schema))
        .where(condition)
    )


class _RelationReads:
    """The places at which a query reads the relations that its CTEs define."""

    def __init__(self, tree: exp.Expr, view: str, columns: Collection[str]) -> None:
        self._tree, self._view, self._columns = tree, view, {column.lower() for column in columns}
        self._bodies = {id(cte.this): cte.alias for cte in tree.find_all(exp.CTE)}

    def is_inside(self, node: exp.Expr, alias: str) -> bool:
        """Return whether a node is part of the CTE with a name."""
        cte = node.find_ancestor(exp.CTE)
        while cte is not None and cte.alias != alias:
            cte = cte.find_ancestor(exp.CTE)
        return cte is not None

    def condition_for(self, relation: str) -> exp.Expr | None:
        """Return the condition for the rows of a relation; None if all are needed."""
        conditions = []
        for table in self._tree.find_all(exp.Table):
            if table.name == relation and not table.db:
                condition = self._condition_at(table)
                if condition is None:
                    return None
                conditions.append(condition)
        return exp.or_(*conditions) if conditions else None

    def _condition_at(self, table: exp.Expr) -> exp.Expr | None:
        """Return the condition for the rows that a query reads at one place."""
        select = table.find_ancestor(exp.Select)
        if select is None or not _filters_early(select, table):
            return None
        parts = [part for part in self._conjuncts_of(select, table) if part is not None]
        alias = self._bodies.get(id(select))
        if alias is not None and not _changes_rows(select):
            outer = self.condition_for(alias)
            pushed_condition = self._push_condition(outer, select, table) if outer is not None else None
            parts += [pushed_condition] if pushed_condition is not None else []
        return exp.and_(*parts) if parts else None

    def _conjuncts_of(self, select: exp.Expr, table: exp.Expr) -> Iterator[exp.Expr | None]:
        where = select.args.get("where")
        if where is not None:
            condition = where.this
            for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
                yield self._condition_over_columns(part.unnest(), table, bool(select.args.get("joins")))

    def _condition_over_columns(self, node: exp.Expr, table: exp.Expr, is_joined: bool) -> exp.Expr | None:
        """Return a condition without the alias of the relation; None if it reads anything but the columns."""
        if node.find(exp.Query, exp.Comprehension, exp.Window) is not None:
            return None
        copy = node.copy()
        for column in list(copy.find_all(exp.Column)):
            is_of_table = column.table.lower() == table.alias_or_name.lower() if column.table else not is_joined
            is_known = table.name != self._view or column.name.lower() in self._columns
            if not is_of_table or not is_known or column.args.get("db") is not None:
                return None
            column.set("table", None)
        return copy

    def _push_condition(self, condition: exp.Expr, select: exp.Expr, table: exp.Expr) -> exp.Expr | None:
        """Return a condition over the columns of a SELECT as one over the relation that it reads, weaker if need be."""
        if isinstance(condition.unnest(), exp.Or):
            pushed_operands = [self._push_condition(part, select, table) for part in condition.unnest().flatten()]
            return (
                None
                if any(pushed_operand is None for pushed_operand in pushed_operands)
                else exp.or_(*(pushed_operand for pushed_operand in pushed_operands if pushed_operand is not None))
            )
        parts = condition.unnest().flatten() if isinstance(condition.unnest(), exp.And) else [condition]
        pushed_parts = [
            pushed_part
            for part in parts
            if (pushed_part := self._substitute_projections(part.unnest(), select, table)) is not None
        ]
        return exp.and_(*pushed_parts) if pushed_parts else None

    def _substitute_projections(self, condition: exp.Expr, select: exp.Expr, table: exp.Expr) -> exp.Expr | None:
        if isinstance(condition, exp.Or | exp.And):
            return self._push_condition(condition, select, table)
        projections = {part.alias_or_name.lower(): part.unalias() for part in select.expressions}
        copy = exp.Paren(this=condition.copy())
        for column in list(copy.find_all(exp.Column)):
            source = projections.get(column.name.lower())
            if source is None:
                return None
            column.replace(source.copy())
        return self._condition_over_columns(copy.this, table, bool(select.args.get("joins")))


def _changes_rows(select: exp.Expr) -> bool:
    return any(select.args.get(key) for key in _ROW_CHANGING_CLAUSES) or any(
        part.find(exp.Window, exp.AggFunc, exp.Explode) is not None for part in select.expressions
    )


def _filters_early(select: exp.Expr, table: exp.Expr) -> bool:
    """Return whether rows that WHERE removes could be removed before the joins: not on the outer side of a join."""
    source = select.args.get("from_")
    joins = select.args.get("joins") or []
    join_sides = {str(join.args["side"]).upper() for join in joins if join.args.get("side")}
    if source is not None and source.this is table:
        return not join_sides & {"RIGHT", "FULL"}
    return (
        not join_sides
        and all(not join.args.get("method") for join in joins)
        and any(join.this is table for join in joins)
    )
