"""Values as JSON: times in ISO 8601, rows as objects, everything in the one spelling of jsonb."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from iamsql.dialect.build import call, cast, null, text
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.typing import Kinds, untyped

_SAME = ("text", "int", "boolean", "uuid", "inet", "ltree")  # DuckDB's to_json spells them as PostgreSQL does


def to_document(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give a value as JSON; NULL stays NULL."""
    kind = kinds.of(node)
    if kind == "json":
        return node.copy()
    if isinstance(node, exp.Null):
        return cast(null(), "json")
    made = _spelled(node, kind, kinds)
    if untyped(node) or kind == "row":
        return made
    return exp.Case(ifs=[exp.If(this=exp.Is(this=node.copy(), expression=exp.Not(this=null())), true=made)])


def element(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give a value as it goes into a list that becomes JSON: what to_json spells as PostgreSQL does stays as it is."""
    return node.copy() if kinds.of(node) in (*_SAME, "json", "null") else to_document(node, kinds)


def _spelled(node: exp.Expr, kind: str, kinds: Kinds) -> exp.Expr:
    if kind in _SAME or untyped(node):
        return call("to_json", node.copy())
    if kind == "row" and (columns := node.meta.get("columns")) is not None:
        return row(node.name, columns, kinds)
    if kind in ("timestamptz", "timestamp"):
        return call("to_json", call("pg_iso_time", cast(node.copy(), "varchar")))
    if kind in ("date", "time", "interval"):
        return call("to_json", as_text(node, kinds))
    if kind in ("float", "number"):
        return cast(call("pg_text", node.copy()), "json")
    if kind.endswith("[]"):
        return _list(node, kind.removesuffix("[]"), kinds)
    return call("pg_jsonb", call("to_json", node.copy()))


def _list(node: exp.Expr, kind: str, kinds: Kinds) -> exp.Expr:
    if kind in (*_SAME, "json"):
        return call("to_json", node.copy())
    name = exp.to_identifier("value_")
    one = exp.Column(this=name)
    one.meta["kind"] = kind
    each = exp.Lambda(this=to_document(one, kinds), expressions=[name.copy()])
    return call("to_json", call("list_transform", node.copy(), each))


def row(table: str, columns: Mapping[str, str], kinds: Kinds) -> exp.Expr:
    """Give a row as an object of its columns, in the order of keys that jsonb has."""
    parts: list[exp.Expr] = []
    for name in sorted(
        (name for name in columns if "\0" not in name), key=lambda key: (len(key.encode()), key.encode())
    ):
        column = exp.column(name, table, quoted=True)
        column.meta["kind"] = columns[name]
        parts += [text(name), element(column, kinds)]
    return call("json_object", *parts)


def _to_jsonb(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    made = to_document(node.expressions[0], kinds)
    kind = kinds.of(node.expressions[0])
    if node.this == "to_json" and (kind == "row" or kind.endswith("[]")):
        made.meta["json_text"] = "to_json"  # its text has no blanks, and the columns in their own order
    return made


REWRITES = {
    "to_jsonb": _to_jsonb,
    "to_json": _to_jsonb,
}
KINDS = {"to_jsonb": "json", "to_json": "json"}
