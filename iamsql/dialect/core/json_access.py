"""`->` and `->>`: a text is a key, an integer is a position, and a chain of literal keys becomes one JSON path."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_integer, literal_text, null, text
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.typing import Types


def path_step(key: str) -> str:
    """Return a key as a step of a DuckDB JSON path, in which no character of it has a special meaning."""
    return '."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def extend_path(document: exp.Expr, steps: str, function: str = "json_extract") -> exp.Expr:
    """Extract by literal steps; steps after json_extract with a literal path extend its path instead.

    The path is stored in meta["path"], so that the next step extends it.
    """
    before = document.meta.get("path")
    path = f"{before or '$'}{steps}"
    extracted = call(function, document.expressions[0] if before else document, text(path))
    if function == "json_extract":
        extracted.meta["path"] = path
    return extracted


def _literal_step(node: exp.Expr) -> str | None:
    """Return the path step of a literal key or position; None where it is known only at run time."""
    key, position = literal_text(node), literal_integer(node)
    if key is not None:
        return path_step(key) if key else None
    if position is not None:
        return f"[{position}]" if position >= 0 else f"[#{position}]"
    return None


def _runtime_path(node: exp.Expr, types: Types) -> exp.Expr:
    if literal_text(node) == "":
        return text("/")
    if types.of(node) == "int":
        return cast(node.copy(), "bigint")
    return call("pg_path", cast(node.copy(), "varchar"))


def _precedes_key(node: exp.Expr) -> bool:
    """Report whether a literal key is extracted next, which is NULL of a scalar and of a missing element alike."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if not isinstance(parent, exp.JSONExtract | exp.JSONExtractScalar) or node.arg_key != "this":
        return False
    return literal_text(parent.expression) not in (None, "")


def _extract(node: exp.Expr, types: Types, function: str, element_macro: str) -> exp.Expr:
    key = node.expression
    if isinstance(key, exp.Null):
        return null()
    document, step = as_json(node.this, types), _literal_step(key)
    if types.of(key) == "int" and literal_integer(key) in (0, -1, None) and not _precedes_key(node):
        # PostgreSQL treats a scalar document as an array of one element.
        return call(element_macro, document, cast(key.copy(), "bigint"))
    if step is None:
        return call(function, document, _runtime_path(key, types))
    inner = document.this if isinstance(document, exp.Paren) else document
    return extend_path(inner if "path" in inner.meta else document, step, function)


OPERATORS = {
    exp.JSONExtract: lambda node, types: _extract(node, types, "json_extract", "pg_element"),
    exp.JSONExtractScalar: lambda node, types: _extract(node, types, "pg_get_text", "pg_element_text"),
}
