"""JSON path functions and operators (jsonb_path_query …, @? and @@), with literal paths."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect import nodes
from iamsql.dialect.build import call, is_null, literal_text, number, quote, text, when
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.library._jsonpath import Path
from iamsql.dialect.typing import Function, Rewrite, Types
from iamsql.model import IamsqlError


def _path(arguments: list[exp.Expr], function: str) -> Path:
    """Compile the path of a call; raise IamsqlError for a path that is not literal or is not supported."""
    literal = literal_text(arguments[1]) if len(arguments) > 1 else None
    if literal is None:
        raise IamsqlError(f"{function} needs a string literal as its path.")
    if any(isinstance(argument, exp.Kwarg) for argument in arguments):
        raise IamsqlError(f"{function} takes its arguments by position here, not by name.")
    path = Path(literal, "json_extract(both_, '$[0]')", "json_extract(both_, '$[1]')" if len(arguments) > 2 else "")
    is_silent = len(arguments) > 3 and not (isinstance(arguments[3], exp.Boolean) and not arguments[3].this)
    if is_silent and path.steps.may_fail:
        raise IamsqlError(
            f"{function} with the argument silent is not supported for a path that can fail: '{literal}'."
        )
    return path


def _apply(arguments: list[exp.Expr], path: Path, types: Types) -> exp.Expr:
    """Evaluate a path; a lambda binds the document and the variables, so that DuckDB computes them once."""
    variables = as_json(arguments[2], types) if len(arguments) > 2 else text("{}")
    document = as_json(arguments[0], types)
    both = when(exp.Not(this=is_null(document.copy())), call("json_array", document, variables))
    body = exp.Var(this=f"lambda both_: case when both_ is not null then {path.sql} end")
    return call("list_extract", call("list_transform", exp.Array(expressions=[both]), body), number(1))


def _raise_errors(path: Path) -> None:
    """Raise an error at run time where the SQL of the path is NULL, which represents an error in a step."""
    if path.steps.may_fail and not path.is_predicate:
        message = f"The JSON path '{path.path}' found a value of another type, or no value, which is an error."
        path.sql = f"coalesce({path.sql}, error({quote(message)}))"


def _items(node: exp.Expr, types: Types, silent: bool = False) -> exp.Expr:
    """Return the items that a path selects; the only item of a predicate is its result."""
    path = _path(node.expressions, str(node.this))
    if path.is_predicate:
        path.sql = f"[coalesce(to_json({path.sql}), 'null'::json)]"
    elif not (silent and path.steps.strict):
        _raise_errors(path)
    return _apply(node.expressions, path, types)


def _query_array(node: exp.Expr, types: Types) -> exp.Expr:
    return call("to_json", _items(node, types))


def _query_first(node: exp.Expr, types: Types) -> exp.Expr:
    return call("list_extract", _items(node, types), number(1))


def _exists(node: exp.Expr, types: Types) -> exp.Expr:
    """Report whether a path selects an item; the operator returns NULL for an error of a strict path."""
    items = _items(node, types, silent=node.this == "@?")
    return exp.Paren(this=exp.GT(this=call("len", items), expression=number(0)))


def _match(node: exp.Expr, types: Types) -> exp.Expr:
    """Return the boolean that a path selects; the operator returns NULL for any other result."""
    path = _path(node.expressions, str(node.this))
    if not path.is_predicate:
        is_silent = node.this == "@@"
        if not is_silent:
            _raise_errors(path)
        path.sql = f"pg_path_boolean({path.sql}, {'true' if is_silent else 'false'})"
    return _apply(node.expressions, path, types)


def _operator(symbol: str, function: Rewrite) -> Rewrite:
    return lambda node, types: function(exp.Anonymous(this=symbol, expressions=[node.this, node.expression]), types)


OPERATORS = {exp.JSONBPathExists: _operator("@?", _exists), nodes.PathMatch: _operator("@@", _match)}
# The variants with _tz differ in datetime() only, which is not supported.
FUNCTIONS: dict[str, Function[Rewrite]] = {
    **dict.fromkeys(("jsonb_path_query_array", "jsonb_path_query_array_tz"), Function(_query_array, "json")),
    **dict.fromkeys(("jsonb_path_query_first", "jsonb_path_query_first_tz"), Function(_query_first, "json")),
    **dict.fromkeys(("jsonb_path_exists", "jsonb_path_exists_tz"), Function(_exists, "boolean")),
    **dict.fromkeys(("jsonb_path_match", "jsonb_path_match_tz"), Function(_match, "boolean")),
}
SET_RETURNING = dict.fromkeys(("jsonb_path_query", "jsonb_path_query_tz"), Function(_items, "json"))
