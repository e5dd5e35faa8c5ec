"""Casts, and texts glued together: a document in text is printed as jsonb prints it, a text becomes JSON in one spelling."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect import literals as documents
from iamsql.dialect.build import call, cast, literal, null, number, paren, text
from iamsql.dialect.column_names import type_name
from iamsql.dialect.core.json_comparison import json_literal
from iamsql.dialect.data_types import of_type
from iamsql.dialect.typing import Kinds, untyped
from iamsql.model import IamsqlError

PLAIN = {"text", "ltree"}
REFUSED = {
    "money",
    "xml",
    "point",
    "hstore",
    "regclass",
    "oid",
    "tsvector",
    "tsquery",
    "bit",
    "varbit",
    "int4range",
    "macaddr",
}
_NUMERIC = {"int": "pg_json_int", "number": "pg_json_number", "float": "pg_json_number", "boolean": "pg_json_boolean"}


def text_array(written: str) -> exp.Expr:
    """Write an array literal of texts, '{a,b}', as a list."""
    items = [null() if one is None else text(one) for one in documents.array(written)]
    return cast(exp.Array(expressions=items), "varchar[]")


def as_text(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give a value as the text that PostgreSQL prints for it."""
    from iamsql.dialect.registry import families

    if kinds.of(node) in PLAIN or literal(node) is not None:
        return node.copy()
    made = exp.Cast(this=node.copy(), to=exp.DataType.build("text"))
    for rewrite in families().operators.get(exp.Cast, ()):
        new = rewrite(made, kinds)
        if new is not None:
            return new
    return made


def _cast(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    target = node.args["to"]
    source, kind = kinds.of(node.this), of_type(target)
    name = type_name(target)
    if name in REFUSED or (kind == "unknown" and isinstance(target, exp.DataType)):
        raise IamsqlError(f"The type {name} is not supported. Cast to text or a number.")
    if kind == "text":
        return _to_text(node, source, target, kinds)
    if kind == "json":
        return _to_json(node, source)
    if kind == "ltree":
        return cast(node.this.copy(), "varchar")
    if kind.endswith("[]") and (written := literal(node.this)) is not None:
        return cast(text_array(written), f"{_element(target)}[]")
    if (source, kind) == ("timestamptz", "time"):
        return cast(cast(node.this.copy(), "timestamp"), "time")
    if kind.endswith("[]") and kind.removesuffix("[]") in ("inet", "ltree", "interval", "unknown"):
        raise IamsqlError(f"Arrays of the type {name} are not supported.")
    if source == "text" and kind in ("int", "boolean"):
        read = call("pg_text_boolean" if kind == "boolean" else "pg_text_int", node.this.copy())
        return exp.Cast(this=read, to=_number_type(target))
    if source == "json" and kind in _NUMERIC:
        read = call(_NUMERIC[kind], node.this.copy())
        return read if kind == "boolean" else exp.Cast(this=read, to=_number_type(target))
    return exp.Cast(this=node.this.copy(), to=_number_type(target))


def _number_type(target: exp.Expr) -> exp.Expr:
    """Give DuckDB's type: NUMERIC without a size holds any number, which DuckDB's of three decimals does not."""
    if isinstance(target, exp.DataType) and target.this == exp.DType.DECIMAL and not target.expressions:
        return exp.DataType.build("double")
    if isinstance(target, exp.DataType) and target.this in (exp.DType.JSONB, exp.DType.JSON):
        return exp.DataType.build("json")
    return target.copy()


def _element(target: exp.Expr) -> str:
    inner = target.expressions[0] if target.expressions else None
    return str(inner.sql(dialect="duckdb")) if inner is not None else "varchar"


def _to_text(node: exp.Expr, source: str, target: exp.Expr, kinds: Kinds) -> exp.Expr:
    inner = node.this.copy()
    if source == "json":
        made: exp.Expr = call("pg_json_text", inner)
    elif source == "float" or (source == "number" and not isinstance(inner, exp.Literal)):
        made = call("pg_float_text", cast(inner, "double")) if source == "float" else call("pg_text", inner)
    elif source == "row":
        raise IamsqlError("The text of a row is not supported. Use to_jsonb(…)::text, or take its columns one by one.")
    elif source == "unknown":
        made = call("pg_text", inner)
    else:
        made = cast(inner, "varchar")
    size = target.expressions[0] if isinstance(target, exp.DataType) and target.expressions else None
    return call("left", made, number(int(size.name))) if size is not None and size.name.isdigit() else made


def _to_json(node: exp.Expr, source: str) -> exp.Expr:
    if (written := literal(node.this)) is not None:
        return json_literal(written)
    if source == "json":
        return paren(node.this.copy())
    if source in ("int", "number", "float", "boolean"):
        return call("to_json", node.this.copy())
    return call("pg_jsonb", node.this.copy())


def _glued(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Glue texts: what is no text is printed first, NULL makes NULL."""
    sides = [node.this, node.expression]
    if any(kinds.of(side).endswith("[]") or kinds.of(side) == "bytea" for side in sides):
        return None
    if "ltree" in map(kinds.of, sides) and all(kinds.of(side) == "ltree" or untyped(side) for side in sides):
        return None
    left, right = (paren(as_text(side, kinds)) for side in sides)
    return exp.Paren(this=exp.DPipe(this=left, expression=right))


_ELEMENTS = {"int": "bigint", "number": "double", "float": "double", "date": "date", "timestamptz": "timestamptz"}


def _listed(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Read the array literal of = ANY ('{a,b}') as a list of what stands on the left."""
    inner = node.this.this if isinstance(node.this, exp.Paren) else node.this
    if isinstance(inner, exp.Null):
        raise IamsqlError("A comparison with ANY (NULL) is NULL for every row; leave it out, or give an array.")
    written = literal(node.this) if isinstance(node, exp.Any) else None
    compared = node.parent.this if isinstance(node.parent, exp.Binary) else None
    if written is None or isinstance(node.parent, exp.Like | exp.ILike):
        return None
    items = cast(text_array(written), f"{_ELEMENTS.get(kinds.of(compared), 'varchar')}[]")
    return exp.Any(this=exp.Paren(this=items))


def _all(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Read the array literal of <> ALL ('{a,b}') likewise."""
    written = literal(node.expressions[0])
    compared = node.parent.this if isinstance(node.parent, exp.Binary) else None
    if written is None or isinstance(node.parent, exp.Like | exp.ILike):
        return node
    return call("all", cast(text_array(written), f"{_ELEMENTS.get(kinds.of(compared), 'varchar')}[]"))


OPERATORS = {exp.Cast: _cast, exp.DPipe: _glued, exp.Any: _listed}
REWRITES = {"all": _all}
KINDS = {"all": "boolean"}
