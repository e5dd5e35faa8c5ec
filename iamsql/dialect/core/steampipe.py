"""Features of Steampipe: columns that repeat a query's filter, glob(), and paths of organizational units (ltree).

Steampipe fills some columns with the filter of the query. A condition on such a column becomes a condition on a stored column.
An ltree path is text in DuckDB; its operators test ancestors, descendants, and patterns of labels.
"""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import call, identifier, is_null, required_literal, text, when
from iamsql.dialect.typing import Rewrite, Types
from iamsql.model import IamsqlError

_LOOKUP_TABLE, _TRAIL_TABLE = "aws_cloudtrail_lookup_event", "aws_cloudtrail_trail_event"
_TIME_BOUNDS: dict[str, type[exp.Binary]] = {"start_time": exp.GTE, "end_time": exp.LTE}
_LEVEL_PATTERN = re.compile(r"(?P<labels>[^{]*)(?:\{(?P<low>\d*)(?P<comma>,?)(?P<high>\d*)\})?")


def mark_filter(column: exp.Column, table: str) -> None:
    """Mark a condition on a filter column for its rewrite, and replace start_time and end_time with event_time.

    Raise IamsqlError for a condition that stored rows cannot answer.
    """
    if table == _TRAIL_TABLE and column.name == "filter":
        raise IamsqlError(
            "aws_cloudtrail_trail_event.filter is a filter of CloudWatch Logs, which a run file cannot apply:"
            " compare the columns instead, such as event_name = 'CreateUser'."
        )
    parent = column.parent
    if parent is None or not column.find_ancestor(exp.Where, exp.Join):
        return
    # Events that were not read from CloudWatch Logs have no log group, so the condition must be true for NULL.
    if table == _TRAIL_TABLE and column.name == "log_group_name":
        parent.meta["or_null"] = isinstance(parent, exp.EQ | exp.In)
    if table == _LOOKUP_TABLE and column.name in _TIME_BOUNDS:
        # start_time = t selects the events from t on. Other comparisons apply to event_time unchanged.
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


def _rewrite_descendant_test(node: exp.Expr, path: exp.Expr, ancestor: exp.Expr, types: Types) -> exp.Expr | None:
    if "ltree" not in (types.of(node.this), types.of(node.expression)):
        return None
    return call("pg_ltree_is_descendant", path.copy(), ancestor.copy())


def _rewrite_path_match(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Match a path with a literal lquery, on either side of the operator."""
    path, pattern = (node.this, node.expression) if types.of(node.this) == "ltree" else (node.expression, node.this)
    if types.of(path) != "ltree":
        return None
    lquery = required_literal(
        pattern.this if isinstance(pattern, exp.Cast) else pattern, "The pattern of an ltree path"
    )
    # Each label gets a dot before it, so * can match no label at all.
    is_root = exp.EQ(this=path.copy(), expression=text(""))
    dotted = when(is_root, text(""), exp.Paren(this=exp.DPipe(this=text("."), expression=path.copy())))
    return call("regexp_full_match", dotted, text(lquery_regex(lquery)))


def lquery_regex(pattern: str) -> str:
    """Return an lquery as a regular expression over labels that each have a dot before them.

    Raise IamsqlError for a pattern with ! or %, which negate a level or match words.
    """
    return "".join(_level_regex(level, pattern) for level in pattern.split("."))


def _level_regex(level: str, pattern: str) -> str:
    match = _LEVEL_PATTERN.fullmatch(level.strip())
    if not match or not match["labels"] or re.search(r"^!|%", match["labels"]):
        raise IamsqlError(
            f"{pattern!r}: this ltree pattern is not supported. Labels, |, *, @ and {{n,m}} are, ! and % are not:"
            " write NOT path ~ pattern, or a condition on subpath(path, n, 1)."
        )
    labels = match["labels"]
    any_label = labels == "*"
    regex = r"\.[^.]+" if any_label else r"\.(?:" + "|".join(map(_label_regex, labels.split("|"))) + ")"
    if "{" not in level:
        return f"(?:{regex})*" if any_label else regex
    low, high = match["low"] or "0", match["high"]
    return f"(?:{regex}){{{low}{',' + high if match['comma'] else ''}}}"


def _label_regex(label: str) -> str:
    name = label.rstrip("@*")
    modifiers = label.removeprefix(name)
    regex = re.escape(name) + ("[^.]*" if "*" in modifiers else "")
    return f"(?i:{regex})" if "@" in modifiers else regex


OPERATORS: dict[type[exp.Expr], Rewrite] = {
    **dict.fromkeys((exp.EQ, exp.In), _rewrite_filter),
    exp.ArrayContainedBy: lambda node, types: _rewrite_descendant_test(node, node.this, node.expression, types),
    exp.ArrayContainsAll: lambda node, types: _rewrite_descendant_test(node, node.expression, node.this, types),
    exp.RegexpLike: _rewrite_path_match,
    exp.DPipe: lambda node, types: (
        call("pg_ltree_join", node.this, node.expression) if types.of(node) == "ltree" else None
    ),
}
