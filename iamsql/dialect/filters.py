"""Columns that elsewhere only repeat a query's own filter: the filter is turned into one that the stored rows can answer."""

from __future__ import annotations

from sqlglot import exp

from iamsql.model import IamsqlError

_LOOKUP, _TRAIL = "aws_cloudtrail_lookup_event", "aws_cloudtrail_trail_event"
_BOUNDS: dict[str, type[exp.Binary]] = {"start_time": exp.GTE, "end_time": exp.LTE}


def settle(column: exp.Column, table: str) -> None:
    """Turn a comparison of start_time or end_time into a bound on event_time; refuse a filter that cannot be answered."""
    if table == _TRAIL and column.name == "filter":
        raise IamsqlError(
            "aws_cloudtrail_trail_event.filter is a filter of CloudWatch Logs, which a run file cannot apply:"
            " compare the columns instead, such as event_name = 'CreateUser'."
        )
    if table != _LOOKUP or column.name not in _BOUNDS or not column.find_ancestor(exp.Where, exp.Join):
        return
    if isinstance(column.parent, exp.EQ):
        column.parent.meta["bound"] = _BOUNDS[column.name]
    column.set("this", exp.to_identifier("event_time", quoted=True))


def bounded(node: exp.Expr) -> exp.Expr | None:
    """Write an equality with start_time or end_time as the bound that it sets; None for any other."""
    bound = node.meta.get("bound")
    if bound is None:
        return None
    sides = [node.this.copy(), node.expression.copy()]
    if not (isinstance(sides[0], exp.Column) and sides[0].name == "event_time"):
        sides.reverse()
    return exp.Paren(this=bound(this=sides[0], expression=sides[1]))
