"""Aggregates that make JSON, and DISTINCT within one, which PostgreSQL does by sorting."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call
from iamsql.dialect.core.json_conversion import element
from iamsql.dialect.typing import Kinds

_AROUND = exp.Filter | exp.Window | exp.WithinGroup


def _as_list(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Gather values in a list and make JSON of it, outside of FILTER and OVER, which belong to the aggregate."""
    gathered = _sorted(node, kinds)
    value = _value(gathered)
    value.replace(element(value, kinds))
    gathered.set("this", "array_agg")
    if isinstance(node.parent, _AROUND) and node.arg_key == "this":
        top = node.parent
        while isinstance(top.parent, _AROUND) and top.arg_key == "this":
            top = top.parent
        top.meta["to_json"] = True
        return gathered
    return call("to_json", gathered)


def _value(node: exp.Expr) -> exp.Expr:
    """Find the value that is gathered, under ORDER BY and DISTINCT."""
    value: exp.Expr = node.expressions[0]
    while isinstance(value, exp.Order | exp.Distinct):
        value = value.this if isinstance(value, exp.Order) else value.expressions[0]
    return value


def _sorted(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Sort the values of DISTINCT, as PostgreSQL does to find them."""
    node = node.copy()
    first = node.expressions[0] if node.expressions else None
    if isinstance(first, exp.Distinct) and not node.find(exp.Order):
        order = exp.Ordered(this=first.expressions[0].copy(), nulls_first=False)
        node.set("expressions", [exp.Order(this=first.copy(), expressions=[order])])
    return node


def _around(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if not node.meta.pop("to_json", False):
        return None
    return call("to_json", node.copy())


REWRITES = {
    **dict.fromkeys(("json_agg", "jsonb_agg"), _as_list),
    **dict.fromkeys(("array_agg", "string_agg"), _sorted),
}
KINDS = {"json_agg": "json", "jsonb_agg": "json", "array_agg": "arg[]", "string_agg": "text"}
OPERATORS = {exp.Filter: _around, exp.Window: _around, exp.WithinGroup: _around}
