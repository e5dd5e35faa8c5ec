"""?, ?| and ?&: the strings of an array, the keys of an object, or an equal string; NULL stays NULL."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, literal
from iamsql.dialect.core.casts import text_array
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError


def _key(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    if kinds.of(node.this) == "ltree":
        raise IamsqlError("ltree ? lquery[] is not supported; use path ~ pattern for each pattern.")
    return call("pg_has_key", as_json(node.this, kinds), node.expression.copy())


OPERATORS = {
    exp.JSONBContainsTopKey: _key,
    exp.JSONBContainsAnyTopKeys: lambda node, kinds: _keys("pg_has_any", node, kinds),
    exp.JSONBContainsAllTopKeys: lambda node, kinds: _keys("pg_has_all", node, kinds),
}


def _keys(function: str, node: exp.Expr, kinds: Kinds) -> exp.Expr:
    keys = node.expression
    written = literal(keys)
    return call(function, as_json(node.this, kinds), text_array(written) if written is not None else keys.copy())
