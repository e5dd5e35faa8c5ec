"""Aggregates that return JSON, and DISTINCT inside of an aggregate, which PostgreSQL implements by sorting."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, renamed, text
from iamsql.dialect.core.json_conversion import json_element
from iamsql.dialect.typing import Function, Types

_MODIFIERS = exp.Filter | exp.Window | exp.WithinGroup


def finish_aggregate(node: exp.Expr, aggregate: exp.Expr, macro: str) -> exp.Expr:
    """Apply a macro to the result of an aggregate that replaces `node`.

    FILTER and OVER belong to the aggregate, so the macro is applied to the outermost of them, when it is rewritten.
    """
    outermost = node
    while isinstance(outermost.parent, _MODIFIERS) and outermost.arg_key == "this":
        outermost = outermost.parent
    if outermost is node:
        return call(macro, aggregate)
    outermost.meta["finish"] = macro
    return aggregate


def _finish(node: exp.Expr, types: Types) -> exp.Expr | None:
    macro = node.meta.pop("finish", None)
    return call(macro, node.copy()) if macro else None


def _json_agg(node: exp.Expr, types: Types) -> exp.Expr:
    aggregate = _distinct_sorted(node, types)
    value = aggregate.expressions[0]
    while isinstance(value, exp.Order | exp.Distinct):
        value = value.this if isinstance(value, exp.Order) else value.expressions[0]
    value.replace(json_element(value, types))
    # json_group_array of DuckDB is a macro, and takes neither DISTINCT nor ORDER BY nor FILTER.
    aggregate.set("this", "array_agg")
    return finish_aggregate(node, aggregate, "to_json")


def _distinct_sorted(node: exp.Expr, types: Types) -> exp.Expr:
    """Add ORDER BY to an aggregate with DISTINCT: the values come in the order in which PostgreSQL compares them."""
    node = node.copy()
    first = node.expressions[0] if node.expressions else None
    if isinstance(first, exp.Distinct) and not node.find(exp.Order):
        order = exp.Ordered(this=first.expressions[0].copy(), nulls_first=False)
        node.set("expressions", [exp.Order(this=first.copy(), expressions=[order])])
    return node


def _string_agg(node: exp.Expr, types: Types) -> exp.Expr:
    value, *delimiter = node.expressions
    if delimiter and isinstance(delimiter[0], exp.Null):
        node.set("expressions", [value, text("")])
    return _distinct_sorted(node, types)


OPERATORS = dict.fromkeys((exp.Filter, exp.Window, exp.WithinGroup), _finish)
FUNCTIONS = {
    "json_agg": Function(_json_agg, "json"),
    "jsonb_agg": Function(_json_agg, "json"),
    "array_agg": Function(_distinct_sorted, "arg[]"),
    "string_agg": Function(_string_agg, "text"),
    "every": Function(renamed("bool_and"), "boolean"),
}
