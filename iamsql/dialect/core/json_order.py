"""Order of documents, for < and ORDER BY: null, strings, numbers, booleans, arrays, objects, and within each by value."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, identifier, literal_integer
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.typing import Rewrite, Types
from iamsql.model import IamsqlError

_SUBQUERY = "sorted_"


def _compare(node: exp.Expr, types: Types) -> exp.Expr | None:
    if "json" not in (types.of(node.this), types.of(node.expression)):
        return None
    left, right = (call("pg_json_sort_key", as_json(operand, types)) for operand in (node.this, node.expression))
    return exp.Paren(this=type(node)(this=left, expression=right))


def _between(node: exp.Expr, types: Types) -> None:
    if types.of(node.this) == "json":
        raise IamsqlError("BETWEEN is not supported for JSON: extract the value with ->> and cast it to a number.")


def _sorts_results_only(query: exp.Expr | None) -> bool:
    """Report whether ORDER BY may refer to result columns only: in a set operation, and beside DISTINCT."""
    if isinstance(query, exp.SetOperation):
        return True
    distinct = query.args.get("distinct") if isinstance(query, exp.Select) else None
    return distinct is not None and not distinct.args.get("on")


def _ordered(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Sort by the rank; a query that sorts its results only is wrapped later (`_wrap`)."""
    query = node.find_ancestor(exp.Select, exp.SetOperation, exp.Anonymous)
    is_distinct_aggregate = isinstance(query, exp.Anonymous) and query.find(exp.Distinct) is not None
    if types.of(node.this) != "json" or _sorts_results_only(query) or is_distinct_aggregate:
        return None
    ordered = node.copy()
    ordered.set("this", call("pg_json_sort_key", node.this.copy()))
    return ordered


def _results(query: exp.Expr) -> list[exp.Expr]:
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    return list(query.expressions) if isinstance(query, exp.Select) else []


def _result(key: exp.Expr, results: list[exp.Expr]) -> exp.Expr | None:
    """Return the result column that a sort key refers to by its position, its name or its expression."""
    position = literal_integer(key)
    if position is not None:
        return results[position - 1] if 0 < position <= len(results) else None
    name = key.name if isinstance(key, exp.Column) else None
    return next(
        (node for node in results if node.alias == name or (isinstance(node, exp.Alias) and node.this == key)), None
    )


def _wrap(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Sort a query with DISTINCT, or a set operation, by the ranks of its JSON columns in a query around it."""
    order = node.args.get("order")
    if order is None or not _sorts_results_only(node):
        return None
    results = _results(node)
    keys = [_result(ordered.this, results) for ordered in order.expressions]
    if not any(_is_json(key, types) for key in keys):
        return None
    names = [result.alias for result in results]
    if None in keys or len({*names}) < len(names):
        raise IamsqlError("ORDER BY a JSON value beside DISTINCT or UNION needs result columns with distinct names.")
    inner, sorted_by = node.copy(), []
    for ordered, key in zip(order.expressions, keys, strict=True):
        outer_key = ordered.copy()
        column = exp.column(key.alias if key is not None else "", _SUBQUERY, quoted=True)
        outer_key.set("this", call("pg_json_sort_key", column) if _is_json(key, types) else column)
        sorted_by.append(outer_key)
    outer = {"order": exp.Order(expressions=sorted_by), **{name: inner.args.get(name) for name in ("limit", "offset")}}
    for name in outer:
        inner.set(name, None)
    subquery = exp.Subquery(this=inner, alias=exp.TableAlias(this=identifier(_SUBQUERY)))
    return exp.Select(expressions=[exp.Star()], from_=exp.From(this=subquery), **outer)


def _is_json(result: exp.Expr | None, types: Types) -> bool:
    return types.of(result.this if isinstance(result, exp.Alias) else result) == "json"


OPERATORS: dict[type[exp.Expr], Rewrite] = {
    **dict.fromkeys((exp.GT, exp.GTE, exp.LT, exp.LTE), _compare),
    **dict.fromkeys((exp.Select, exp.Union, exp.Except, exp.Intersect), _wrap),
    exp.Between: _between,
    exp.Ordered: _ordered,
}
