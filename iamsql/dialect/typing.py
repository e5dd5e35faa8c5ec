"""What an expression is, as far as it can be told without running it: PostgreSQL chooses an operator's meaning by that.

Kinds are json, text, ltree, timestamptz, timestamp, date, time, interval, int, number, float, boolean, inet, bytea, row,
null and unknown; an array's kind ends in []. The kind of a node is kept with it, so that it outlives rewriting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from iamsql.dialect import nodes
from iamsql.dialect.data_types import of_type

BOOLEAN = (
    exp.Predicate,
    exp.Connector,
    exp.Not,
    exp.Exists,
    exp.JSONBContainsTopKey,
    exp.JSONBContainsAnyTopKeys,
    exp.JSONBContainsAllTopKeys,
    exp.JSONBPathExists,
    exp.ArrayContainsAll,
    exp.ArrayContainedBy,
    exp.ArrayOverlaps,
    exp.RegexpLike,
    exp.RegexpILike,
    exp.StartsWith,
    exp.Escape,
    exp.Boolean,
    nodes.PathMatch,
    nodes.WithinEq,
    nodes.CoversEq,
)
_FIXED: dict[type[exp.Expr], str] = {
    exp.JSONExtract: "json",
    exp.JSONExtractScalar: "text",
    exp.JSONBExtract: "json",
    exp.JSONBExtractScalar: "text",
    exp.JSONBDeleteAtPath: "json",
    exp.CurrentDate: "date",
    exp.CurrentTimestamp: "timestamptz",
    exp.Localtimestamp: "timestamp",
    exp.CurrentTime: "time",
    exp.Localtime: "time",
    exp.CurrentUser: "text",
    exp.SessionUser: "text",
    exp.CurrentRole: "text",
    exp.CurrentCatalog: "text",
    exp.CurrentSchema: "text",
    exp.Null: "null",
}
_NUMBERS = ("int", "number", "float")


class Kinds:
    """Tells the kind of an expression; `functions` maps names of functions to the kind that they return."""

    def __init__(self, functions: Mapping[str, str]) -> None:
        self._functions = functions

    def of(self, node: exp.Expr | None) -> str:
        """Give the kind that was found for a node."""
        return "unknown" if node is None else str(node.meta.get("kind", "unknown"))

    def note(self, node: exp.Expr) -> None:
        """Find the kind of a node whose parts have theirs, unless it has one."""
        if "kind" not in node.meta:
            node.meta["kind"] = self._find(node)

    def _find(self, node: exp.Expr) -> str:
        if fixed := _FIXED.get(type(node)):
            return fixed
        if isinstance(node, BOOLEAN):
            return "boolean"
        special = _SPECIAL.get(type(node))
        if special:
            return special(self, node)
        if isinstance(node, exp.Anonymous):
            return self._function(node)
        if isinstance(
            node, exp.Paren | exp.Neg | exp.Filter | exp.Window | exp.WithinGroup | exp.Collate | exp.Alias | exp.Order
        ):
            return self.of(node.this)
        if isinstance(node, exp.Distinct):
            return self.of(node.expressions[0]) if node.expressions else "unknown"
        return "unknown"

    def _function(self, node: exp.Anonymous) -> str:
        kind = self._functions.get(node.this, "unknown")
        args = node.expressions
        first = self.of(args[0]) if args else "unknown"
        if kind == "sum":
            return _sum(self, node)
        if kind == "arg":
            return self.among(args)
        if kind == "arg2":
            return self.of(args[1]) if len(args) > 1 else "unknown"
        if kind == "arg[]":
            return "unknown" if first == "unknown" else first + "[]"
        return first.removesuffix("[]") if kind == "element" else kind

    def among(self, candidates: list[exp.Expr]) -> str:
        """Give the one kind of several expressions: that of the first which is no NULL and no literal text, if any is."""
        kinds = [self.of(one) for one in candidates]
        firm = [
            k for k, one in zip(kinds, candidates, strict=True) if k not in ("null", "unknown") and not untyped(one)
        ]
        if firm and all(kind in _NUMBERS for kind in firm):
            return max(firm, key=_NUMBERS.index)
        return firm[0] if firm else ("text" if "text" in kinds else "unknown")


def untyped(node: exp.Expr | None) -> bool:
    """Tell whether a node is a text literal or NULL, which take the type of what they stand beside."""
    while isinstance(node, exp.Paren):
        node = node.this
    return isinstance(node, exp.Null) or (isinstance(node, exp.Literal) and bool(node.is_string))


_WIDE = {"count", "sum", "coalesce", "max", "min", "abs", "nullif", "greatest", "least"}


def _sum(kinds: Kinds, node: exp.Expr) -> str:
    """Tell a sum's kind: of BIGINT, as stored numbers and counts are, PostgreSQL makes a NUMERIC, of others a BIGINT."""
    first = kinds.of(node.expressions[0]) if node.expressions else "unknown"
    if first != "int":
        return first

    def narrow(one: exp.Expr) -> bool:
        short = isinstance(one, exp.Cast) and one.to.this in (exp.DType.INT, exp.DType.SMALLINT)
        return short or (isinstance(one, exp.Anonymous) and one.this not in _WIDE)

    parts = [one for one in node.expressions[0].walk(prune=narrow) if not narrow(one)]
    wide = (exp.Column, exp.Anonymous)
    held = [one for one in parts if isinstance(one, wide) and kinds.of(one) == "int"]
    return (
        "number"
        if [one for one in held if not isinstance(one, exp.Anonymous) or one.this in ("count", "sum")]
        else "int"
    )


