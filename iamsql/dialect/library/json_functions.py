"""Functions that build documents, and the text of documents of type json."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_text, text, unwrapped
from iamsql.dialect.core.aggregates import finish_aggregate
from iamsql.dialect.core.casts import text_array
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.core.json_conversion import json_element, mark_json_text, row_object, to_document
from iamsql.dialect.data_types import of_type
from iamsql.dialect.literals import key_order
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError


def _marked(document: exp.Expr, function: str) -> exp.Expr:
    return document if function.startswith("jsonb") else mark_json_text(document, function)


def is_variadic(node: exp.Expr) -> bool:
    """Report whether an argument is an array of arguments: VARIADIC array."""
    return type(node).__name__ == "Variadic"


def _build_object(node: exp.Expr, types: Types) -> exp.Expr:
    arguments = node.expressions
    if len(arguments) % 2 or any(isinstance(argument, exp.Kwarg) or is_variadic(argument) for argument in arguments):
        raise IamsqlError(f"{node.this} takes keys and values in turn.")
    keys, values = arguments[::2], arguments[1::2]
    # Literal keys are ordered here; keys of run time are ordered by a macro. Of equal keys the last one counts.
    literals = {key: value for name, value in zip(keys, values, strict=True) if (key := literal_text(name)) is not None}
    if all(literal_text(key) is not None for key in keys):
        members = [
            part for key in sorted(literals, key=key_order) for part in (text(key), json_element(literals[key], types))
        ]
        return _marked(call("json_object", *members), node.this)
    names = exp.Array(expressions=[cast(key, "varchar") for key in keys])
    documents = exp.Array(expressions=[to_document(value, types) for value in values])
    return _marked(call("pg_object", names, documents), node.this)


def _build_array(node: exp.Expr, types: Types) -> exp.Expr:
    return _marked(call("json_array", *(json_element(value, types) for value in node.expressions)), node.this)


def _object_agg(node: exp.Expr, types: Types) -> exp.Expr:
    if len(node.expressions) != 2:
        raise IamsqlError(f"{node.this} takes a key and a value.")
    key, item = node.expressions
    value, order = (item.this, item.expressions) if isinstance(item, exp.Order) else (item, [])
    pair: exp.Expr = call("row", cast(key, "varchar"), to_document(value, types))
    pair = exp.Order(this=pair, expressions=order) if order else pair
    return finish_aggregate(node, call("array_agg", pair), "pg_object_of")


def _object_of_text(node: exp.Expr, types: Types) -> exp.Expr:
    """Build an object of text from keys and values in turn in one array, or from an array of each."""
    arrays = [text_array(items) if (items := literal_text(array)) is not None else array for array in node.expressions]
    if len(arrays) == 1:
        return call("pg_object_of_alternating", arrays[0])
    if len(arrays) != 2:
        raise IamsqlError(f"{node.this} takes an array of text, or one array of keys and one of values.")
    return call("pg_object_of_lists", *arrays)


def _row_to_json(node: exp.Expr, types: Types) -> exp.Expr:
    row = node.expressions[0]
    columns = row.meta.get("columns")
    if not columns:
        raise IamsqlError("row_to_json takes a table of the query by its name or alias.")
    return mark_json_text(row_object(row.name, columns, types), "row_to_json")


def _cast_json(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Cast a document of type json to text, which has another spelling than jsonb."""
    document = unwrapped(node.this)
    marked = document.meta.get("json_text") if document is not None else None
    if marked is None or document is None or of_type(node.args["to"]) != "text":
        return None
    if marked != "compact":
        raise IamsqlError(f"PostgreSQL puts blanks into the text of {marked}: use jsonb_… or cast to jsonb first.")
    return cast(document, "varchar")


def _strip_nulls(node: exp.Expr, types: Types) -> exp.Expr:
    return call("json_strip_nulls", as_json(node.expressions[0], types))


OPERATORS = {exp.Cast: _cast_json}
FUNCTIONS = {
    f"{prefix}_{name}": Function(rewrite, "json")
    for prefix in ("json", "jsonb")
    for name, rewrite in {
        "build_object": _build_object,
        "build_array": _build_array,
        "object_agg": _object_agg,
        "object": _object_of_text,
        "strip_nulls": _strip_nulls,
    }.items()
} | {"row_to_json": Function(_row_to_json, "json")}
