"""Equality and order of documents, and conversion of the operands of JSON operators to JSON.

Stored JSON has one canonical spelling, so equal documents are equal strings; numbers alone may be spelled differently.
"""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, identifier, literal_integer, literal_text, text, unwrapped, when
from iamsql.dialect.literals import canonical_json, contains_number, read_json
from iamsql.dialect.typing import Function, Rewrite, Types, case_results, untyped
from iamsql.model import IamsqlError

_SUBQUERY = "sorted_"


def json_literal(document: str) -> exp.Expr:
    """Return a JSON literal in its canonical spelling; raise IamsqlError for text that is not JSON."""
    node = cast(text(canonical_json(document)), "json")
    node.meta.update(type="json", document=document)  # containment reads the document (json_operators.py)
    return node


def as_json(node: exp.Expr, types: Types) -> exp.Expr:
    """Return an operand as JSON: a literal is converted now, text at run time."""
    document = literal_text(node) if untyped(node) else None
    if document is not None:
        return json_literal(document)
    if types.of(node) in ("json", "null", "unknown"):
        return node.copy()
    return call("pg_jsonb", node.copy())


def literal_document(node: exp.Expr) -> str | None:
    """Return the text of a JSON literal, with or without its cast; None for any other expression."""
    node = unwrapped(node) or node
    if "document" in node.meta:
        return str(node.meta["document"])
    return literal_text(node) if untyped(node) else None


def _key(node: exp.Expr) -> exp.Expr:
    """Return a text that is equal for documents that differ only in the spelling of numbers."""
    return call("pg_json_key", node)


def _compare(node: exp.Expr, types: Types) -> exp.Expr | None:
    operands = [node.this, node.expression]
    if "json" not in map(types.of, operands) or isinstance(node.expression, exp.Any | exp.All):
        return None
    literal = next((found for operand in operands if (found := literal_document(operand)) is not None), None)
    documents = [as_json(operand, types) for operand in operands]
    if literal is None or contains_number(read_json(literal)):
        documents = [_key(document) for document in documents]
    return exp.Paren(this=type(node)(this=documents[0], expression=documents[1]))


def _in(node: exp.Expr, types: Types) -> exp.Expr | None:
    if types.of(node.this) != "json" or not node.expressions:
        return None
    items = [_key(as_json(item, types)) for item in node.expressions]
    return exp.In(this=_key(node.this.copy()), expressions=items)


def convert_literals(nodes: list[exp.Expr], types: Types) -> None:
    """Convert the literals among expressions that have a common type to JSON, if one of them is JSON."""
    if any(types.of(node) == "json" for node in nodes if not untyped(node)):
        for node in nodes:
            if untyped(node) and (document := literal_text(node)) is not None:
                node.replace(json_literal(document))


def _values(node: exp.Expr, types: Types) -> None:
    rows = [list(row.expressions) if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
    for column in zip(*rows, strict=False):
        convert_literals(list(column), types)


def _nullif(node: exp.Expr, types: Types) -> exp.Expr | None:
    first, second = node.expressions
    if types.of(first) != "json":
        return None
    equal = exp.EQ(this=_key(first.copy()), expression=_key(as_json(second, types)))
    # NULL on one side is not equal, so the result is the first argument.
    return when(exp.Not(this=exp.func("coalesce", equal, exp.false())), first.copy())


def _compare_order(node: exp.Expr, types: Types) -> exp.Expr | None:
    if "json" not in (types.of(node.this), types.of(node.expression)):
        return None
    left, right = (call("pg_json_sort_key", as_json(operand, types)) for operand in (node.this, node.expression))
    return exp.Paren(this=type(node)(this=left, expression=right))


def _between(node: exp.Expr, types: Types) -> exp.Expr | None:
    if types.of(node.this) != "json":
        return None
    bounds = {name: call("pg_json_sort_key", as_json(node.args[name], types)) for name in ("this", "low", "high")}
    return exp.Between(**bounds)


def _sorts_results_only(query: exp.Expr | None) -> bool:
    """Report whether ORDER BY may refer only to result columns: in a set operation, and with DISTINCT."""
    if isinstance(query, exp.SetOperation):
        return True
    distinct = query.args.get("distinct") if isinstance(query, exp.Select) else None
    return distinct is not None and not distinct.args.get("on")


def _ordered(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Sort by a sort key; `_wrap` handles a query that may sort only by its result columns."""
    query = node.find_ancestor(exp.Select, exp.SetOperation, exp.Anonymous)
    is_distinct_aggregate = isinstance(query, exp.Anonymous) and query.find(exp.Distinct) is not None
    if types.of(node.this) != "json" or _sorts_results_only(query) or is_distinct_aggregate:
        return None
    ordered = node.copy()
    ordered.set("this", call("pg_json_sort_key", node.this.copy()))
    return ordered


def _result(key: exp.Expr, results: list[exp.Expr]) -> exp.Expr | None:
    """Return the result column that a sort key refers to by its position, its name or its expression."""
    position = literal_integer(key)
    if position is not None:
        return results[position - 1] if 0 < position <= len(results) else None
    name = key.name if isinstance(key, exp.Column) else None
    return next(
        (node for node in results if node.alias == name or (isinstance(node, exp.Alias) and node.this == key)), None
    )


def _wrap(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Sort a query with DISTINCT, or a set operation, by the sort keys of its JSON columns in a query around it."""
    # Such a query may sort by its result columns only, and a sort key is an expression.
    order = node.args.get("order")
    if order is None or not _sorts_results_only(node):
        return None
    first = node
    while isinstance(first, exp.SetOperation | exp.Subquery):
        first = first.this
    results = list(first.expressions) if isinstance(first, exp.Select) else []
    keys = [_result(ordered.this, results) for ordered in order.expressions]
    if not any(_is_json(key, types) for key in keys):
        return None
    names = [result.alias for result in results]
    if None in keys or len({*names}) < len(names):
        raise IamsqlError("ORDER BY a JSON value beside DISTINCT or UNION needs result columns with distinct names.")
    inner, sorted_by = node.copy(), []
    for ordered, key in zip(order.expressions, keys, strict=True):
        outer_key = ordered.copy()
        column = exp.column(key.alias if key is not None else "", _SUBQUERY, quoted=True)
        outer_key.set("this", call("pg_json_sort_key", column) if _is_json(key, types) else column)
        sorted_by.append(outer_key)
    outer = {"order": exp.Order(expressions=sorted_by), **{name: inner.args.get(name) for name in ("limit", "offset")}}
    for name in outer:
        inner.set(name, None)
    subquery = exp.Subquery(this=inner, alias=exp.TableAlias(this=identifier(_SUBQUERY)))
    return exp.Select(expressions=[exp.Star()], from_=exp.From(this=subquery), **outer)


def _is_json(result: exp.Expr | None, types: Types) -> bool:
    return types.of(result.this if isinstance(result, exp.Alias) else result) == "json"


OPERATORS: dict[type[exp.Expr], Rewrite] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ), _compare),
    **dict.fromkeys((exp.GT, exp.GTE, exp.LT, exp.LTE), _compare_order),
    **dict.fromkeys((exp.Select, exp.Union, exp.Except, exp.Intersect), _wrap),
    exp.Between: _between,
    exp.Case: lambda node, types: convert_literals(case_results(node), types),
    exp.In: _in,
    exp.Ordered: _ordered,
    exp.Values: _values,
}
FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(
        ("greatest", "least"), Function(lambda node, types: convert_literals(node.expressions, types), "arg")
    ),
    "nullif": Function(_nullif, "arg"),
}
