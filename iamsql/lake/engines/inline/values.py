"""Write the values of parameters as literals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlglot import exp

from iamsql.lake.engines.inline.errors import InlineError


def bind_values(tree: exp.Expr, values: Mapping[str, Any]) -> None:
    """Replace each `$name` with the literal of its value. Raise InlineError for a parameter without a value."""
    for node in list(tree.find_all(exp.Placeholder, exp.Parameter)):
        if node.name not in values:
            raise InlineError(f"no value for ${node.name}")
        node.replace(build_literal(values[node.name]))


def build_literal(value: Any) -> exp.Expr:
    """Return the literal of a Python value."""
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, datetime):
        data_type = exp.DType.TIMESTAMP if value.tzinfo is None else exp.DType.TIMESTAMPTZ
        return exp.cast(exp.Literal.string(value.isoformat(" ")), data_type)
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), exp.DType.DATE)
    if isinstance(value, int | float):
        number = exp.Literal.number(abs(value))
        return exp.Paren(this=exp.Neg(this=number)) if value < 0 else number
    if isinstance(value, list | tuple):
        return exp.Array(expressions=[build_literal(item) for item in value], value_constructor=False)
    return exp.Literal.string(str(value))
