"""Rewrite expressions that return rows: unnest in a SELECT, series in FROM, and scalar subqueries."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.results import BIGINT, INTEGER
from iamsql.lake.engines.spark.types import build_list_type, element_type, kind

_UNNESTED_ALIAS = "unnested_"  # the alias of the elements of a list


def move_series_to_subquery(clause: exp.Expr) -> None:
    """Read a series or the elements of a list, the only relation of a FROM, in a subquery."""
    node = clause.this
    inner = node.this if isinstance(node, exp.Table) else node
    if not isinstance(inner, exp.GenerateSeries | exp.Unnest):
        return
    items = inner.expressions[0] if isinstance(inner, exp.Unnest) else inner
    alias = node.args.get("alias")
    columns = [column.name for column in alias.args.get("columns") or []] if alias is not None else []
    column_name = columns[0] if columns else "range" if isinstance(inner, exp.GenerateSeries) else "unnest"
    select = exp.Select(expressions=[exp.alias_(exp.Explode(this=items.copy()), column_name)])
    table_alias = exp.TableAlias(this=exp.to_identifier(alias.name if alias is not None and alias.name else "series_"))
    clause.set("this", exp.Subquery(this=select, alias=table_alias))


def unnest_in_from(select: exp.Expr) -> None:
    """Let LATERAL VIEW return the elements of the lists that a SELECT unnests."""
    explode_nodes = [
        node
        for item in select.expressions
        for node in item.find_all(exp.Explode)
        if node.find_ancestor(exp.Select) is select
    ]
    if not explode_nodes or (
        select.args.get("from_") is None and all(item.unalias() is explode_nodes[0] for item in select.expressions)
    ):
        return
    if select.args.get("group"):
        raise UntranslatableError("a list is unnested after a GROUP BY")
    lists = {node.this.sql(): node.this for node in explode_nodes}
    items, position = _zip_lists(list(lists.values())) if len(lists) > 1 else (explode_nodes[0].this.copy(), None)
    for node in explode_nodes:
        column: exp.Expr = exp.column("item", _UNNESTED_ALIAS)
        if position is not None:
            column.type = INTEGER
            column = exp.Bracket(this=node.this.copy(), expressions=[column])
        column.type = element_type(node.this)
        node.replace(exp.alias_(column, "unnest") if node.parent is select else column)
    if select.args.get("from_") is None:
        inner = exp.Select(expressions=[exp.alias_(exp.Explode(this=items), "item")])
        alias = exp.TableAlias(this=exp.to_identifier(_UNNESTED_ALIAS))
        select.set("from_", exp.From(this=exp.Subquery(this=inner, alias=alias)))
        return
    alias = exp.TableAlias(this=exp.to_identifier(_UNNESTED_ALIAS), columns=[exp.to_identifier("item")])
    select.append("laterals", exp.Lateral(this=exp.Explode(this=items), view=True, alias=alias))


def _zip_lists(lists: list[exp.Expr]) -> tuple[exp.Expr, exp.Expr]:
    """Return the elements of lists side by side; NULLs extend the shorter lists."""
    sizes: list[exp.Expr] = []
    for items in lists:
        length = exp.Length(this=items.copy())
        length.type = BIGINT
        sizes.append(exp.Coalesce(this=length, expressions=[exp.Literal.number(0)]))
    series = exp.GenerateSeries(start=exp.Literal.number(1), end=exp.Greatest(this=sizes[0], expressions=sizes[1:]))
    series.type = build_list_type(BIGINT)
    return series, series


def aggregate_scalar_subquery(select: exp.Expr) -> None:
    """Make a subquery that is a value an aggregate: Spark refuses a subquery that may have several rows."""
    outer = select.parent
    relations = exp.From | exp.Join | exp.In | exp.Exists | exp.Lateral | exp.SetOperation | exp.CTE
    if not isinstance(outer, exp.Subquery) or isinstance(outer.parent, relations):
        return
    shaping_clauses = ("group", "distinct", "limit", "qualify", "having", "with_")
    if (
        any(select.args.get(key) for key in shaping_clauses)
        or select.args.get("from_") is None
        or len(select.expressions) != 1
    ):
        return
    projection = select.expressions[0]
    if projection.find(exp.AggFunc, exp.Window, exp.Explode, exp.Star):
        return
    value = projection.unalias()
    new = exp.AnyValue(this=value.copy())
    new.type = value.type
    select.set("order", None)
    select.set("expressions", [exp.alias_(new, projection.alias_or_name or "value")])


def cast_nulls(operation: exp.Expr) -> None:
    """Give a NULL of a set operation the type of the column on another side."""
    operands = _set_operands(operation)
    for position in range(min(len(operand.expressions) for operand in operands)):
        values = [operand.expressions[position].unalias() for operand in operands]
        known_type = next((value.type for value in values if kind(value) not in ("", "null")), None)
        for value in values:
            if isinstance(value, exp.Null) and known_type is not None:
                value.replace(exp.Cast(this=exp.Null(), to=known_type.copy()))


def _set_operands(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.SetOperation):
        return [*_set_operands(node.this), *_set_operands(node.expression)]
    return (
        _set_operands(node.this) if isinstance(node, exp.Subquery) else [node] if isinstance(node, exp.Select) else []
    )


def apply_to_each(tree: exp.Expr, node_type: type[exp.Expr], *changes: Callable[[exp.Expr], None]) -> None:
    """Apply changes to the nodes of a type, the inner ones first."""
    for node in reversed(list(tree.find_all(node_type))):
        for change in changes:
            change(node)
