"""Equality and order of documents, and conversion of the operands of JSON operators to JSON.

Stored JSON has one canonical spelling, so equal documents are equal strings; numbers alone may be spelled differently.
"""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_text, text, when, without_parentheses
from iamsql.dialect.literals import canonical_json, contains_number, read_json
from iamsql.dialect.typing import Function, Rewrite, Types, case_results, is_untyped
from iamsql.model import IamsqlError


def json_literal(document: str) -> exp.Expr:
    """Return a JSON literal in its canonical spelling; raise IamsqlError for text that is not JSON."""
    node = cast(text(canonical_json(document)), "json")
    node.meta.update(type="json", document=document)  # containment reads the document (json_operators.py)
    return node


def as_json(node: exp.Expr, types: Types) -> exp.Expr:
    """Return an operand as JSON: a literal is converted now, text at run time."""
    if isinstance(node, exp.Null):
        return cast(exp.null(), "json")
    document = literal_text(node) if is_untyped(node) else None
    if document is not None:
        return json_literal(document)
    if types.of(node) in ("json", "null", "unknown"):
        return node.copy()
    return call("pg_jsonb", node.copy())


def literal_document(node: exp.Expr) -> str | None:
    """Return the text of a JSON literal, with or without its cast; None for any other expression."""
    node = without_parentheses(node) or node
    if "document" in node.meta:
        return str(node.meta["document"])
    return literal_text(node) if is_untyped(node) else None


def _rewrite_equality(node: exp.Expr, types: Types) -> exp.Expr | None:
    operands = [node.this, node.expression]
    if "json" not in map(types.of, operands) or isinstance(node.expression, exp.Any | exp.All):
        return None
    literal = next((document for operand in operands if (document := literal_document(operand)) is not None), None)
    documents = [as_json(operand, types) for operand in operands]
    if literal is None or contains_number(read_json(literal)):
        documents = [call("pg_json_key", document) for document in documents]
    return exp.Paren(this=type(node)(this=documents[0], expression=documents[1]))


def _rewrite_in(node: exp.Expr, types: Types) -> exp.Expr | None:
    if types.of(node.this) != "json" or not node.expressions:
        return None
    items = [call("pg_json_key", as_json(item, types)) for item in node.expressions]
    return exp.In(this=call("pg_json_key", node.this.copy()), expressions=items)


def convert_literals(nodes: list[exp.Expr], types: Types) -> None:
    """Convert the literals among expressions that have a common type to JSON, if one of them is JSON."""
    if any(types.of(node) == "json" for node in nodes if not is_untyped(node)):
        for node in nodes:
            if is_untyped(node) and (document := literal_text(node)) is not None:
                node.replace(json_literal(document))


def _rewrite_values(node: exp.Expr, types: Types) -> None:
    rows = [list(row.expressions) if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
    for column in zip(*rows, strict=False):
        convert_literals(list(column), types)


def _rewrite_nullif(node: exp.Expr, types: Types) -> exp.Expr | None:
    first, second = node.expressions
    if types.of(first) != "json":
        return None
    equal = exp.EQ(this=call("pg_json_key", first.copy()), expression=call("pg_json_key", as_json(second, types)))
    # NULL on one side is not equal, so the result is the first argument.
    return when(exp.Not(this=exp.func("coalesce", equal, exp.false())), first.copy())


def _rewrite_comparison(node: exp.Expr, types: Types) -> exp.Expr | None:
    if "json" not in (types.of(node.this), types.of(node.expression)):
        return None
    left, right = (call("pg_json_sort_key", as_json(operand, types)) for operand in (node.this, node.expression))
    return exp.Paren(this=type(node)(this=left, expression=right))


def _rewrite_between(node: exp.Expr, types: Types) -> exp.Expr | None:
    if types.of(node.this) != "json":
        return None
    bounds = {name: call("pg_json_sort_key", as_json(node.args[name], types)) for name in ("this", "low", "high")}
    return exp.Between(**bounds)


def _rewrite_sort_key(node: exp.Expr, types: Types) -> exp.Expr | None:
    query = node.find_ancestor(exp.Select, exp.SetOperation, exp.Anonymous)
    is_distinct_aggregate = isinstance(query, exp.Anonymous) and query.find(exp.Distinct) is not None
    if types.of(node.this) != "json" or is_distinct_aggregate:
        return None
    # The sort key has lambdas, which DuckDB does not support around UNNEST and subqueries.
    if node.this.find(exp.Query) or any(part.name == "unnest" for part in node.this.find_all(exp.Anonymous)):
        raise IamsqlError(
            "ORDER BY a JSON value of a subquery or a set-returning function in SELECT is not supported: use it in FROM."
        )
    ordered = node.copy()
    ordered.set("this", call("pg_json_sort_key", node.this.copy()))
    return ordered


OPERATORS: dict[type[exp.Expr], Rewrite] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ), _rewrite_equality),
    **dict.fromkeys((exp.GT, exp.GTE, exp.LT, exp.LTE), _rewrite_comparison),
    exp.Between: _rewrite_between,
    exp.Case: lambda node, types: convert_literals(case_results(node), types),
    exp.In: _rewrite_in,
    exp.Ordered: _rewrite_sort_key,
    exp.Values: _rewrite_values,
}
FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(
        ("greatest", "least"), Function(lambda node, types: convert_literals(node.expressions, types), "arg")
    ),
    "nullif": Function(_rewrite_nullif, "arg"),
}
