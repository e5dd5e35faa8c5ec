"""Division: of whole numbers it gives a whole number, of others a fraction; halves of floats are rounded to even numbers."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect import nodes
from iamsql.dialect.build import call, number, paren
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds


def _divided(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    sides = [kinds.of(node.this), kinds.of(node.expression)]
    left, right = paren(node.this.copy()), paren(node.expression.copy())
    if sides == ["int", "int"]:
        return exp.Paren(this=exp.IntDiv(this=left, expression=right))
    if "unknown" in sides and set(sides) <= {"unknown", "int"}:
        return call("pg_divide", left, right)
    if set(sides) <= {"int", "number", "float"} and not (isinstance(right, exp.Literal) and float(right.this)):
        return call("pg_quotient", left, right)
    return None


def _xor(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if (kinds.of(node.this), kinds.of(node.expression)) != ("int", "int"):
        return None
    return call("xor", node.this.copy(), node.expression.copy())


def _rows(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Compare rows column by column: a NULL makes the answer NULL unless other columns decide."""
    one, other = node.this, node.expression
    if not (isinstance(one, exp.Tuple) and isinstance(other, exp.Tuple)) or len(one.expressions) != len(
        other.expressions
    ):
        return None
    pairs = zip(one.expressions, other.expressions, strict=True)
    tests = [type(node)(this=paren(left.copy()), expression=paren(right.copy())) for left, right in pairs]
    return exp.Paren(this=(exp.and_ if isinstance(node, exp.EQ) else exp.or_)(*tests, copy=False))


def _rounded(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    if len(node.expressions) == 1 and kinds.of(node.expressions[0]) == "float":
        return call("round_even", node.expressions[0].copy(), number(0))
    return node


def _shifted(shift: type[exp.Binary]) -> Rewrite:
    """Shift bits where whole numbers stand on both sides; networks are not ours."""

    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
        if (kinds.of(node.this), kinds.of(node.expression)) != ("int", "int"):
            return None
        return exp.Paren(this=shift(this=paren(node.this.copy()), expression=paren(node.expression.copy())))

    return rewrite


OPERATORS = {
    exp.Div: _divided,
    exp.BitwiseXor: _xor,
    exp.EQ: _rows,
    exp.NEQ: _rows,
    nodes.Within: _shifted(exp.BitwiseLeftShift),
    nodes.Covers: _shifted(exp.BitwiseRightShift),
}
REWRITES = {"round": _rounded}
KINDS = {"round": "arg"}
