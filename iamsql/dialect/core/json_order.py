"""Which document comes first: PostgreSQL ranks null, strings, numbers, truth, arrays and objects, and then by value."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, whole
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError

_SORTED = "sorted_"


def _compared(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if "json" not in (kinds.of(node.this), kinds.of(node.expression)):
        return None
    left, right = (call("pg_json_rank", as_json(side, kinds)) for side in (node.this, node.expression))
    return exp.Paren(this=type(node)(this=left, expression=right))


def _between(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if kinds.of(node.this) == "json":
        raise IamsqlError("BETWEEN is not supported for JSON: take the value out with ->> and cast it to a number.")
    return None


def _sorts_outputs(query: exp.Expr | None) -> bool:
    """Tell whether a query can be sorted by its output columns only: a set operation, or one with DISTINCT."""
    if isinstance(query, exp.SetOperation):
        return True
    distinct = query.args.get("distinct") if isinstance(query, exp.Select) else None
    return distinct is not None and not distinct.args.get("on")


def _ordered(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Sort by the rank; a query that is sorted by its outputs only is wrapped later (`_wrapped`)."""
    query = node.find_ancestor(exp.Select, exp.SetOperation, exp.Anonymous)
    within = isinstance(query, exp.Anonymous) and query.find(exp.Distinct) is not None
    if kinds.of(node.this) != "json" or _sorts_outputs(query) or within:
        return None
    made = node.copy()
    made.set("this", call("pg_json_rank", node.this.copy()))
    return made


def _outputs(query: exp.Expr) -> list[exp.Expr]:
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    return list(query.expressions) if isinstance(query, exp.Select) else []


def _output(part: exp.Expr, outputs: list[exp.Expr]) -> exp.Expr | None:
    """Find the output column that an entry of ORDER BY names: by its name, its position or its expression."""
    place = whole(part)
    if place is not None:
        return outputs[place - 1] if 0 < place <= len(outputs) else None
    bare = part.name if isinstance(part, exp.Column) else None
    return next(
        (one for one in outputs if one.alias == bare or (isinstance(one, exp.Alias) and one.this == part)), None
    )


def _wrapped(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Sort a query with DISTINCT, or a set operation, by JSON outputs from the outside."""
    order = node.args.get("order")
    if order is None or not _sorts_outputs(node):
        return None
    outputs = _outputs(node)
    named = [_output(part.this, outputs) for part in order.expressions]
    if not any(kinds.of(one.this if isinstance(one, exp.Alias) else one) == "json" for one in named if one is not None):
        return None
    names = [one.alias for one in outputs]
    if None in named or len({*names}) < len(names):
        raise IamsqlError(
            "ORDER BY a JSON value beside DISTINCT or UNION needs output columns with names of their own."
        )
    inner, parts = node.copy(), []
    for part, one in zip(order.expressions, named, strict=True):
        made = part.copy()
        column = exp.column(one.alias, _SORTED, quoted=True)  # type: ignore[union-attr]
        made.set("this", call("pg_json_rank", column) if kinds.of(one.this) == "json" else column)  # type: ignore[union-attr]
        parts.append(made)
    outer = {"order": exp.Order(expressions=parts), **{key: inner.args.get(key) for key in ("limit", "offset")}}
    for key in outer:
        inner.set(key, None)
    source = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(_SORTED, quoted=True)))
    return exp.Select(expressions=[exp.Star()], from_=exp.From(this=source), **outer)


OPERATORS: dict[type[exp.Expr], Rewrite] = {
    **dict.fromkeys((exp.GT, exp.GTE, exp.LT, exp.LTE), _compared),
    **dict.fromkeys((exp.Select, exp.Union, exp.Except, exp.Intersect), _wrapped),
    exp.Between: _between,
    exp.Ordered: _ordered,
}
