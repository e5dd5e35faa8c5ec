"""Order aggregates over set-returning functions: PostgreSQL keeps the order of the elements, DuckDB need not."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from iamsql.dialect.build import typed_column
from iamsql.dialect.from_clause import SetReturning

_ORDERED_AGGREGATES = {"jsonb_agg", "json_agg", "array_agg", "string_agg"}
_ORDINALITY_COLUMN = "place_"  # the underscore avoids a clash with columns of a query


def add_element_order(select: exp.Expr) -> None:
    """Add ORDER BY to the aggregates of a SELECT that have none, by the positions of the elements that FROM unnests."""
    functions = list(_functions_in_from(select))
    # A star would show the column of positions.
    if not functions or any(projection.is_star for projection in select.expressions):
        return
    aggregates = [
        call
        for call in _calls_of_select(select)
        if call.this in _ORDERED_AGGREGATES and not call.find(exp.Order, exp.Distinct)
    ]
    is_array = isinstance(select.parent, exp.Anonymous) and select.parent.this == "array" and _is_plain(select)
    if not aggregates and not is_array:
        return
    order = exp.Order(
        expressions=[exp.Ordered(this=_position_column(*function), nulls_first=False) for function in functions]
    )
    for call in aggregates:
        ordered = order.copy()
        ordered.set("this", call.expressions[-1].copy())
        call.set("expressions", [*call.expressions[:-1], ordered])
    if is_array:
        select.set("order", order)


def _functions_in_from(select: exp.Expr) -> Iterator[tuple[str, exp.Select]]:
    """Yield the alias of each function in FROM, and the SELECT that unnests its elements."""
    from_ = select.args.get("from_")
    entries = [from_.this] if from_ is not None else []
    for entry in (*entries, *(join.this for join in select.args.get("joins") or [])):
        subquery = entry.this if isinstance(entry, exp.Lateral) else entry
        inner = subquery.this if isinstance(subquery, exp.Subquery) else None
        if isinstance(inner, exp.Select) and inner.expressions and isinstance(inner.expressions[0].this, SetReturning):
            yield entry.alias, inner


def _position_column(alias: str, function: exp.Select) -> exp.Expr:
    """Return the column with the positions of the elements; add it to the function if it is not there."""
    projections = function.expressions
    if _ORDINALITY_COLUMN not in [projection.alias for projection in projections]:
        number = SetReturning(this=projections[0].this.this.copy(), ordinality=True)
        function.append("expressions", exp.alias_(number, _ORDINALITY_COLUMN, quoted=True, copy=False))
    return typed_column(_ORDINALITY_COLUMN, alias, "int")


def _calls_of_select(select: exp.Expr) -> Iterator[exp.Anonymous]:
    """Yield the calls of a SELECT outside of its subqueries."""
    having = select.args.get("having")
    for clause in (*select.expressions, *([having] if having is not None else [])):
        for node in clause.walk(prune=lambda part: isinstance(part, exp.Select | exp.SetOperation)):
            if isinstance(node, exp.Anonymous):
                yield node


def _is_plain(select: exp.Expr) -> bool:
    # Each of these clauses determines the order of the rows, or combines rows that have no position.
    return not any(select.args.get(clause) for clause in ("order", "group", "distinct", "limit"))
