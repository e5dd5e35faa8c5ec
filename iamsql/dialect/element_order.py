"""Lists gathered without ORDER BY: PostgreSQL keeps the elements of a document in their order, DuckDB need not."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from iamsql.dialect.nodes import Unfold

_LISTS = {"jsonb_agg", "json_agg", "array_agg", "string_agg"}
_PLACE = "place_"


def keep(select: exp.Expr) -> None:
    """Order what a SELECT gathers by the places of the elements that its FROM unfolds."""
    unfolded = list(_unfolded(select))
    if not unfolded or any(one.is_star for one in select.expressions):
        return
    gathered = [one for one in _calls(select) if one.this in _LISTS and not one.find(exp.Order, exp.Distinct)]
    listed = isinstance(select.parent, exp.Anonymous) and select.parent.this == "array" and _is_plain(select)
    if not gathered and not listed:
        return
    places = [exp.Ordered(this=_placed(alias, inner), nulls_first=False) for alias, inner in unfolded]
    for call in gathered:
        last = call.expressions[-1].copy()
        call.set("expressions", [*call.expressions[:-1], exp.Order(this=last, expressions=_copies(places))])
    if listed:
        select.set("order", exp.Order(expressions=_copies(places)))


def _copies(places: list[exp.Ordered]) -> list[exp.Expr]:
    return [one.copy() for one in places]


def _unfolded(select: exp.Expr) -> Iterator[tuple[str, exp.Select]]:
    """Find the functions in FROM by their aliases."""
    from_ = select.args.get("from_")
    entries = [from_.this] if from_ is not None else []
    for entry in (*entries, *(join.this for join in select.args.get("joins") or [])):
        subquery = entry.this if isinstance(entry, exp.Lateral) else entry
        inner = subquery.this if isinstance(subquery, exp.Subquery) else None
        if isinstance(inner, exp.Select) and inner.expressions and isinstance(inner.expressions[0].this, Unfold):
            yield entry.alias, inner


def _placed(alias: str, inner: exp.Select) -> exp.Expr:
    """Number the elements of a function in FROM, and give the column that holds the number."""
    if _PLACE not in [one.alias for one in inner.expressions]:
        number = Unfold(this=inner.expressions[0].this.this.copy(), part="ordinality")
        inner.append("expressions", exp.alias_(number, _PLACE, quoted=True, copy=False))
    column = exp.column(_PLACE, alias, quoted=True)
    column.meta["kind"] = "int"
    return column


def _calls(select: exp.Expr) -> Iterator[exp.Anonymous]:
    """Find the calls of a SELECT that are in no query within it."""
    having = select.args.get("having")
    for part in (*select.expressions, *([having] if having is not None else [])):
        for node in part.walk(prune=lambda one: isinstance(one, exp.Select | exp.SetOperation)):
            if isinstance(node, exp.Anonymous):
                yield node


def _is_plain(select: exp.Expr) -> bool:
    return not any(select.args.get(part) for part in ("order", "group", "distinct", "limit"))
