"""Paths in documents: key paths such as '{a,0}' (#>, #>>, #-, jsonb_set), JSON path (jsonb_path_query, @?, @@), - and ||."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from iamsql.dialect import grammar
from iamsql.dialect.build import (
    call,
    cast,
    literal_text,
    not_null,
    number,
    paren,
    quote,
    required_literal,
    text,
    unwrapped,
    when,
)
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.library._jsonpath import Path
from iamsql.dialect.library._jsonpath_tokens import json_pointer
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
    """Follow the steps of a path; adjacent literal keys that cannot be positions become one JSON pointer."""
    pointer = ""
    for step in steps:
        key = literal_text(step)
        # In a JSON pointer, - is the position after the last element of an array.
        if key is not None and not _INTEGER.fullmatch(key) and key != "-":
            pointer += json_pointer(key)
            continue
        document = call("json_extract", document, text(pointer)) if pointer else document
        document = call("pg_extract_step", document, step.copy() if key is not None else cast(step, "varchar"))
        pointer = ""
    return call("json_extract", document, text(pointer)) if pointer else document


def _get(node: exp.Expr, types: Types) -> exp.Expr:
    if isinstance(node.expression, exp.Null):
        return cast(exp.null(), "json")
    steps, document = _literal_steps(node.expression), as_json(node.this, types)
    return call("pg_extract_path", document, node.expression) if steps is None else _walk(document, steps)


def _extract_path(node: exp.Expr, types: Types) -> exp.Expr:
    document, *steps = node.expressions
    if any(map(is_variadic, steps)):
        raise IamsqlError(f"{node.this} takes each key as an argument here; use #> with an array.")
    return _walk(as_json(document, types), steps)


def _text_of(rewrite: Callable[[exp.Expr, Types], exp.Expr]) -> Rewrite:
    return lambda node, types: call("pg_scalar_text", rewrite(node, types))


def _change(document: exp.Expr, steps: list[exp.Expr], macro: str, *arguments: exp.Expr) -> exp.Expr:
    """Change the value at the end of a path by a macro; a part of the path that is missing is not created."""
    if len(steps) == 1:
        return call(macro, document.copy(), steps[0].copy(), *arguments)
    inner = _change(call("pg_extract_step", document.copy(), steps[0].copy()), steps[1:], macro, *arguments)
    return call("pg_set_value", document.copy(), steps[0].copy(), inner, exp.false())


def _set(node: exp.Expr, types: Types) -> exp.Expr:
    document, path, new_value, *option = node.expressions
    steps, value = _required_steps(path, str(node.this)), as_json(new_value, types)
    macro = "pg_set_value" if node.this == "jsonb_set" else "pg_insert_value"
    target = as_json(document, types)
    changed = _change(target, steps, macro, value, *option[:1]) if steps else target
    # Both functions are strict: a NULL argument makes the result NULL. The macros would write JSON null.
    return changed if literal_text(new_value) is not None else when(not_null(value.copy()), changed)


def _delete_path(node: exp.Expr, types: Types) -> exp.Expr:
    steps = _required_steps(node.expression, "#-")
    document = as_json(node.this, types)
    return _change(document, steps, "pg_delete_step") if steps else document


def _delete(node: exp.Expr, types: Types) -> exp.Expr | None:
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


def _merge(node: exp.Expr, types: Types) -> exp.Expr | None:
    if types.of(node) != "json":
        return None
    return call("pg_concatenate_json", paren(as_json(node.this, types)), paren(as_json(node.expression, types)))


def _path(call_node: exp.Expr) -> Path:
    """Compile the path of a call; raise IamsqlError for a path that is not literal or is not supported."""
    arguments, function = call_node.expressions, str(call_node.this)
    literal = required_literal(arguments[1], f"The path of {function}")
    if any(isinstance(argument, exp.Kwarg) for argument in arguments):
        raise IamsqlError(f"{function} takes its arguments by position here, not by name.")
    path = Path(literal, "json_extract(both_, '$[0]')", "json_extract(both_, '$[1]')" if len(arguments) > 2 else "")
    is_silent = len(arguments) > 3 and not (isinstance(arguments[3], exp.Boolean) and not arguments[3].this)
    if is_silent and path.may_fail:
        raise IamsqlError(
            f"{function} with the argument silent is not supported for a path that can fail: '{literal}'."
        )
    return path


def _apply(arguments: list[exp.Expr], path: Path, types: Types) -> exp.Expr:
    """Evaluate a path; a lambda binds the document and the variables, so DuckDB computes them once."""
    variables = as_json(arguments[2], types) if len(arguments) > 2 else text("{}")
    document = as_json(arguments[0], types)
    both = when(not_null(document.copy()), call("json_array", document, variables))
    body = exp.Var(this=f"lambda both_: case when both_ is not null then {path.sql} end")
    return call("list_extract", call("list_transform", exp.Array(expressions=[both]), body), number(1))


def _raise_errors(path: Path) -> None:
    """Raise an error at run time where the SQL of the path is NULL, which represents an error in a step."""
    if path.may_fail:
        message = f"The JSON path '{path.path}' found a value of another type, or no value, which is an error."
        path.sql = f"coalesce({path.sql}, error({quote(message)}))"


def _items(node: exp.Expr, types: Types, silent: bool = False) -> exp.Expr:
    """Return the items that a path selects; the only item of a predicate is its result."""
    path = _path(node)
    if path.is_predicate:
        path.sql = f"[coalesce(to_json({path.sql}), 'null'::json)]"
    elif not (silent and path.is_strict):
        _raise_errors(path)
    return _apply(node.expressions, path, types)


def _exists(node: exp.Expr, types: Types) -> exp.Expr:
    """Report whether a path selects an item; the operator returns NULL for an error of a strict path."""
    items = _items(node, types, silent=node.this == "@?")
    return exp.Paren(this=exp.GT(this=call("len", items), expression=number(0)))


def _match(node: exp.Expr, types: Types) -> exp.Expr:
    """Return the boolean that a path selects; the operator returns NULL for any other result."""
    path = _path(node)
    if not path.is_predicate:
        is_silent = node.this == "@@"
        if not is_silent:
            _raise_errors(path)
        path.sql = f"pg_path_boolean({path.sql}, {'true' if is_silent else 'false'})"
    return _apply(node.expressions, path, types)


OPERATORS = {
    exp.JSONBExtract: _get,
    exp.JSONBExtractScalar: _text_of(_get),
    exp.JSONBDeleteAtPath: _delete_path,
    exp.JSONBPathExists: lambda node, types: _exists(call("@?", node.this, node.expression), types),
    grammar.PathMatch: lambda node, types: _match(call("@@", node.this, node.expression), types),
    exp.Sub: _delete,
    exp.DPipe: _merge,
}
_PATH_FUNCTIONS: dict[str, Function] = {
    "query_array": Function(lambda node, types: call("to_json", _items(node, types)), "json"),
    "query_first": Function(lambda node, types: call("list_extract", _items(node, types), number(1)), "json"),
    "exists": Function(_exists, "boolean"),
    "match": Function(_match, "boolean"),
}
FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(("jsonb_extract_path", "json_extract_path"), Function(_extract_path, "json")),
    **dict.fromkeys(("jsonb_extract_path_text", "json_extract_path_text"), Function(_text_of(_extract_path), "text")),
    # The variants with _tz differ only in datetime(), which is not supported.
    **{f"jsonb_path_{name}{tz}": function for name, function in _PATH_FUNCTIONS.items() for tz in ("", "_tz")},
    **dict.fromkeys(("jsonb_set", "jsonb_insert"), Function(_set, "json")),
}
SET_RETURNING = dict.fromkeys(("jsonb_path_query", "jsonb_path_query_tz"), Function(_items, "json"))
