"""Values of parameters as literals."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest
import sqlglot

from iamsql.lake.engines.inline.errors import InlineError
from iamsql.lake.engines.inline.values import bind_values, build_literal


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (5, "5"),
        (-5, "(-5)"),
        (0.5, "0.5"),
        ("it's", "'it''s'"),
        ("'; DROP TABLE t; --", "'''; DROP TABLE t; --'"),
        (date(2026, 11, 25), "CAST('2026-11-25' AS DATE)"),
        (datetime(2026, 11, 25, 8), "CAST('2026-11-25 08:00:00' AS TIMESTAMP)"),
        (datetime(2026, 11, 25, 8, tzinfo=UTC), "CAST('2026-11-25 08:00:00+00:00' AS TIMESTAMPTZ)"),
        ([1, None, "a"], "[1, NULL, 'a']"),
        ((), "[]"),
    ],
)
def test_literals(value: Any, text: str) -> None:
    assert build_literal(value).sql("duckdb") == text


def test_a_negative_number_stays_one_value() -> None:
    tree = sqlglot.parse_one("SELECT 3 - $n, $n::int", dialect="duckdb")
    bind_values(tree, {"n": -2})
    assert duckdb.sql(tree.sql("duckdb")).fetchall() == [(5, -2)]


def test_a_parameter_without_a_value_is_an_error() -> None:
    with pytest.raises(InlineError, match=r"no value for \$region"):
        bind_values(sqlglot.parse_one("SELECT $region", dialect="duckdb"), {"other": 1})
