"""Functions that return documents (to_jsonb, jsonb_build_object, jsonb_agg), and the other aggregates.

Times become ISO 8601, rows become objects, and everything gets the canonical spelling of jsonb.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_text, not_null, text, typed_column, when, without_parentheses
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.data_types import type_category
from iamsql.dialect.literals import key_order
from iamsql.dialect.typing import Function, Rewrite, Types, is_untyped
from iamsql.model import IamsqlError

_SAME_IN_DUCKDB = ("text", "int", "boolean", "uuid", "ltree")  # the types whose to_json is the same


def to_document(node: exp.Expr, types: Types) -> exp.Expr:
    """Convert a value to JSON; NULL stays NULL."""
    pg_type = types.of(node)
    if pg_type == "json":
        return node.copy()
    if isinstance(node, exp.Null):
        return cast(exp.null(), "json")
    document = _convert_to_json(node, pg_type, types)
    return document if is_untyped(node) or pg_type == "row" else when(not_null(node.copy()), document)


def json_element(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a value for an array or object that DuckDB builds; it converts the plain types as PostgreSQL does."""
    return node.copy() if types.of(node) in (*_SAME_IN_DUCKDB, "json", "null") else to_document(node, types)


def _convert_to_json(node: exp.Expr, pg_type: str, types: Types) -> exp.Expr:
    if pg_type in _SAME_IN_DUCKDB or is_untyped(node):
        return call("to_json", node.copy())
    if pg_type == "row" and (columns := node.meta.get("columns")) is not None:
        # A second column of the same name has a key with a NUL (names.py), and jsonb keeps one member of a name.
        names = sorted((name for name in columns if "\0" not in name), key=key_order)
        return row_object(node.name, {name: columns[name] for name in names}, types)
    if pg_type in ("timestamptz", "timestamp"):
        return call("to_json", call("pg_iso_time", cast(node.copy(), "varchar")))
    if pg_type in ("date", "time", "interval"):
        return call("to_json", as_text(node, types))
    if pg_type in ("float", "number"):  # to_json of DuckDB prints 1.0, PostgreSQL 1
        return cast(call("pg_text", node.copy()), "json")
    if pg_type.endswith("[]"):
        return _convert_array(node, pg_type.removesuffix("[]"), types)
    return call("pg_jsonb", call("to_json", node.copy()))


def _convert_array(node: exp.Expr, element_type: str, types: Types) -> exp.Expr:
    if element_type in (*_SAME_IN_DUCKDB, "json"):
        return call("to_json", node.copy())
    name = exp.to_identifier("value_")
    element = exp.Column(this=name)
    element.meta["type"] = element_type
    conversion = exp.Lambda(this=to_document(element, types), expressions=[name.copy()])
    return call("to_json", call("list_transform", node.copy(), conversion))


def row_object(table: str, columns: Mapping[str, str], types: Types) -> exp.Expr:
    """Return the row of a table as an object, with its columns in the given order."""
    members: list[exp.Expr] = []
    for name, pg_type in columns.items():
        members += [text(name), json_element(typed_column(name, table, pg_type), types)]
    return call("json_object", *members)


def json_text(document: exp.Expr, function: str) -> exp.Expr:
    """Mark the document of a function that returns json, not jsonb: its text keeps the blanks and the order of its parts."""
    if not function.startswith(("jsonb", "to_jsonb")):
        document.meta["json_function"] = function
    return document


def _rewrite_to_json(node: exp.Expr, types: Types) -> exp.Expr:
    document, pg_type = to_document(node.expressions[0], types), types.of(node.expressions[0])
    is_composite = pg_type == "row" or pg_type.endswith("[]")
    return json_text(document, str(node.this)) if is_composite else document


