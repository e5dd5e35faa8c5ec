"""Paths in documents: key paths such as '{a,0}' (#>, #>>), JSON paths of members and elements (@?), and the operators - and ||."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from iamsql.dialect.build import (
    call,
    cast,
    literal_text,
    not_null,
    number,
    paren,
    required_literal,
    text,
    when,
    without_parentheses,
)
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.library.json_functions import is_variadic
from iamsql.dialect.literals import read_array
from iamsql.dialect.typing import Function, Rewrite, Types
from iamsql.model import IamsqlError

_INTEGER_PATTERN = re.compile(r"\s*[+-]?\d+\s*")

# Any element, or a member by its name.
_STEP_PATTERN = r'\[\*\]|\.(?:([^\W\d]\w*)(?!\w|\()|"([^"\\]*)")'
_JSON_PATH_PATTERN = re.compile(rf"\$(?:{_STEP_PATTERN})*")


def _json_pointer(key: str) -> str:
    """Return the JSON pointer of a key."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _literal_steps(node: exp.Expr | None) -> list[exp.Expr] | None:
    """Return the steps of a path that is an array literal or a constructor; None for any other path."""
    node = without_parentheses(node)
    while isinstance(node, exp.Cast) and isinstance(node.this, exp.Array | exp.Literal):
        node = without_parentheses(node.this)
    if isinstance(node, exp.Array):
        return list(node.expressions)
    path = literal_text(node)
    if path is None:
        return None
    steps = read_array(path)
    if None in steps:
        raise IamsqlError(f"The path '{path}' contains NULL.")
    return [text(str(step)) for step in steps]


def _extract_by_steps(document: exp.Expr, steps: list[exp.Expr]) -> exp.Expr:
    """Follow the steps of a path; adjacent literal keys that cannot be positions become one JSON pointer."""
    pointer = ""
    for step in steps:
        key = literal_text(step)
        # In a JSON pointer, - is the position after the last element of an array.
        if key is not None and not _INTEGER_PATTERN.fullmatch(key) and key != "-":
            pointer += _json_pointer(key)
            continue
        document = call("json_extract", document, text(pointer)) if pointer else document
        document = call("pg_extract_step", document, step.copy() if key is not None else cast(step, "varchar"))
        pointer = ""
    return call("json_extract", document, text(pointer)) if pointer else document


def _rewrite_get(node: exp.Expr, types: Types) -> exp.Expr:
    if isinstance(node.expression, exp.Null):
        return cast(exp.null(), "json")
    steps, document = _literal_steps(node.expression), as_json(node.this, types)
    return call("pg_extract_path", document, node.expression) if steps is None else _extract_by_steps(document, steps)


def _rewrite_extract_path(node: exp.Expr, types: Types) -> exp.Expr:
    document, *steps = node.expressions
    if any(map(is_variadic, steps)):
        raise IamsqlError(f"{node.this} takes each key as an argument here; use #> with an array.")
    return _extract_by_steps(as_json(document, types), steps)


def _text_rewrite(rewrite: Callable[[exp.Expr, Types], exp.Expr]) -> Rewrite:
    return lambda node, types: call("pg_scalar_text", rewrite(node, types))


def _rewrite_delete(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Delete a key, several keys, or the element at a position: jsonb - text, text[] or integer."""
    if types.of(node.this) != "json":
        return None
    macros = {"int": "pg_delete_element", "text[]": "pg_delete_keys", "text": "pg_delete_key"}
    pg_type = types.of(node.expression)
    if pg_type not in macros:
        raise IamsqlError(
            "The right operand of JSON - must be text, an array of text or an integer: cast it to one of these."
        )
    return call(macros[pg_type], node.this, node.expression)


def _rewrite_concatenation(node: exp.Expr, types: Types) -> exp.Expr | None:
    if types.of(node) != "json":
        return None
    return call("pg_concatenate_json", paren(as_json(node.this, types)), paren(as_json(node.expression, types)))


def _items_of_path(node: exp.Expr, types: Types) -> exp.Expr:
    """Return the items that a JSON path selects in lax mode: a member is also taken from each element of an array."""
    document, pattern = node.expressions
    path = required_literal(pattern, f"The path of {node.this}").strip().removeprefix("lax ").lstrip()
    if not _JSON_PATH_PATTERN.fullmatch(path):
        raise IamsqlError(
            f"The JSON path '{path}' is not supported: a path has members and [*] only, such as '$.Statement[*].Action'.\n"
            "Use jsonb_array_elements and a WHERE condition."
        )
    document = as_json(document, types)
    items: exp.Expr = when(not_null(document.copy()), exp.Array(expressions=[document]))
    for step in re.finditer(_STEP_PATTERN, path):
        items = call("pg_path_elements", items)
        if (key := step[1] or step[2]) is not None:
            items = call("pg_path_member", items, text(key))
    return items


def _rewrite_path_exists(node: exp.Expr, types: Types) -> exp.Expr:
    return exp.Paren(this=exp.GT(this=call("len", _items_of_path(node, types)), expression=number(0)))


OPERATORS = {
    exp.JSONBExtract: _rewrite_get,
    exp.JSONBExtractScalar: _text_rewrite(_rewrite_get),
    exp.JSONBPathExists: lambda node, types: _rewrite_path_exists(call("@?", node.this, node.expression), types),
    exp.Sub: _rewrite_delete,
    exp.DPipe: _rewrite_concatenation,
}
_PATH_FUNCTIONS: dict[str, Function] = {
    "query_array": Function(lambda node, types: call("to_json", _items_of_path(node, types)), "json"),
    "query_first": Function(lambda node, types: call("list_extract", _items_of_path(node, types), number(1)), "json"),
    "exists": Function(_rewrite_path_exists, "boolean"),
}
FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(("jsonb_extract_path", "json_extract_path"), Function(_rewrite_extract_path, "json")),
    **dict.fromkeys(
        ("jsonb_extract_path_text", "json_extract_path_text"), Function(_text_rewrite(_rewrite_extract_path), "text")
    ),
    **{f"jsonb_path_{name}": function for name, function in _PATH_FUNCTIONS.items()},
}
SET_RETURNING = {"jsonb_path_query": Function(_items_of_path, "json")}
