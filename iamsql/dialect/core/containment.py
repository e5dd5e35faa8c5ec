"""@> and <@ on documents: a literal is expanded into tests of its parts, anything else is walked when the query runs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlglot import exp

from iamsql.dialect import literals as documents
from iamsql.dialect.build import call, cast, number, text
from iamsql.dialect.core.json_access import step
from iamsql.dialect.core.json_comparison import as_json, value_of
from iamsql.dialect.typing import Kinds


def contains(left: exp.Expr, right: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Tell whether one document holds another; None when neither is JSON."""
    pair = (kinds.of(left), kinds.of(right))
    if "json" not in pair:
        return None
    value = value_of(right)
    if value is None:
        return call("pg_contains", as_json(left, kinds), as_json(right, kinds))
    document = as_json(left, kinds)
    test = _holds(document, documents.read(value), 0, top=True)
    known = exp.func("coalesce", test, exp.false())
    unknown = exp.Is(this=document.copy(), expression=exp.Null())
    return exp.Case(ifs=[exp.If(this=exp.Not(this=unknown), true=known)])


def _holds(node: exp.Expr, value: Any, depth: int, top: bool = False) -> exp.Expr:
    """Test a document against a value; false or NULL when it does not hold it."""
    if isinstance(value, dict):
        return _all([_is(node, "OBJECT"), *(_holds(_member(node, key), one, depth) for key, one in value.items())])
    if isinstance(value, list):
        return _all([_is(node, "ARRAY"), *_elements(node, value, depth)])
    alone = _equals(node, value)
    if not top:
        return alone
    among = exp.Case(ifs=[exp.If(this=_is(node, "ARRAY"), true=_all(_elements(node, [value], depth)))], default=alone)
    return among


def _member(node: exp.Expr, key: str) -> exp.Expr:
    before = node.meta.get("path")
    path = f"{before or '$'}{step(key)}" if key else "/"
    made = call("json_extract", node.expressions[0].copy() if before and key else node.copy(), text(path))
    if key:
        made.meta["path"] = path
    return made


def _elements(node: exp.Expr, values: Sequence[Any], depth: int) -> list[exp.Expr]:
    """Test that each value is held by some element of an array."""
    listed = cast(call("json_extract", node.copy(), text("$[*]")), "json[]")  # a folded constant loses its type
    plain = [value for value in values if not isinstance(value, dict | list) and not _is_number(value)]
    tests: list[exp.Expr] = []
    if plain:
        wanted = [cast(text(documents.write(value)), "json") for value in plain]
        tests.append(call("list_has_all", listed, exp.Array(expressions=wanted)))
    for value in values:
        if isinstance(value, dict | list) or _is_number(value):
            one = exp.to_identifier(f"held_{depth}")
            test = _holds(exp.Column(this=one), value, depth + 1)
            found = call("list_filter", listed.copy(), exp.Lambda(this=test, expressions=[one.copy()]))
            tests.append(exp.GT(this=call("len", found), expression=number(0)))
    return tests


def _equals(node: exp.Expr, value: Any) -> exp.Expr:
    if _is_number(value):
        return call("pg_number_is", node.copy(), cast(number(float(value)), "double"))
    return exp.Paren(this=exp.EQ(this=node.copy(), expression=cast(text(documents.write(value)), "json")))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is(node: exp.Expr, kind: str) -> exp.Expr:
    return exp.EQ(this=call("json_type", node.copy()), expression=text(kind))


def _all(tests: list[exp.Expr]) -> exp.Expr:
    return exp.Paren(this=exp.and_(*tests, copy=False))


OPERATORS = {
    exp.ArrayContainsAll: lambda node, kinds: contains(node.this, node.expression, kinds),
    exp.ArrayContainedBy: lambda node, kinds: contains(node.expression, node.this, kinds),
}