def _rewrite_cast_of_json(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Cast a document of type json to text, whose spelling differs from jsonb's."""
    document = without_parentheses(node.this)
    function = document.meta.get("json_function") if document is not None else None
    if function is None or document is None or type_category(node.args["to"]) != "text":
        return None
    if function not in ("row_to_json", "array_to_json"):  # which write no blanks, as DuckDB does
        raise IamsqlError(f"PostgreSQL puts blanks into the text of {function}: use jsonb_… or cast to jsonb first.")
    return cast(document, "varchar")


def is_variadic(node: exp.Expr) -> bool:
    """Report whether an argument is an array of arguments: VARIADIC array."""
    return type(node).__name__ == "Variadic"


def _rewrite_build_object(node: exp.Expr, types: Types) -> exp.Expr:
    arguments = node.expressions
    if len(arguments) % 2 or any(map(is_variadic, arguments)):
        raise IamsqlError(f"{node.this} takes keys and values in turn.")
    keys, values = arguments[::2], arguments[1::2]
    # Literal keys are ordered here; keys of run time are ordered by a macro. Of equal keys the last one counts.
    literals = {key: value for name, value in zip(keys, values, strict=True) if (key := literal_text(name)) is not None}
    if all(literal_text(key) is not None for key in keys):
        members = ((text(key), json_element(literals[key], types)) for key in sorted(literals, key=key_order))
        return json_text(call("json_object", *(part for member in members for part in member)), node.this)
    names = exp.Array(expressions=[cast(key, "varchar") for key in keys])
    documents = exp.Array(expressions=[to_document(value, types) for value in values])
    return json_text(call("pg_object", names, documents), node.this)


def _rewrite_build_array(node: exp.Expr, types: Types) -> exp.Expr:
    return json_text(call("json_array", *(json_element(value, types) for value in node.expressions)), node.this)


def _rewrite_row_to_json(node: exp.Expr, types: Types) -> exp.Expr:
    row = node.expressions[0]
    columns = row.meta.get("columns")
    if not columns:
        raise IamsqlError("row_to_json takes a table of the query by its name or alias.")
    return json_text(row_object(row.name, columns, types), "row_to_json")


def _modify_aggregate(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Apply FILTER or OVER to an aggregate whose result a rewrite has passed to a function."""
    outer = node.this
    if not isinstance(outer, exp.Anonymous) or outer.this not in ("to_json", "pg_object_of"):
        return None
    modified_node = node.copy()
    modified_node.set("this", outer.expressions[0].copy())
    return call(outer.this, modified_node)


def _rewrite_object_agg(node: exp.Expr, types: Types) -> exp.Expr:
    key, item = node.expressions
    value, order = (item.this, item.expressions) if isinstance(item, exp.Order) else (item, [])
    pair: exp.Expr = call("row", cast(key, "varchar"), to_document(value, types))
    pair = exp.Order(this=pair, expressions=order) if order else pair
    return call("pg_object_of", call("array_agg", pair))


def _rewrite_json_agg(node: exp.Expr, types: Types) -> exp.Expr:
    aggregate = _sort_distinct_values(node, types)
    value = aggregate.expressions[0]
    while isinstance(value, exp.Order | exp.Distinct):
        value = value.this if isinstance(value, exp.Order) else value.expressions[0]
    value.replace(json_element(value, types))
    # json_group_array of DuckDB is a macro, and takes neither DISTINCT nor ORDER BY nor FILTER.
    aggregate.set("this", "array_agg")
    return call("to_json", aggregate)


def _sort_distinct_values(node: exp.Expr, types: Types) -> exp.Expr:
    """Add ORDER BY to an aggregate with DISTINCT, which PostgreSQL implements by sorting the values."""
    node = node.copy()
    first = node.expressions[0] if node.expressions else None
    if isinstance(first, exp.Distinct) and not node.find(exp.Order):
        order = exp.Ordered(this=first.expressions[0].copy(), nulls_first=False)
        node.set("expressions", [exp.Order(this=first.copy(), expressions=[order])])
    return node


def _rewrite_string_agg(node: exp.Expr, types: Types) -> exp.Expr:
    value, *delimiter = node.expressions
    if delimiter and isinstance(delimiter[0], exp.Null):  # PostgreSQL joins without a delimiter, DuckDB returns NULL
        node.set("expressions", [value, text("")])
    return _sort_distinct_values(node, types)


OPERATORS: dict[type[exp.Expr], Rewrite] = {
    **dict.fromkeys((exp.Filter, exp.Window, exp.WithinGroup), _modify_aggregate),
    exp.Cast: _rewrite_cast_of_json,
}
_JSON_FUNCTIONS = {
    "build_object": _rewrite_build_object,
    "build_array": _rewrite_build_array,
    "object_agg": _rewrite_object_agg,
    "agg": _rewrite_json_agg,
}
FUNCTIONS: dict[str, Function] = {
    **{
        f"{prefix}_{name}": Function(_JSON_FUNCTIONS[name], "json")
        for prefix in ("json", "jsonb")
        for name in _JSON_FUNCTIONS
    },
    **dict.fromkeys(("array_to_json", "to_json", "to_jsonb"), Function(_rewrite_to_json, "json")),
    "row_to_json": Function(_rewrite_row_to_json, "json"),
    "array_agg": Function(_sort_distinct_values, "arg[]"),
    "string_agg": Function(_rewrite_string_agg, "text"),
}
