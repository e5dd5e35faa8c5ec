"""CREATE MACRO statements as macros: names, parameters with defaults, bodies, and the arguments of calls."""

from __future__ import annotations

import pytest

from iamsql.lake.engines.inline.errors import InlineError
from iamsql.lake.engines.inline.grammar import parse_expression, to_duckdb_text
from iamsql.lake.engines.inline.macro import parse_macro


@pytest.mark.parametrize(
    ("statement", "name", "parameters", "body"),
    [
        ("create macro one() as 1", "one", {}, "1"),
        ("CREATE OR REPLACE TEMP MACRO Add(A, b := 2) AS a + b;", "add", {"a": None, "b": "2"}, "a + b"),
        (
            "-- macro, of (texts)\ncreate macro f(\"values\", x := [1, 2], y := ',)', z := g(1, 2)) as table select 1",
            "f",
            {"values": None, "x": "[1, 2]", "y": "',)'", "z": "g(1, 2)"},
            "SELECT 1",
        ),
        ("create macro pair(a) as (select max(t.b) from t where t.c = a)", "pair", {"a": None}, None),
    ],
)
def test_parsed(statement: str, name: str, parameters: dict[str, str | None], body: str | None) -> None:
    macro = parse_macro(statement)
    assert macro.name == name
    assert {key: to_duckdb_text(value) if value else None for key, value in macro.parameters.items()} == parameters
    assert body is None or to_duckdb_text(macro.body) == body
    assert macro.is_table == (" as table " in statement)


def test_parsed_once() -> None:
    assert parse_macro("create macro one() as 1") is parse_macro("create macro one() as 1")


def test_arguments() -> None:
    macro = parse_macro("create macro f(a, b := 2, c := 3) as a + b + c")
    call = parse_expression("f(1, c := 4)")
    assert {name: to_duckdb_text(value) for name, value in macro.arguments(call.expressions).items()} == {
        "a": "1",
        "b": "2",
        "c": "4",
    }


@pytest.mark.parametrize(
    "statement", ["create macro f(a as a", "create macro f() as select 1; select 2", "create macro f() as ("]
)
def test_unreadable(statement: str) -> None:
    with pytest.raises(InlineError):
        parse_macro(statement)
