"""JSON paths that are written out in the query: what they find, whether they find anything."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect import nodes
from iamsql.dialect.build import call, literal, number, text
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.library._jsonpath import Path
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError
from iamsql.sqltext import literal as quoted


def _path(args: list[exp.Expr], name: str) -> Path:
    words = literal(args[1]) if len(args) > 1 else None
    if words is None:
        raise IamsqlError(f"{name} needs a path that is written out in the query.")
    if any(isinstance(arg, exp.Kwarg) for arg in args):
        raise IamsqlError(f"{name} takes its arguments by position here, not by name.")
    path = Path(words, "json_extract(both_, '$[0]')", "json_extract(both_, '$[1]')" if len(args) > 2 else "")
    if len(args) > 3 and path.steps.may_fail and not (isinstance(args[3], exp.Boolean) and not args[3].this):
        raise IamsqlError(f"{name} with the argument silent is not supported for a path that can fail: '{words}'.")
    return path


def _found(args: list[exp.Expr], path: Path, kinds: Kinds) -> exp.Expr:
    """Bind document and variables once, and give what the path makes of them."""
    variables = as_json(args[2], kinds) if len(args) > 2 else text("{}")
    document = as_json(args[0], kinds)
    missing = exp.Is(this=document.copy(), expression=exp.Null())
    bound = exp.Case(ifs=[exp.If(this=exp.Not(this=missing), true=call("json_array", document, variables))])
    body = exp.Var(this=f"lambda both_: case when both_ is not null then {path.sql} end")
    return call("list_extract", call("list_transform", exp.Array(expressions=[bound]), body), number(1))


def _loud(path: Path) -> None:
    """Turn the NULL that stands for an error into one."""
    if path.steps.may_fail and not path.predicate:
        why = quoted(f"The JSON path '{path.path}' met a value of another type, or a missing one, which is an error.")
        path.sql = f"coalesce({path.sql}, error({why}))"


def _items(node: exp.Expr, kinds: Kinds, silent: bool = False) -> exp.Expr:
    """Give the items that a path finds; a predicate gives one, its truth."""
    args = node.expressions
    path = _path(args, str(node.this))
    if path.predicate:
        path.sql = f"[coalesce(to_json({path.sql}), 'null'::json)]"
    elif not (silent and path.steps.strict):
        _loud(path)
    return _found(args, path, kinds)


def _array(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("to_json", _items(node, kinds))


def _first(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("list_extract", _items(node, kinds), number(1))


def _exists(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Tell whether a path finds anything; the operator gives NULL for an error of a strict path."""
    found = _items(node, kinds, silent=node.this == "@?")
    return exp.Paren(this=exp.GT(this=call("len", found), expression=number(0)))


def _match(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give the truth value that a path finds; the operator gives NULL where the path finds anything else."""
    args = node.expressions
    path = _path(args, str(node.this))
    if not path.predicate:
        silent = node.this == "@@"
        if not silent:
            _loud(path)
        path.sql = f"pg_path_truth({path.sql}, {'true' if silent else 'false'})"
    return _found(args, path, kinds)


def _operator(name: str) -> Rewrite:
    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr:
        function = {"@?": _exists, "@@": _match}[name]
        return function(exp.Anonymous(this=name, expressions=[node.this, node.expression]), kinds)

    return rewrite


# The variants with _tz differ in datetime() only, which is not supported.
REWRITES: dict[str, Rewrite] = {
    f"jsonb_path_{name}{zone}": rewrite
    for name, rewrite in {"query_array": _array, "query_first": _first, "exists": _exists, "match": _match}.items()
    for zone in ("", "_tz")
}
TABLES: dict[str, Rewrite] = {"jsonb_path_query": _items, "jsonb_path_query_tz": _items}
OPERATORS = {exp.JSONBPathExists: _operator("@?"), nodes.PathMatch: _operator("@@")}
KINDS = {name: "boolean" if "exists" in name or "match" in name else "json" for name in (*REWRITES, *TABLES)}
