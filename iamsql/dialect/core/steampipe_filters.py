"""Columns that Steampipe fills with a query's own filter: their conditions become conditions on the stored columns."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import identifier, is_null
from iamsql.dialect.typing import Types
from iamsql.model import IamsqlError

_LOOKUP, _TRAIL = "aws_cloudtrail_lookup_event", "aws_cloudtrail_trail_event"
_TIME_BOUNDS: dict[str, type[exp.Binary]] = {"start_time": exp.GTE, "end_time": exp.LTE}


def mark_filter(column: exp.Column, table: str) -> None:
    """Mark a condition on such a column for its rewrite, and read start_time and end_time as event_time.

    An event that was not read from CloudWatch Logs has no log group, so a condition on its name must hold for NULL.
    Raise IamsqlError for a condition that stored rows cannot answer.
    """
    if table == _TRAIL and column.name == "filter":
        raise IamsqlError(
            "aws_cloudtrail_trail_event.filter is a filter of CloudWatch Logs, which a run file cannot apply:"
            " compare the columns instead, such as event_name = 'CreateUser'."
        )
    parent = column.parent
    if parent is None or not column.find_ancestor(exp.Where, exp.Join):
        return
    if table == _TRAIL and column.name == "log_group_name":
        parent.meta["or_null"] = isinstance(parent, exp.EQ | exp.In)
    if table == _LOOKUP and column.name in _TIME_BOUNDS:
        if isinstance(parent, exp.EQ):
            parent.meta["bound"] = _TIME_BOUNDS[column.name]
        column.set("this", identifier("event_time"))


def _rewrite_filter(node: exp.Expr, types: Types) -> exp.Expr | None:
    if node.meta.pop("or_null", False) and (column := node.find(exp.Column)) is not None:
        return exp.Paren(this=exp.Or(this=is_null(column.copy()), expression=node.copy()))
    bound = node.meta.get("bound")
    if bound is None:
        return None
    operands = [node.this.copy(), node.expression.copy()]
    if not (isinstance(operands[0], exp.Column) and operands[0].name == "event_time"):
        operands.reverse()
    return exp.Paren(this=bound(this=operands[0], expression=operands[1]))


OPERATORS = dict.fromkeys((exp.EQ, exp.In), _rewrite_filter)
