"""Arithmetic that differs: division of integers, halves of floats, bit operators, comparison of rows."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, number, paren
from iamsql.dialect.typing import Function, Types


def _rewrite_division(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Divide integers to an integer; DuckDB returns a fraction, and infinity for a division by zero."""
    operands = {types.of(node.this), types.of(node.expression)}
    left, right = paren(node.this.copy()), paren(node.expression.copy())
    if operands == {"int"}:
        return exp.Paren(this=exp.IntDiv(this=left, expression=right))
    if "unknown" in operands and operands <= {"unknown", "int"}:
        return call("pg_divide", left, right)  # the macro tests the types at run time
    if operands <= {"int", "number", "float"}:
        return call("pg_quotient", left, right)
    return None


def _rewrite_row_comparison(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Compare rows column by column: a NULL makes the result NULL unless other columns decide.

    DuckDB compares rows as structs, where two NULLs are equal.
    """
    left, right = node.this, node.expression
    is_pair = isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple)
    if not is_pair or len(left.expressions) != len(right.expressions):
        return None
    pairs = zip(left.expressions, right.expressions, strict=True)
    tests = [type(node)(this=paren(first.copy()), expression=paren(second.copy())) for first, second in pairs]
    return exp.Paren(this=(exp.and_ if isinstance(node, exp.EQ) else exp.or_)(*tests, copy=False))


def _rewrite_round(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Round halves of floats to even numbers; DuckDB rounds them away from zero, as PostgreSQL does for NUMERIC."""
    if len(node.expressions) == 1 and types.of(node.expressions[0]) == "float":
        return call("round_even", node.expressions[0].copy(), number(0))
    return None


def _rewrite_bit_operator(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Put an operator between two integers in parentheses, because its precedence differs."""
    if not types.of(node.this) == types.of(node.expression) == "int":
        return None
    left, right = paren(node.this.copy()), paren(node.expression.copy())
    is_xor = isinstance(node, exp.BitwiseXor)
    return call("xor", left, right) if is_xor else exp.Paren(this=type(node)(this=left, expression=right))


OPERATORS = {
    exp.Div: _rewrite_division,
    **dict.fromkeys((exp.BitwiseXor, exp.BitwiseLeftShift, exp.BitwiseRightShift), _rewrite_bit_operator),
    exp.EQ: _rewrite_row_comparison,
    exp.NEQ: _rewrite_row_comparison,
}
FUNCTIONS = {
    "round": Function(_rewrite_round, "arg"),
}
