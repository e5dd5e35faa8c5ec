"""Set-returning functions over JSON and lists: no rows for NULL, for JSON null and for what is no array or object."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, null, number, text
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError


def _unnest(rows: exp.Expr, part: str) -> exp.Expr:
    """Give the rows of a list, or their numbers."""
    if part == "ordinality":
        rows = call("generate_series", number(1), call("len", rows))
    return call("unnest", rows)


def _document(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return cast(null(), "json") if isinstance(node.expressions[0], exp.Null) else as_json(node.expressions[0], kinds)


def _elements(node: exp.Expr, kinds: Kinds, part: str) -> exp.Expr:
    return _unnest(cast(call("json_extract", _document(node, kinds), text("$[*]")), "json[]"), part)


def _element_texts(node: exp.Expr, kinds: Kinds, part: str) -> exp.Expr:
    rows = _elements(node, kinds, part)
    return rows if part else call("pg_scalar_text", rows)


def _each(node: exp.Expr, kinds: Kinds, part: str, texts: bool = False) -> exp.Expr:
    document = _document(node, kinds)
    if part == "value":
        values = _unnest(cast(call("json_extract", document, text("$.*")), "json[]"), "")
        return call("pg_scalar_text", values) if texts else values
    if part:
        return _unnest(call("json_keys", document), part)
    return _unnest(call("pg_each_text" if texts else "pg_each", document), "")


def _keys(node: exp.Expr, kinds: Kinds, part: str) -> exp.Expr:
    return _unnest(call("json_keys", _document(node, kinds)), part)


def _list(node: exp.Expr, kinds: Kinds, part: str) -> exp.Expr:
    if kinds.of(node.expressions[0]).endswith("[][]"):
        raise IamsqlError("unnest of an array of more than one dimension is not supported.")
    return _unnest(node.expressions[0].copy(), part)


def _glob(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("pg_glob", node.expressions[0].copy())


_OF_JSON = {
    "array_elements": _elements,
    "array_elements_text": _element_texts,
    "each": _each,
    "each_text": lambda node, kinds, part: _each(node, kinds, part, True),
    "object_keys": _keys,
}
UNFOLDS = {f"{kind}_{name}": rows for kind in ("json", "jsonb") for name, rows in _OF_JSON.items()} | {"unnest": _list}
KINDS = {
    **{f"{kind}_{name}": "json" for kind in ("json", "jsonb") for name in ("array_elements",)},
    **{f"{kind}_{name}": "text" for kind in ("json", "jsonb") for name in ("array_elements_text", "object_keys")},
    **{f"{kind}_{name}": "row" for kind in ("json", "jsonb") for name in ("each", "each_text")},
    "unnest": "element",
    "glob": "text",
}
REWRITES = {"glob": _glob}
