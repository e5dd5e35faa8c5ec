"""Paths of organizational units, which PostgreSQL keeps as ltree: what is above and below, and patterns of labels."""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal, number, text
from iamsql.dialect.typing import Kinds, untyped
from iamsql.model import IamsqlError

_LEVEL = re.compile(r"(?P<labels>[^{]*)(?:\{(?P<low>\d*)(?P<comma>,?)(?P<high>\d*)\})?")


def _below(node: exp.Expr, path: exp.Expr, top: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Tell whether a path is at or below another."""
    if "ltree" not in (kinds.of(node.this), kinds.of(node.expression)):
        return None
    return call("pg_ltree_below", path.copy(), top.copy())


def _matches(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Match a path with an lquery, which must be written out."""
    left, right = node.this, node.expression
    if "ltree" not in (kinds.of(left), kinds.of(right)):
        return None
    path, pattern = (left, right) if kinds.of(left) == "ltree" else (right, left)
    written = literal(pattern)
    while written is None and isinstance(pattern, exp.Cast):
        pattern = pattern.this
        written = literal(pattern)
    if written is None:
        raise IamsqlError("The pattern of an ltree path must be written out.")
    dotted = exp.Case(
        ifs=[exp.If(this=exp.EQ(this=path.copy(), expression=text("")), true=text(""))],
        default=exp.Paren(this=exp.DPipe(this=text("."), expression=path.copy())),
    )
    return call("regexp_full_match", dotted, text(lquery(written)))


def lquery(pattern: str) -> str:
    """Write an lquery as a regular expression over labels that each have a point before them."""
    return "".join(_level(level, pattern) for level in pattern.split("."))


def _level(level: str, pattern: str) -> str:
    found = _LEVEL.fullmatch(level.strip())
    if not found or not found["labels"] or found["labels"].startswith("!"):
        raise IamsqlError(
            f"{pattern!r}: this ltree pattern is not supported. Labels, |, *, @, % and {{n,m}} are, and ! is not:"
            " write NOT path ~ pattern, or a condition on subpath(path, n, 1)."
        )
    labels = found["labels"]
    any_label = labels == "*"
    body = r"\.[^.]+" if any_label else r"\.(?:" + "|".join(map(_label, labels.split("|"))) + ")"
    if "{" not in level:
        return f"(?:{body})*" if any_label else body
    low, high = found["low"] or "0", found["high"]
    return f"(?:{body}){{{low}{',' + high if found['comma'] else ''}}}"


def _label(label: str) -> str:
    marks = re.search(r"[@*%]*$", label)
    flags = marks[0] if marks else ""
    plain = label.removesuffix(flags) if flags else label
    if "%" in flags:
        name = _words(plain, "*" in flags)
    else:
        name = re.escape(plain) + ("[^.]*" if "*" in flags else "")
    return f"(?i:{name})" if "@" in flags else name


def _words(label: str, begins: bool) -> str:
    """Match words of a label that are parted by underscores: each wanted word in turn, whole or as a beginning."""
    rest = "[^._]*" if begins else ""
    wanted = "_(?:[^.]*_)?".join(re.escape(word) + rest for word in label.split("_"))
    return rf"(?:[^.]*_)?{wanted}(?:_[^.]*)?"


def _joined(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Join paths with a point between them."""
    if "ltree" not in (kinds.of(node.this), kinds.of(node.expression)):
        return None
    sides = [node.this, node.expression]
    if not all(kinds.of(side) == "ltree" or untyped(side) for side in sides):
        return None
    return call("pg_ltree_join", *(side.copy() for side in sides))


def _index(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    path, part, *start = node.expressions
    return call("pg_ltree_index", path.copy(), part.copy(), start[0].copy() if start else number(0))


def _lca(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("pg_ltree_common", exp.Array(expressions=[cast(one.copy(), "varchar") for one in node.expressions]))


def _subpath(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    path, start, *size = node.expressions
    return call("pg_subpath", path.copy(), start.copy(), size[0].copy() if size else number(100000))


def _subltree(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    path, start, end = node.expressions
    return call(
        "pg_subpath", path.copy(), start.copy(), exp.Paren(this=exp.Sub(this=end.copy(), expression=start.copy()))
    )


REWRITES = {
    "nlevel": lambda node, kinds: call("pg_nlevel", *(one.copy() for one in node.expressions)),
    "subpath": _subpath,
    "subltree": _subltree,
    "index": _index,
    "lca": _lca,
    "ltree2text": lambda node, kinds: node.expressions[0].copy(),
    "text2ltree": lambda node, kinds: node.expressions[0].copy(),
}
KINDS = {
    "index": "int",
    "lca": "ltree",
    "nlevel": "int",
    "subpath": "ltree",
    "subltree": "ltree",
    "ltree2text": "text",
    "text2ltree": "ltree",
}
OPERATORS = {
    exp.ArrayContainedBy: lambda node, kinds: _below(node, node.this, node.expression, kinds),
    exp.ArrayContainsAll: lambda node, kinds: _below(node, node.expression, node.this, kinds),
    exp.RegexpLike: _matches,
    exp.DPipe: _joined,
}
