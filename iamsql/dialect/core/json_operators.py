"""Operators of documents: -> and ->>, containment (@> and <@) and keys (?, ?| and ?&).

A chain of literal keys becomes one JSON path. Any other key is quoted by a macro at run time.
"""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_integer, literal_text, text
from iamsql.dialect.core.casts import text_array
from iamsql.dialect.core.json_comparison import as_json, literal_document
from iamsql.dialect.literals import contains_number, read_json
from iamsql.dialect.typing import Rewrite, Types
from iamsql.model import IamsqlError


def _path_step(key: str) -> str:
    """Return a key as a step of a DuckDB JSON path, where no character of the key has a special meaning."""
    return '."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _extend_path(document: exp.Expr, steps: str, function: str = "json_extract") -> exp.Expr:
    """Extract by literal steps; steps after json_extract with a literal path extend its path instead.

    The path is stored in meta["path"], so the next step extends it.
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
        return _path_step(key) if key else None
    if position is not None:
        return f"[{position}]" if position >= 0 else f"[#{position}]"
    return None


def _runtime_path(node: exp.Expr, types: Types) -> exp.Expr:
    if literal_text(node) == "":
        return text("/")  # DuckDB has no JSON path for the empty key, only a JSON pointer
    return cast(node.copy(), "bigint") if types.of(node) == "int" else call("pg_path", cast(node.copy(), "varchar"))


def _precedes_key(node: exp.Expr) -> bool:
    """Report whether a literal key is extracted next: the result is NULL both for a scalar and for a missing element."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if not isinstance(parent, exp.JSONExtract | exp.JSONExtractScalar) or node.arg_key != "this":
        return False
    return literal_text(parent.expression) not in (None, "")


def _rewrite_extraction(node: exp.Expr, types: Types, function: str, element_macro: str) -> exp.Expr:
    key = node.expression
    if isinstance(key, exp.Null):
        return exp.null()
    document, step = as_json(node.this, types), _literal_step(key)
    if types.of(key) == "int" and literal_integer(key) in (0, -1, None) and not _precedes_key(node):
        # PostgreSQL treats a scalar document as an array of one element, which has the positions 0 and -1. DuckDB returns NULL.
        return call(element_macro, document, cast(key.copy(), "bigint"))
    if step is None:
        return call(function, document, _runtime_path(key, types))
    inner = document.this if isinstance(document, exp.Paren) else document
    return _extend_path(inner if "path" in inner.meta else document, step, function)


def _rewrite_containment(outer: exp.Expr, inner: exp.Expr, types: Types) -> exp.Expr | None:
    if "json" not in (types.of(outer), types.of(inner)):
        return None
    documents, literal = [as_json(outer, types), as_json(inner, types)], literal_document(inner)
    if literal is None or contains_number(read_json(literal)):
        documents = [call("pg_json_key", document) for document in documents]
    return call("pg_contains", *documents)


def _rewrite_has_key(node: exp.Expr, types: Types) -> exp.Expr:
    if types.of(node.this) == "ltree":
        raise IamsqlError("ltree ? lquery[] is not supported; use path ~ pattern for each pattern.")
    return call("pg_has_key", as_json(node.this, types), node.expression.copy())


def _has_keys_rewrite(macro: str) -> Rewrite:
    def rewrite(node: exp.Expr, types: Types) -> exp.Expr:
        items = literal_text(node.expression)
        return call(macro, as_json(node.this, types), node.expression.copy() if items is None else text_array(items))

    return rewrite


OPERATORS: dict[type[exp.Expr], Rewrite] = {
    exp.JSONExtract: lambda node, types: _rewrite_extraction(node, types, "json_extract", "pg_element"),
    exp.JSONExtractScalar: lambda node, types: _rewrite_extraction(node, types, "pg_get_text", "pg_element_text"),
    exp.ArrayContainsAll: lambda node, types: _rewrite_containment(node.this, node.expression, types),
    exp.ArrayContainedBy: lambda node, types: _rewrite_containment(node.expression, node.this, types),
    exp.JSONBContainsTopKey: _rewrite_has_key,
    exp.JSONBContainsAnyTopKeys: _has_keys_rewrite("pg_has_any"),
    exp.JSONBContainsAllTopKeys: _has_keys_rewrite("pg_has_all"),
}
