"""Static types of expressions: PostgreSQL selects the meaning of an operator by the types of its operands.

The types are json, text, ltree, timestamptz, timestamp, date, time, interval, int, number (NUMERIC), float, boolean,
uuid, row, null and unknown; the type of an array ends in []. A node stores its type in meta["type"], so the type
outlives a rewrite of the node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlglot import exp

from iamsql.dialect import grammar
from iamsql.dialect.data_types import type_category

_BOOLEAN_SYMBOLS = "? ?| ?& @? @@ @> <@ && ~ ~* ^@ <<= >>=".split()
_BOOLEAN_NODES: tuple[type[exp.Expr], ...] = (
    *(exp.Predicate, exp.Connector, exp.Not, exp.Exists, exp.Escape, exp.Boolean),
    *(grammar.OPERATORS[symbol] for symbol in _BOOLEAN_SYMBOLS),
)
_FIXED_TYPES: dict[type[exp.Expr], str] = {
    **dict.fromkeys((exp.JSONExtract, exp.JSONBExtract, exp.JSONBDeleteAtPath), "json"),
    **dict.fromkeys((exp.JSONExtractScalar, exp.JSONBExtractScalar), "text"),
    **dict.fromkeys((exp.CurrentUser, exp.SessionUser, exp.CurrentRole), "text"),
    **dict.fromkeys((exp.CurrentCatalog, exp.CurrentSchema), "text"),
    **dict.fromkeys((exp.CurrentTime, exp.Localtime), "time"),
    exp.CurrentDate: "date",
    exp.CurrentTimestamp: "timestamptz",
    exp.Localtimestamp: "timestamp",
    exp.Null: "null",
    exp.Pow: "float",
    exp.Tuple: "row",
}
_TRANSPARENT_NODES = (
    exp.Paren | exp.Neg | exp.Filter | exp.Window | exp.WithinGroup | exp.Collate | exp.Alias | exp.Order
)
_NUMERIC_TYPES = (
    "int",
    "number",
    "float",
)  # in the order of precedence: an operation has the last type of its operands


class Types:
    """Infers the types of expressions; `functions` maps the name of a function to its return type.

    A return type may refer to the arguments: arg (their common type), arg2 (the type of the second), arg[] (an array of the
    first), element (the element type of the first) and sum. `casts` are the rewrites of casts.
    """

    def __init__(self, functions: Mapping[str, str], casts: Sequence[Rewrite] = ()) -> None:
        self._functions, self._casts = functions, casts

    def of(self, node: exp.Expr | None) -> str:
        """Return the type that was inferred for a node."""
        return "unknown" if node is None else str(node.meta.get("type", "unknown"))

    def infer(self, node: exp.Expr) -> None:
        """Infer the type of a node from the types of its operands, unless the node has a type."""
        if "type" not in node.meta:
            node.meta["type"] = self._infer(node)

    def rewritten_cast(self, node: exp.Cast) -> exp.Expr:
        """Rewrite a cast that another rewrite created; the pipeline visits only the nodes of the query."""
        return next((new for rewrite in self._casts if (new := rewrite(node, self)) is not None), node)

    def common(self, candidates: list[exp.Expr]) -> str:
        """Return the common type of expressions, as of the branches of CASE; literals adopt the type of the others."""
        types = [self.of(candidate) for candidate in candidates]
        known_types = [
            pg_type
            for pg_type, candidate in zip(types, candidates, strict=True)
            if pg_type not in ("null", "unknown") and not is_untyped(candidate)
        ]
        if known_types and all(pg_type in _NUMERIC_TYPES for pg_type in known_types):
            return max(known_types, key=_NUMERIC_TYPES.index)
        return known_types[0] if known_types else ("text" if "text" in types else "unknown")

    def _infer(self, node: exp.Expr) -> str:
        if fixed := _FIXED_TYPES.get(type(node)):
            return fixed
        if isinstance(node, _BOOLEAN_NODES):
            return "boolean"
        if inferred := _INFERENCE_RULES.get(type(node)):
            return inferred(self, node)
        if isinstance(node, exp.Anonymous):
            return self._return_type(node)
        if isinstance(node, _TRANSPARENT_NODES):
            return self.of(node.this)
        if isinstance(node, exp.Distinct):
            return self.of(node.expressions[0]) if node.expressions else "unknown"
        return "unknown"

    def _return_type(self, node: exp.Anonymous) -> str:
        declared_type = self._functions.get(node.this, "unknown")
        args = node.expressions
        first = self.of(args[0]) if args else "unknown"
        if declared_type == "sum":
            return _type_of_sum(self, node)
        if declared_type == "arg":
            return self.common(args)
        if declared_type == "arg2":
            return self.of(args[1]) if len(args) > 1 else "unknown"
        if declared_type == "arg[]":
            return "unknown" if first == "unknown" else first + "[]"
        return first.removesuffix("[]") if declared_type == "element" else declared_type


Rewrite = Callable[[exp.Expr, Types], exp.Expr | None]  # returns None where the rewrite does not apply


class Function(NamedTuple):
    """The rewrite of a function, and the type that it returns, as in Types."""

    rewrite: Rewrite
    returns: str


def is_untyped(node: exp.Expr | None) -> bool:
    """Report whether a node is a string literal or NULL, which adopt the type of the other operand."""
    while isinstance(node, exp.Paren):
        node = node.this
    return isinstance(node, exp.Null) or (isinstance(node, exp.Literal) and bool(node.is_string))


# The other functions of type int, such as length(), return INTEGER in PostgreSQL.
_BIGINT_FUNCTIONS = {"count", "sum", "coalesce", "max", "min", "abs", "nullif", "greatest", "least"}


def _type_of_sum(types: Types, node: exp.Expr) -> str:
    """Infer the type of a sum: NUMERIC of BIGINT, as stored integers and counts are, and BIGINT of smaller integers."""
    argument = node.expressions[0] if node.expressions else None
    if argument is None or types.of(argument) != "int":
        return types.of(argument)

    def is_small(part: exp.Expr) -> bool:
        short = isinstance(part, exp.Cast) and part.to.this in (exp.DType.INT, exp.DType.SMALLINT)
        return short or (isinstance(part, exp.Anonymous) and part.this not in _BIGINT_FUNCTIONS)

    bigint_tests = (
        types.of(part) == "int"
        and (isinstance(part, exp.Column) or (isinstance(part, exp.Anonymous) and part.this in ("count", "sum")))
        for part in argument.walk(prune=is_small)
        if not is_small(part)
    )
    return "number" if any(bigint_tests) else "int"


def _type_of_arithmetic(types: Types, node: exp.Expr) -> str:
    left, right = types.of(node.this), types.of(node.args.get("expression"))
    operands = {left, right}
    if "json" in operands:
        return "json"
    if "date" in operands:
        return _type_of_date_arithmetic(left, right)
    for time_type in ("timestamptz", "timestamp"):
        if time_type in operands:
            return "interval" if isinstance(node, exp.Sub) and right in ("timestamptz", "timestamp") else time_type
    if "interval" in operands:
        return "interval"
    return max(operands & {*_NUMERIC_TYPES}, key=_NUMERIC_TYPES.index, default="unknown")


def _type_of_date_arithmetic(left: str, right: str) -> str:
    if left == right == "date":
        return "int"
    other_type = right if left == "date" else left
    if other_type in ("timestamp", "timestamptz"):
        return "interval"
    return "timestamp" if other_type in ("interval", "time") else "date"


def _type_of_concatenation(types: Types, node: exp.Expr) -> str:
    left, right = node.this, node.args.get("expression")
    operands = (types.of(left), types.of(right))
    for operand in operands:
        if operand.endswith("[]"):
            return operand
    if "json" in operands:
        other_operand = right if operands[0] == "json" else left
        return "json" if types.of(other_operand) in ("json", "null") or is_untyped(other_operand) else "text"
    if "ltree" in operands and all(types.of(operand) == "ltree" or is_untyped(operand) for operand in (left, right)):
        return "ltree"
    return "text"


def _type_of_subscript(types: Types, node: exp.Expr) -> str:
    inner = types.of(node.this)
    if inner == "json" or isinstance(node.expressions[0], exp.Slice):
        return inner
    return inner.removesuffix("[]") if inner.endswith("[]") else "unknown"


def case_results(node: exp.Expr) -> list[exp.Expr]:
    """Return the results of the branches of CASE; ELSE comes last."""
    default = node.args.get("default")
    return [branch.args["true"] for branch in node.args.get("ifs") or []] + ([default] if default is not None else [])


_INFERENCE_RULES: dict[type[exp.Expr], Callable[[Types, exp.Expr], str]] = {
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), _type_of_arithmetic),
    **dict.fromkeys(
        (exp.BitwiseLeftShift, exp.BitwiseRightShift),
        lambda types, node: "int" if types.of(node.this) == "int" else "boolean",
    ),
    exp.Literal: lambda types, node: "text" if node.is_string else "int" if node.is_int else "number",
    exp.Cast: lambda types, node: type_category(node.args["to"]),
    exp.DPipe: _type_of_concatenation,
    exp.Bracket: _type_of_subscript,
    exp.Case: lambda types, node: types.common(case_results(node)),
    exp.AtTimeZone: lambda types, node: "timestamp" if types.of(node.this) == "timestamptz" else "timestamptz",
    exp.Array: lambda types, node: types.common(node.expressions) + "[]",
}
