"""JSON paths that are written out in the query: what they find, whether they find anything."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect import nodes
from iamsql.dialect.build import call, literal, number, text
from iamsql.dialect.core.documents import as_json
from iamsql.dialect.faces import Rewrite
from iamsql.dialect.kinds import Kinds
from iamsql.dialect.library._jsonpath import Path
from iamsql.model import IamsqlError


def _path(args: list[exp.Expr], name: str) -> Path:
    words = literal(args[1]) if len(args) > 1 else None
    if words is None:
        raise IamsqlError(f"{name} needs a path that is written out in the query.")
    return Path(words, "json_extract(both_, '$[0]')", "json_extract(both_, '$[1]')" if len(args) > 2 else "")


def _found(args: list[exp.Expr], path: Path, kinds: Kinds) -> exp.Expr:
    """Bind document and variables once, and give what the path makes of them."""
    variables = as_json(args[2], kinds) if len(args) > 2 else text("{}")
    document = as_json(args[0], kinds)
    missing = exp.Is(this=document.copy(), expression=exp.Null())
    bound = exp.Case(ifs=[exp.If(this=exp.Not(this=missing), true=call("json_array", document, variables))])
    body = exp.Var(this=f"lambda both_: case when both_ is not null then {path.sql} end")
    return call("list_extract", call("list_transform", exp.Array(expressions=[bound]), body), number(1))


def _items(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give the items that a path finds; a predicate gives one, its truth."""
    args = node.expressions
    path = _path(args, str(node.this))
    if path.predicate:
        path.sql = f"[coalesce(to_json({path.sql}), 'null'::json)]"
    return _found(args, path, kinds)


def _array(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("to_json", _items(node, kinds))


def _first(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("list_extract", _items(node, kinds), number(1))


def _exists(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return exp.Paren(this=exp.GT(this=call("len", _items(node, kinds)), expression=number(0)))


def _match(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    args = node.expressions
    path = _path(args, str(node.this))
    if not path.predicate:
        raise IamsqlError(f"{node.this} needs a path that is a comparison, such as '$.a == 1'.")
    return _found(args, path, kinds)


def _operator(name: str) -> Rewrite:
    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr:
        function = {"@?": _exists, "@@": _match}[name]
        return function(exp.Anonymous(this=name, expressions=[node.this, node.expression]), kinds)

    return rewrite


REWRITES: dict[str, Rewrite] = {
    "jsonb_path_query_array": _array,
    "jsonb_path_query_first": _first,
    "jsonb_path_exists": _exists,
    "jsonb_path_match": _match,
}
TABLES: dict[str, Rewrite] = {"jsonb_path_query": _items}
OPERATORS = {exp.JSONBPathExists: _operator("@?"), nodes.PathMatch: _operator("@@")}
KINDS = {
    "jsonb_path_query": "json",
    "jsonb_path_query_array": "json",
    "jsonb_path_query_first": "json",
    "jsonb_path_exists": "boolean",
    "jsonb_path_match": "boolean",
}
