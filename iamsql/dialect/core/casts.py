"""Casts and concatenation of text: JSON prints as jsonb does, and text that becomes JSON gets the canonical spelling."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_text, number, paren, text, without_parentheses
from iamsql.dialect.core.json_comparison import json_literal
from iamsql.dialect.data_types import type_category, type_name
from iamsql.dialect.literals import read_array
from iamsql.dialect.refusals import type_hint
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError

_REFUSED_TYPES = set(
    "money xml point hstore regclass oid tsvector tsquery bit varbit int4range macaddr inet cidr bytea".split()
)
_REFUSED_ELEMENTS = ("ltree", "interval", "unknown")
_JSON_CAST_MACROS = {
    "int": "pg_json_int",
    "number": "pg_json_number",
    "float": "pg_json_number",
    "boolean": "pg_json_boolean",
}
_TEXT_CAST_MACROS = {"int": "pg_text_int", "boolean": "pg_text_boolean"}
_ELEMENT_TYPES = {"int": "bigint", "number": "double", "float": "double", "date": "date", "timestamptz": "timestamptz"}


def text_array(value: str) -> exp.Expr:
    """Return an array literal of PostgreSQL, '{a,b}', as a list of text."""
    items = [exp.null() if item is None else text(item) for item in read_array(value)]
    return cast(exp.Array(expressions=items), "varchar[]")


def as_text(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a value as the text that PostgreSQL prints for it."""
    if types.of(node) in ("text", "ltree") or literal_text(node) is not None:
        return node.copy()
    return types.rewritten_cast(cast(node.copy(), "text"))


def _rewrite_cast(node: exp.Expr, types: Types) -> exp.Expr:
    target = node.args["to"]
    source, pg_type = types.of(node.this), type_category(target)
    name = type_name(target)
    if name in _REFUSED_TYPES or (pg_type == "unknown" and isinstance(target, exp.DataType)):
        raise IamsqlError(f"The type {name} is not supported.{type_hint(name)}")
    operand = node.this.copy()
    if pg_type == "text":
        return _convert_to_text(operand, source, target)
    if pg_type == "json":
        return _convert_to_json(operand, source)
    if pg_type == "ltree":
        return cast(operand, "varchar")  # DuckDB has no ltree; see data_types.py
    if pg_type.endswith("[]") and (items := literal_text(operand)) is not None:
        element = target.expressions[0].sql(dialect="duckdb") if target.expressions else "varchar"
        return cast(text_array(items), f"{element}[]")
    if pg_type.endswith("[]") and pg_type.removesuffix("[]") in _REFUSED_ELEMENTS:
        raise IamsqlError(f"Arrays of the type {type_name(target)} are not supported.")
    if (source, pg_type) == ("timestamptz", "time"):
        # DuckDB has no cast of TIMESTAMP WITH TIME ZONE to TIME.
        return cast(cast(operand, "timestamp"), "time")
    macros = {"text": _TEXT_CAST_MACROS, "json": _JSON_CAST_MACROS}.get(source, {})
    if pg_type in macros:
        operand = call(macros[pg_type], operand)
        if (source, pg_type) == ("json", "boolean"):
            return operand
        # The cast below checks the range of the target type.
    return exp.Cast(this=operand, to=_duckdb_type(target))


def _duckdb_type(target: exp.Expr) -> exp.Expr:
    """Return the type in DuckDB. NUMERIC without a precision becomes DOUBLE, since DuckDB's has three decimals only."""
    if isinstance(target, exp.DataType) and target.this == exp.DType.DECIMAL and not target.expressions:
        return exp.DataType.build("double")
    return target.copy()


def _convert_to_text(operand: exp.Expr, source: str, target: exp.Expr) -> exp.Expr:
    if source == "row":
        raise IamsqlError("The text of a row is not supported. Use to_jsonb(…)::text, or select its columns.")
    if source == "json":
        printed_text: exp.Expr = call("pg_json_text", operand)
    elif source == "float":  # DuckDB prints 1.0, PostgreSQL 1
        printed_text = call("pg_float_text", cast(operand, "double"))
    elif source == "unknown" or (source == "number" and not isinstance(operand, exp.Literal)):
        printed_text = call("pg_text", operand)
    else:
        printed_text = cast(operand, "varchar")
    size = target.expressions[0] if isinstance(target, exp.DataType) and target.expressions else None
    return (
        call("left", printed_text, number(int(size.name))) if size is not None and size.name.isdigit() else printed_text
    )


def _convert_to_json(operand: exp.Expr, source: str) -> exp.Expr:
    # ::jsonb parses text; to_jsonb() would make a JSON string of it.
    if (document := literal_text(operand)) is not None:
        return json_literal(document)
    if source == "json":
        return paren(operand)
    return call("to_json" if source in ("int", "number", "float", "boolean") else "pg_jsonb", operand)


def _concatenate(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Concatenate text; other operands are cast to text first, and NULL makes the result NULL."""
    operands = [node.this, node.expression]
    if any(types.of(operand).endswith("[]") for operand in operands):
        return None
    if types.of(node) == "ltree":
        return None  # a dot joins two paths (steampipe.py)
    # DuckDB also concatenates other types, but prints JSON, floats and times differently from PostgreSQL.
    left, right = (paren(as_text(operand, types)) for operand in operands)
    return exp.Paren(this=exp.DPipe(this=left, expression=right))


def _array_of_comparison(node: exp.Expr, array: exp.Expr, types: Types) -> exp.Expr | None:
    """Convert the array literal of = ANY ('{a,b}') to a list of the type of the left operand; None for another array."""
    items = literal_text(array)
    if items is None or isinstance(node.parent, exp.Like | exp.ILike):
        return None
    left = node.parent.this if isinstance(node.parent, exp.Binary) else None
    return cast(text_array(items), f"{_ELEMENT_TYPES.get(types.of(left), 'varchar')}[]")


def _rewrite_any_or_all(node: exp.Expr, types: Types) -> exp.Expr | None:
    is_any = isinstance(node, exp.Any)
    array = node.this if is_any else node.expressions[0]
    if isinstance(without_parentheses(array), exp.Null):
        raise IamsqlError("A comparison with ANY (NULL) is NULL for every row; leave it out, or write an array.")
    items = _array_of_comparison(node, array, types)
    if items is None:
        return None
    return exp.Any(this=exp.Paren(this=items)) if is_any else call("all", items)


OPERATORS = {exp.Cast: _rewrite_cast, exp.DPipe: _concatenate, exp.Any: _rewrite_any_or_all}
FUNCTIONS = {"all": Function(_rewrite_any_or_all, "boolean")}
