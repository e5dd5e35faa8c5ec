"""JSON beside text: which literals are documents, how documents compare, what a value is as JSON."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect import literals as documents
from iamsql.dialect.build import call, cast, literal, text
from iamsql.dialect.typing import Kinds, untyped


def json_literal(value: str) -> exp.Expr:
    """Write a literal as JSON in its one spelling."""
    made = cast(text(documents.canonical(value)), "json")
    made.meta["kind"] = "json"
    made.meta["document"] = value
    return made


def as_json(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give an operand of a JSON operator as JSON: literals are read now, texts that run time brings then."""
    if untyped(node) and literal(node) is not None:
        return json_literal(literal(node) or "")
    if kinds.of(node) in ("json", "null", "unknown") or isinstance(node, exp.Null):
        return node.copy()
    return call("pg_jsonb", node.copy())


def value_of(node: exp.Expr) -> str | None:
    """Give the text of a JSON literal, cast or not; None for anything else."""
    while isinstance(node, exp.Paren):
        node = node.this
    if "document" in node.meta:
        return str(node.meta["document"])
    return literal(node) if untyped(node) else None


def _key(node: exp.Expr, numbers: bool) -> exp.Expr:
    """Give what a document is compared by."""
    return call("pg_json_key", node) if numbers else node


def _compared(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Compare documents by value: literals are spelled as stored ones are, numbers as they count."""
    sides = [node.this, node.expression]
    if not any(kinds.of(side) == "json" for side in sides) or isinstance(sides[1], exp.Any | exp.All):
        return None
    written = next((value for side in sides if (value := value_of(side)) is not None), None)
    numbers = written is None or documents.has_number(documents.read(written))
    left, right = (_key(as_json(side, kinds), numbers) for side in sides)
    return exp.Paren(this=type(node)(this=left, expression=right))


def _within(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if kinds.of(node.this) != "json" or not node.expressions:
        return None
    listed = [_key(as_json(one, kinds), True) for one in node.expressions]
    return exp.In(this=_key(node.this.copy(), True), expressions=listed)


def agreed(nodes: list[exp.Expr], kinds: Kinds) -> None:
    """Make JSON of the literals that stand in one list with JSON values."""
    if any(kinds.of(one) == "json" for one in nodes if not untyped(one)):
        for one in nodes:
            if untyped(one) and literal(one) is not None:
                one.replace(json_literal(literal(one) or ""))


def _list(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    agreed(list(node.expressions), kinds)
    return node


def _case(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    branches = [one.args["true"] for one in node.args.get("ifs") or []]
    default = node.args.get("default")
    agreed([*branches, *([default] if default is not None else [])], kinds)
    return None


def _values(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    rows = [list(row.expressions) if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
    for column in zip(*rows, strict=False):
        agreed(list(column), kinds)
    return None


def _nullif(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if kinds.of(node.expressions[0]) != "json":
        return node
    first, second = node.expressions
    equal = exp.EQ(this=_key(first.copy(), True), expression=_key(as_json(second, kinds), True))
    return exp.Case(ifs=[exp.If(this=exp.Not(this=exp.func("coalesce", equal, exp.false())), true=first.copy())])


REWRITES = {"coalesce": _list, "greatest": _list, "least": _list, "nullif": _nullif}
OPERATORS = {
    exp.EQ: _compared,
    exp.NEQ: _compared,
    exp.NullSafeEQ: _compared,
    exp.NullSafeNEQ: _compared,
    exp.In: _within,
    exp.Case: _case,
    exp.Values: _values,
}
