"""Access and change of documents by key paths, such as '{a,0}': #>, #>>, #-, - and ||, jsonb_set and jsonb_insert."""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_integer, literal_text, not_null, null, paren, text, unwrapped, when
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.library.json_functions import is_variadic
from iamsql.dialect.literals import read_array
from iamsql.dialect.typing import Function, Rewrite, Types
from iamsql.model import IamsqlError

_INTEGER = re.compile(r"\s*[+-]?\d+\s*")


def _literal_steps(node: exp.Expr | None) -> list[exp.Expr] | None:
    """Return the steps of a path that is an array literal or a constructor; None for any other path."""
    node = unwrapped(node)
    while isinstance(node, exp.Cast) and isinstance(node.this, exp.Array | exp.Literal):
        node = unwrapped(node.this)
    if isinstance(node, exp.Array):
        return list(node.expressions)
    path = literal_text(node)
    if path is None:
        return None
    steps = read_array(path)
    if None in steps:
        raise IamsqlError(f"The path '{path}' contains NULL.")
    return [text(str(step)) for step in steps]


def _required_steps(node: exp.Expr, function: str) -> list[exp.Expr]:
    steps = _literal_steps(node)
    if steps is None:
        raise IamsqlError(f"{function} needs a literal path, such as '{{a,0}}'.")
    return steps


def _walk(document: exp.Expr, steps: list[exp.Expr]) -> exp.Expr:
    """Follow the steps of a path; adjacent literal keys that cannot be a position become one JSON pointer."""
    pointer = ""
    for step in steps:
        key = literal_text(step)
        if key is not None and not _INTEGER.fullmatch(key) and key != "-":
            pointer += "/" + key.replace("~", "~0").replace("/", "~1")
            continue
        document = call("json_extract", document, text(pointer)) if pointer else document
        document, pointer = (
            call("pg_extract_step", document, step.copy() if key is not None else cast(step, "varchar")),
            "",
        )
    return call("json_extract", document, text(pointer)) if pointer else document


def _get(node: exp.Expr, types: Types) -> exp.Expr:
    if isinstance(node.expression, exp.Null):
        return cast(null(), "json")
    steps, document = _literal_steps(node.expression), as_json(node.this, types)
    return call("pg_extract_path", document, node.expression) if steps is None else _walk(document, steps)


def _get_text(node: exp.Expr, types: Types) -> exp.Expr:
    return call("pg_scalar_text", _get(node, types))


def _extract_path(node: exp.Expr, types: Types) -> exp.Expr:
    document, *steps = node.expressions
    if any(map(is_variadic, steps)):
        raise IamsqlError(f"{node.this} takes each key as an argument here; use #> with an array.")
    return _walk(as_json(document, types), steps)


def _extract_path_text(node: exp.Expr, types: Types) -> exp.Expr:
    return call("pg_scalar_text", _extract_path(node, types))


def _change(document: exp.Expr, steps: list[exp.Expr], macro: str, *arguments: exp.Expr) -> exp.Expr:
    """Change the value at the end of a path by a macro; a part of the path that is missing is not created."""
    if len(steps) == 1:
        return call(macro, document.copy(), steps[0].copy(), *arguments)
    inner = _change(call("pg_extract_step", document.copy(), steps[0].copy()), steps[1:], macro, *arguments)
    return call("pg_set_value", document.copy(), steps[0].copy(), inner, exp.false())


def _set(macro: str, default: bool) -> Rewrite:
    """Rewrite jsonb_set or jsonb_insert, whose last argument has a default."""

    def rewrite(node: exp.Expr, types: Types) -> exp.Expr:
        document, path, new_value, *option = node.expressions
        steps, value = _required_steps(path, str(node.this)), as_json(new_value, types)
        flag = option[0] if option else exp.Boolean(this=default)
        target = as_json(document, types)
        changed = _change(target, steps, macro, value, flag) if steps else target
        return changed if literal_text(new_value) is not None else when(not_null(value.copy()), changed)

    return rewrite


def _delete_path(node: exp.Expr, types: Types) -> exp.Expr:
    steps = _required_steps(node.expression, "#-")
    document = as_json(node.this, types)
    return _change(document, steps, "pg_delete_step") if steps else document


def _delete(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Delete a key, several keys, or the element at a position: jsonb - text, text[] or integer."""
    if types.of(node.this) != "json":
        return None
    operand, pg_type = node.expression, types.of(node.expression)
    if pg_type == "int" or literal_integer(operand) is not None:
        return call("pg_delete_element", node.this, operand)
    macros = {"text[]": "pg_delete_keys", "text": "pg_delete_key"}
    if pg_type not in macros:
        raise IamsqlError(
            "The right operand of JSON - must be text, an array of text or an integer: cast it to one of these."
        )
    return call(macros[pg_type], node.this, operand)


def _merge(node: exp.Expr, types: Types) -> exp.Expr | None:
    if types.of(node) != "json":
        return None
    left, right = (
        cast(null(), "json") if isinstance(operand, exp.Null) else as_json(operand, types)
        for operand in (node.this, node.expression)
    )
    return call("pg_concatenate_json", paren(left), paren(right))


OPERATORS = {
    exp.JSONBExtract: _get,
    exp.JSONBExtractScalar: _get_text,
    exp.JSONBDeleteAtPath: _delete_path,
    exp.Sub: _delete,
    exp.DPipe: _merge,
}
FUNCTIONS: dict[str, Function[Rewrite]] = {
    **dict.fromkeys(("jsonb_extract_path", "json_extract_path"), Function(_extract_path, "json")),
    **dict.fromkeys(("jsonb_extract_path_text", "json_extract_path_text"), Function(_extract_path_text, "text")),
    "jsonb_set": Function(_set("pg_set_value", True), "json"),
    "jsonb_insert": Function(_set("pg_insert_value", False), "json"),
}