def _literal(kinds: Kinds, node: exp.Expr) -> str:
    if node.is_string:
        return "text"
    return "int" if node.is_int else "number"


def _arithmetic(kinds: Kinds, node: exp.Expr) -> str:
    left, right = kinds.of(node.this), kinds.of(node.args.get("expression"))
    pair = {left, right}
    if "json" in pair:
        return "json"
    if "date" in pair:
        return _of_dates(node, left, right)
    for kind in ("timestamptz", "timestamp"):
        if kind in pair:
            return "interval" if isinstance(node, exp.Sub) and right in ("timestamptz", "timestamp") else kind
    if "interval" in pair:
        return "interval"
    return max(pair & set(_NUMBERS), key=_NUMBERS.index) if pair & set(_NUMBERS) else "unknown"


def _of_dates(node: exp.Expr, left: str, right: str) -> str:
    if left == right == "date":
        return "int"
    other = right if left == "date" else left
    if other == "interval":
        return "timestamp"
    if other in ("timestamp", "timestamptz"):
        return "interval"
    return "timestamp" if other == "time" else "date"


def _joined(kinds: Kinds, node: exp.Expr) -> str:
    left, right = node.this, node.args.get("expression")
    both = (kinds.of(left), kinds.of(right))
    for kind in both:
        if kind.endswith("[]"):
            return kind
    if "json" in both:
        other = right if both[0] == "json" else left
        return "json" if kinds.of(other) in ("json", "null") or untyped(other) else "text"
    return "ltree" if "ltree" in both and not {*both} - {"ltree"} else "bytea" if both[0] == "bytea" else "text"


def _bracket(kinds: Kinds, node: exp.Expr) -> str:
    inner = kinds.of(node.this)
    if inner == "json" or isinstance(node.expressions[0], exp.Slice):
        return inner
    return inner.removesuffix("[]") if inner.endswith("[]") else "unknown"


def _case(kinds: Kinds, node: exp.Expr) -> str:
    branches = [one.args["true"] for one in node.args.get("ifs") or []]
    default = node.args.get("default")
    return kinds.among([*branches, *([default] if default is not None else [])])


def _at_zone(kinds: Kinds, node: exp.Expr) -> str:
    return "timestamp" if kinds.of(node.this) == "timestamptz" else "timestamptz"


def _array(kinds: Kinds, node: exp.Expr) -> str:
    inner = kinds.among(node.expressions)
    return inner + "[]"


def _networks(kinds: Kinds, node: exp.Expr) -> str:
    return "int" if kinds.of(node.this) == "int" else "boolean"


_SPECIAL: dict[type[exp.Expr], Callable[[Kinds, exp.Expr], str]] = {
    exp.Literal: _literal,
    exp.Cast: lambda kinds, node: of_type(node.args["to"]),
    exp.Add: _arithmetic,
    exp.Sub: _arithmetic,
    exp.Mul: _arithmetic,
    exp.Div: _arithmetic,
    exp.Mod: _arithmetic,
    exp.Pow: lambda kinds, node: "float",
    exp.DPipe: _joined,
    exp.Bracket: _bracket,
    exp.Case: _case,
    exp.AtTimeZone: _at_zone,
    exp.Array: _array,
    exp.Tuple: lambda kinds, node: "row",
    nodes.Within: _networks,
    nodes.Covers: _networks,
}
