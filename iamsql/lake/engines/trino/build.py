"""Short forms for the nodes that rules build, and the kind of value that a node has in DuckDB."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from iamsql.lake.engines.trino.errors import TrinoError

Rule = Callable[[exp.Expr], exp.Expr | None]  # returns None where the node stays as it is

_KINDS: dict[str, frozenset[exp.DType]] = {
    "text": frozenset(exp.DataType.TEXT_TYPES),
    "integer": frozenset(exp.DataType.INTEGER_TYPES),
    "number": frozenset(exp.DataType.REAL_TYPES),
    "time": frozenset({exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPNTZ}),
    "date": frozenset({exp.DType.DATE}),
    "json": frozenset({exp.DType.JSON}),
    "list": frozenset({exp.DType.ARRAY, exp.DType.LIST}),
    "struct": frozenset({exp.DType.STRUCT}),
    "boolean": frozenset({exp.DType.BOOLEAN}),
}


def kind_of_type(data_type: exp.DataType | None) -> str:
    """Return the kind of a type: text, integer, number, time, date, json, list, struct, boolean, or unknown."""
    found = data_type.this if data_type is not None else None
    return next((kind for kind, types in _KINDS.items() if found in types), "unknown")


def kind(node: exp.Expr) -> str:
    """Return the kind of the value of a node."""
    if isinstance(node, exp.Paren):
        return kind(node.this)
    return kind_of_type(node.type)


def typed(node: exp.Expr, data_type: str | exp.DataType) -> exp.Expr:
    """Set the DuckDB type of a node, and return the node."""
    node.type = exp.DataType.build(data_type, dialect="duckdb")
    return node


def call(name: str, *arguments: exp.Expr | str | int) -> exp.Expr:
    """Return a call of a function of Trino; texts and integers are literals."""
    return exp.Anonymous(this=name, expressions=[literal(argument) for argument in arguments])


def literal(value: exp.Expr | str | int) -> exp.Expr:
    """Return a literal, or a copy of a node, which may have a place in the tree."""
    if isinstance(value, exp.Expr):
        return value.copy()
    return exp.Literal.string(value) if isinstance(value, str) else exp.Literal.number(value)


def each(elements: exp.Expr, body: Callable[[exp.Expr], exp.Expr], function: str = "transform") -> exp.Expr:
    """Return transform(elements, item_ -> body), or filter."""
    variable = exp.to_identifier("item_")
    return call(function, elements, exp.Lambda(this=body(variable), expressions=[variable]))


def unless_null(value: exp.Expr, result: exp.Expr) -> exp.Expr:
    """Return a CASE that is NULL where the value is NULL."""
    is_null = exp.Is(this=_operand(value), expression=exp.Null())
    return exp.Case(ifs=[exp.If(this=exp.Not(this=is_null), true=result.copy())])


def coalesce(*values: exp.Expr) -> exp.Expr:
    """Return COALESCE of the values."""
    first, *others = (value.copy() for value in values)
    return exp.Coalesce(this=first, expressions=others)


def empty_list() -> exp.Expr:
    """Return an array without elements."""
    return exp.Array(expressions=[])


def _operand(value: exp.Expr) -> exp.Expr:
    return exp.Paren(this=value.copy()) if isinstance(value, exp.Binary | exp.Connector) else value.copy()


def text_of(value: exp.Expr) -> exp.Expr:
    """Return a value as the text that DuckDB writes; raise TrinoError for a type that Trino writes differently."""
    found = kind(value)
    if found in ("text", "json"):
        return value.copy()
    if found == "time" and value.type is not None and value.type.this != exp.DType.TIMESTAMPTZ:
        # DuckDB writes no zeros at the end of the fraction of a second.
        return typed(call("regexp_replace", call("date_format", value, "%Y-%m-%d %H:%i:%s.%f"), r"\.?0+$"), "text")
    if found in ("time", "number", "list", "struct"):
        raise TrinoError(f"the text of a {found}")
    return typed(exp.Cast(this=value.copy(), to=exp.DataType.build("varchar")), "text")
