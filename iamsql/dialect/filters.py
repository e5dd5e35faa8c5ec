"""Columns that elsewhere only repeat a query's own filter: the filter is turned into one that the stored rows can answer."""

from __future__ import annotations

from sqlglot import exp

from iamsql.model import IamsqlError

_LOOKUP, _TRAIL = "aws_cloudtrail_lookup_event", "aws_cloudtrail_trail_event"
_BOUNDS: dict[str, type[exp.Binary]] = {"start_time": exp.GTE, "end_time": exp.LTE}


def settle(column: exp.Column, table: str) -> None:
    """Turn a comparison of start_time or end_time into a bound on event_time; refuse a filter that cannot be answered.

    The log group that a query must name elsewhere is no matter where events did not come from one: theirs is NULL.
    """
    if table == _TRAIL and column.name == "filter":
        raise IamsqlError(
            "aws_cloudtrail_trail_event.filter is a filter of CloudWatch Logs, which a run file cannot apply:"
            " compare the columns instead, such as event_name = 'CreateUser'."
        )
    if table == _TRAIL and column.name == "log_group_name" and column.find_ancestor(exp.Where, exp.Join):
        column.parent.meta["pinned"] = isinstance(column.parent, exp.EQ | exp.In)  # type: ignore[union-attr]
    if table != _LOOKUP or column.name not in _BOUNDS or not column.find_ancestor(exp.Where, exp.Join):
        return
    if isinstance(column.parent, exp.EQ):
        column.parent.meta["bound"] = _BOUNDS[column.name]
    column.set("this", exp.to_identifier("event_time", quoted=True))


def bounded(node: exp.Expr) -> exp.Expr | None:
    """Write an equality with start_time or end_time as the bound that it sets, and let a pin hold for NULL; None for others."""
    if node.meta.pop("pinned", False):
        column = node.find(exp.Column)
        return exp.Paren(this=exp.Or(this=exp.Is(this=column.copy(), expression=exp.Null()), expression=node.copy()))  # type: ignore[union-attr]
    bound = node.meta.get("bound")
    if bound is None:
        return None
    sides = [node.this.copy(), node.expression.copy()]
    if not (isinstance(sides[0], exp.Column) and sides[0].name == "event_time"):
        sides.reverse()
    return exp.Paren(this=bound(this=sides[0], expression=sides[1]))
