"""Conditions on a text for each type of value."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from sigma.exceptions import SigmaValueError
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
)

from iamsql.query.sigma.predicates import any_keyword, build_any

CASES: list[tuple[Any, list[str], list[str]]] = [
    (SigmaString("aB"), ["ab", "AB"], ["a", "abc", ""]),
    (SigmaString("a*"), ["a", "ABC"], ["ba"]),
    (SigmaString("*b"), ["b", "aB"], ["ba"]),
    (SigmaString("*b*"), ["abc"], ["ac"]),
    (SigmaString("a?c%_*"), ["abc%_", "aXC%_x"], ["ac%_", "abcx_"]),
    (SigmaString("it's"), ["IT'S"], ["its"]),
    (SigmaCasedString("aB"), ["aB"], ["ab"]),
    (SigmaNumber(5), ["5", "5.0", "+5", "05"], ["5x", "", "50", " 5"]),
    (SigmaBool(True), ["true", "TRUE"], ["1", "yes"]),
    (SigmaRegularExpression("^a.c$"), ["abc"], ["ABC", "a\nc", "xabc"]),
    (SigmaCIDRExpression("10.0.0.0/13"), ["10.7.255.255", "10.0.0.0"], ["10.8.0.0", "10.0.0.256", "10.0.0", "::1"]),
    (SigmaCIDRExpression("fe80::/127"), ["fe80::1", "FE80:0:0:0:0:0:0:0"], ["fe80::2", "fe80", "::", "1::2::3"]),
    (SigmaCompareExpression(SigmaNumber(3), CompareOperators.GTE), ["3", "1e1"], ["2", "x", ""]),
    (SigmaCompareExpression(SigmaNumber(3), CompareOperators.LT), ["-4", "2.5"], ["3"]),
]


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def selected(con: duckdb.DuckDBPyConnection, predicate: Any, texts: list[str]) -> list[str]:
    sql = f"select x from (select unnest($texts) as x) where {predicate('x')}"
    return [text for (text,) in con.execute(sql, {"texts": texts}).fetchall()]


@pytest.mark.parametrize(("value", "yes", "no"), CASES, ids=lambda value: type(value).__name__)
def test_a_value_selects_its_texts(con: duckdb.DuckDBPyConnection, value: Any, yes: list[str], no: list[str]) -> None:
    predicate = build_any([value])
    assert predicate and selected(con, predicate, [*yes, *no]) == yes


def test_one_of_several_values_is_sufficient(con: duckdb.DuckDBPyConnection) -> None:
    predicate = build_any([SigmaString("a"), SigmaString("b*"), SigmaString("c*"), SigmaNumber(1)])
    assert predicate and selected(con, predicate, ["A", "bx", "cx", "1.0", "d"]) == ["A", "bx", "cx", "1.0"]
    nothing = build_any([])
    assert nothing and selected(con, nothing, ["", "a"]) == []


@pytest.mark.parametrize("value", [SigmaNull(), SigmaExists(True)])
def test_a_value_that_is_not_a_condition_on_a_string_has_none(value: Any) -> None:
    assert build_any([SigmaString("a"), value]) is None


def test_a_number_that_a_double_rounds_is_an_error() -> None:
    with pytest.raises(SigmaValueError, match="is not exact as a double"):
        build_any([SigmaNumber(1 << 53)])
    assert build_any([SigmaNumber((1 << 53) - 1)])


def test_only_keywords_with_escapes_are_looked_for_without_them(con: duckdb.DuckDBPyConnection) -> None:
    in_json, without_escapes = any_keyword([SigmaString("ab"), SigmaString('say "'), SigmaNumber(7)])
    assert selected(con, in_json, ["xABx", 'say "', "a7", "b"]) == ["xABx", 'say "', "a7"]
    assert selected(con, without_escapes, ["xABx", 'say "', "a7"]) == ['say "']
