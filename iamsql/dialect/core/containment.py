"""Containment of documents (@> and <@) and of keys (?, ?| and ?&).

A literal document becomes tests of its parts; any other one is compared by a macro at run time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from iamsql.dialect.build import call, cast, is_null, literal_text, number, text, when
from iamsql.dialect.core.casts import text_array
from iamsql.dialect.core.json_access import extend_path, path_step
from iamsql.dialect.core.json_comparison import as_json, literal_document
from iamsql.dialect.literals import is_number, read_json, write_json
from iamsql.dialect.typing import Rewrite, Types
from iamsql.model import IamsqlError


def _contains(outer: exp.Expr, inner: exp.Expr, types: Types) -> exp.Expr | None:
    if "json" not in (types.of(outer), types.of(inner)):
        return None
    document, literal = as_json(outer, types), literal_document(inner)
    if literal is None:
        return call("pg_contains", document, as_json(inner, types))
    # A test of a missing member is NULL, and containment is NULL for a NULL document only.
    test = exp.func("coalesce", _test(document, read_json(literal), 0, top=True), exp.false())
    return when(exp.Not(this=is_null(document.copy())), test)


def _test(node: exp.Expr, value: Any, depth: int, top: bool = False) -> exp.Expr:
    """Test whether a document contains a value; FALSE or NULL where it does not. An array may contain a `top` scalar."""
    if isinstance(value, dict):
        members = [_test(_member(node, key), inner, depth) for key, inner in value.items()]
        return _conjunction([_has_type(node, "OBJECT"), *members])
    if isinstance(value, list):
        return _conjunction([_has_type(node, "ARRAY"), *_element_tests(node, value, depth)])
    if not top:
        return _equals(node, value)
    elements = _conjunction(_element_tests(node, [value], depth))
    return when(_has_type(node, "ARRAY"), elements, _equals(node, value))


def _member(node: exp.Expr, key: str) -> exp.Expr:
    return extend_path(node.copy(), path_step(key)) if key else call("json_extract", node.copy(), text("/"))


def _element_tests(node: exp.Expr, values: Sequence[Any], depth: int) -> list[exp.Expr]:
    """Test that some element of an array contains each value."""
    elements = cast(call("json_extract", node.copy(), text("$[*]")), "json[]")  # a folded constant has no type
    nested = [value for value in values if isinstance(value, dict | list) or is_number(value)]
    plain = [value for value in values if not (isinstance(value, dict | list) or is_number(value))]
    tests: list[exp.Expr] = []
    if plain:
        tests.append(call("list_has_all", elements, exp.Array(expressions=[_json(value) for value in plain])))
    for value in nested:
        # Names differ by depth, because the lambdas are nested.
        name = exp.to_identifier(f"held_{depth}")
        test = _test(exp.Column(this=name), value, depth + 1)
        matching = call("list_filter", elements.copy(), exp.Lambda(this=test, expressions=[name.copy()]))
        tests.append(exp.GT(this=call("len", matching), expression=number(0)))
    return tests


def _equals(node: exp.Expr, value: Any) -> exp.Expr:
    if is_number(value):  # a number has several spellings, such as 1 and 1.0
        return call("pg_equals_number", node.copy(), cast(number(float(value)), "double"))
    return exp.Paren(this=exp.EQ(this=node.copy(), expression=_json(value)))


def _json(value: Any) -> exp.Expr:
    return cast(text(write_json(value)), "json")


def _has_type(node: exp.Expr, json_type: str) -> exp.Expr:
    return exp.EQ(this=call("json_type", node.copy()), expression=text(json_type))


def _conjunction(tests: list[exp.Expr]) -> exp.Expr:
    return exp.Paren(this=exp.and_(*tests, copy=False))


def _has_key(node: exp.Expr, types: Types) -> exp.Expr:
    if types.of(node.this) == "ltree":
        raise IamsqlError("ltree ? lquery[] is not supported; use path ~ pattern for each pattern.")
    return call("pg_has_key", as_json(node.this, types), node.expression.copy())


def _has_keys(macro: str) -> Rewrite:
    def rewrite(node: exp.Expr, types: Types) -> exp.Expr:
        items = literal_text(node.expression)
        return call(macro, as_json(node.this, types), node.expression.copy() if items is None else text_array(items))

    return rewrite


OPERATORS = {
    exp.ArrayContainsAll: lambda node, types: _contains(node.this, node.expression, types),
    exp.ArrayContainedBy: lambda node, types: _contains(node.expression, node.this, types),
    exp.JSONBContainsTopKey: _has_key,
    exp.JSONBContainsAnyTopKeys: _has_keys("pg_has_any"),
    exp.JSONBContainsAllTopKeys: _has_keys("pg_has_all"),
}
