"""-> and ->>: a text is a key, a whole number a position, and chains of written keys become one path."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, literal, null, text, whole
from iamsql.dialect.typing import Kinds


def step(key: str) -> str:
    """Write a key as a step of a DuckDB JSON path; no letter of it has a meaning of its own."""
    return '."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _steps(node: exp.Expr) -> str | None:
    """Give the path of a written key or position; None when it is known only when the query runs."""
    key, place = literal(node), whole(node)
    if key is not None:
        return step(key) if key else None
    if place is not None:
        return f"[{place}]" if place >= 0 else f"[#{place}]"
    return None


def _path(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    if literal(node) == "":
        return text("/")
    if kinds.of(node) == "int":
        return exp.Cast(this=node.copy(), to=exp.DataType.build("bigint"))
    return call("pg_path", exp.Cast(this=node.copy(), to=exp.DataType.build("varchar")))


def document(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give the left side as JSON: what PostgreSQL knows as JSON is, a literal becomes it."""
    from iamsql.dialect.core.json_comparison import as_json

    return as_json(node, kinds)


def _is_key_next(node: exp.Expr) -> bool:
    """Tell whether a written key is read next, which gives the same of a scalar and of no value at all."""
    above = node.parent
    while isinstance(above, exp.Paren):
        above = above.parent
    if not isinstance(above, exp.JSONExtract | exp.JSONExtractScalar) or node.arg_key != "this":
        return False
    return literal(above.expression) not in (None, "")


def _placed(node: exp.Expr, left: exp.Expr, function: str) -> exp.Expr:
    """Read by position: a scalar that stands alone is its own first and last element, as PostgreSQL has it."""
    macro = "pg_element" if function == "json_extract" else "pg_element_text"
    place = exp.Cast(this=node.expression.copy(), to=exp.DataType.build("bigint"))
    return call(macro, left, place)


def _read(node: exp.Expr, kinds: Kinds, function: str) -> exp.Expr:
    if isinstance(node.expression, exp.Null):
        return null()
    left, steps = document(node.this, kinds), _steps(node.expression)
    if kinds.of(node.expression) == "int" and whole(node.expression) in (0, -1, None) and not _is_key_next(node):
        return _placed(node, left, function)
    inner = left.this if isinstance(left, exp.Paren) else left
    before = inner.meta.get("path")
    if steps is None:
        return call(function, left, _path(node.expression, kinds))
    path = f"{before or '$'}{steps}"
    made = call(function, inner.expressions[0] if before else left, text(path))
    if function == "json_extract":
        made.meta["path"] = path
    return made


OPERATORS = {
    exp.JSONExtract: lambda node, kinds: _read(node, kinds, "json_extract"),
    exp.JSONExtractScalar: lambda node, kinds: _read(node, kinds, "pg_get_text"),
}
