"""Paths of organizational units, which are of type ltree in Steampipe: ancestors, descendants, and patterns of labels."""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_text, number, renamed, text, when, with_default
from iamsql.dialect.typing import Function, Types, untyped
from iamsql.model import IamsqlError

_LEVEL = re.compile(r"(?P<labels>[^{]*)(?:\{(?P<low>\d*)(?P<comma>,?)(?P<high>\d*)\})?")
_NO_LIMIT = 100000  # more labels than any path has


def _is_below(node: exp.Expr, path: exp.Expr, ancestor: exp.Expr, types: Types) -> exp.Expr | None:
    if "ltree" not in (types.of(node.this), types.of(node.expression)):
        return None
    return call("pg_ltree_is_descendant", path.copy(), ancestor.copy())


def _matches(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Match a path with a literal lquery, on either side of the operator."""
    left, right = node.this, node.expression
    if "ltree" not in (types.of(left), types.of(right)):
        return None
    path, pattern = (left, right) if types.of(left) == "ltree" else (right, left)
    literal = literal_text(pattern)
    while literal is None and isinstance(pattern, exp.Cast):
        pattern = pattern.this
        literal = literal_text(pattern)
    if literal is None:
        raise IamsqlError("The pattern of an ltree path must be a string literal.")
    is_root = exp.EQ(this=path.copy(), expression=text(""))
    dotted = when(is_root, text(""), exp.Paren(this=exp.DPipe(this=text("."), expression=path.copy())))
    return call("regexp_full_match", dotted, text(lquery_regex(literal)))


def lquery_regex(pattern: str) -> str:
    """Return an lquery as a regular expression over labels that each have a dot before them.

    Raise IamsqlError for a pattern with !, which negates a level.
    """
    return "".join(_level_regex(level, pattern) for level in pattern.split("."))


def _level_regex(level: str, pattern: str) -> str:
    match = _LEVEL.fullmatch(level.strip())
    if not match or not match["labels"] or match["labels"].startswith("!"):
        raise IamsqlError(
            f"{pattern!r}: this ltree pattern is not supported. Labels, |, *, @, % and {{n,m}} are, and ! is not:"
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
    flags = re.search(r"[@*%]*$", label)
    modifiers = flags[0] if flags else ""
    name = label.removesuffix(modifiers)
    if "%" in modifiers:
        regex = _words_regex(name, "*" in modifiers)
    else:
        regex = re.escape(name) + ("[^.]*" if "*" in modifiers else "")
    return f"(?i:{regex})" if "@" in modifiers else regex


def _words_regex(label: str, is_prefix: bool) -> str:
    """Match words of a label between underscores, in their order, each as a whole or as a prefix."""
    rest = "[^._]*" if is_prefix else ""
    words = "_(?:[^.]*_)?".join(re.escape(word) + rest for word in label.split("_"))
    return rf"(?:[^.]*_)?{words}(?:_[^.]*)?"


def _concatenate(node: exp.Expr, types: Types) -> exp.Expr | None:
    operands = [node.this, node.expression]
    if "ltree" not in map(types.of, operands):
        return None
    if not all(types.of(operand) == "ltree" or untyped(operand) for operand in operands):
        return None
    return call("pg_ltree_join", *(operand.copy() for operand in operands))


def _lca(node: exp.Expr, types: Types) -> exp.Expr:
    return call("pg_ltree_lca", exp.Array(expressions=[cast(path.copy(), "varchar") for path in node.expressions]))


def _subltree(node: exp.Expr, types: Types) -> exp.Expr:
    path, start, end = (argument.copy() for argument in node.expressions)
    return call("pg_subpath", path, start, exp.Paren(this=exp.Sub(this=end, expression=start.copy())))


OPERATORS = {
    exp.ArrayContainedBy: lambda node, types: _is_below(node, node.this, node.expression, types),
    exp.ArrayContainsAll: lambda node, types: _is_below(node, node.expression, node.this, types),
    exp.RegexpLike: _matches,
    exp.DPipe: _concatenate,
}
FUNCTIONS = {
    "nlevel": Function(renamed("pg_nlevel"), "int"),
    "index": Function(with_default("pg_ltree_index", 3, number(0)), "int"),
    "subpath": Function(with_default("pg_subpath", 3, number(_NO_LIMIT)), "ltree"),
    "subltree": Function(_subltree, "ltree"),
    "lca": Function(_lca, "ltree"),
    "ltree2text": Function(lambda node, types: node.expressions[0].copy(), "text"),
    "text2ltree": Function(lambda node, types: node.expressions[0].copy(), "ltree"),
}
