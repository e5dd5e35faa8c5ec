"""Values that DuckDB returns pass a pipe between two processes unchanged, and JSON of somebody else makes no objects."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import duckdb
import pytest

from iamsql.runs.store.values_json import dumps, dumps_plain, loads, to_columns, to_rows

EXPRESSIONS = (
    "1", "-9223372036854775808", "170141183460469231731687303715884105728::uhugeint", "-0.0::double", "1e308",
    "'infinity'::double", "1.5::float", "0.1", "1.25::decimal(38, 2)", "true", "null", "''", "'é\u202e\U000e0041\x1b'",
    "'\\x00\\xFF'::blob", "''::blob", "date '2020-02-29'", "date 'infinity'", "date '10000-01-01'", "time '10:00:00.000001'",
    "'10:00:00+05:30'::timetz", "'10:00:00-15:59:59'::timetz", "timestamp '2020-01-01 00:00:00.123456'", "timestamp 'infinity'",
    "timestamptz '2020-01-01 00:00:00+00'", "timestamptz 'infinity'", "timestamptz '290000-01-10'",
    "'2020-01-01 00:00:00.123456789'::timestamp_ns",
    "interval '1 month -3 days 2.5 seconds'", "uuid '12721a62-9a69-4edb-be6c-38289806c6b9'",
    "[1, null]", "[]", "array_value(1, 2)", "{'a': 1, 'b': [date '2020-01-01']}", "map {1: 'x', 2: null}", "map {}",
    "map {date '2020-01-01': timestamptz '2020-01-01 00:00:00+00'}", "map {[1]: 'x'}", "map {'1': 1.5}", "map {1.5: {'k': [true]}}",
    "union_value(k := 1)", "'101'::bit", "'x'::enum('x', 'y')", "'{\"a\": 1}'::json", "repeat('9', 5000)::bignum", "(1, 'a')",
    "{'date': '2020-01-01'}", "{'dict': [1]}", "{'a': 1}::variant", "'point(1 2)'::geometry", "[[{'a': [null]}]]",
)  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_value_of_duckdb_is_the_same_on_the_other_side(expression: str) -> None:
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        rows = con.execute(f"select {expression} as a, {expression} as b, n from range(3) as r(n)").fetchall()
    copied = to_rows(loads(dumps_plain(to_columns(rows))))
    assert copied == rows
    assert repr(copied) == repr(rows)  # 1 == 1.0 == True, and times are equal in other zones
    assert repr(loads(dumps(rows))) == repr(rows)


def test_not_a_number_and_mixed_columns_are_the_same() -> None:
    values = [math.nan, None, 1, True, "x", Decimal("1.50"), b"\0", [1, (2, {"a": None})], {1: 2, None: [3]}]
    values += [dt.datetime(2020, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")), UUID(int=1)]
    copied = to_rows(loads(dumps_plain(to_columns([(value,) for value in values]))))
    assert repr(copied) == repr([(value,) for value in values])


def test_an_empty_result_has_no_columns() -> None:
    assert to_rows(loads(dumps_plain(to_columns([])))) == []


@pytest.mark.parametrize(
    "text",
    [
        b'{"Path": "x"}',
        b'{"os.system": "id"}',
        b'{"date": "x"}',
        b'{"a": 1, "b": 2}',
        b"{}",
        b"[1",
        b'{"zoned": [1, "../x", 0]}',
    ],
)
def test_other_json_is_an_error(text: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        loads(text)


def test_an_object_of_another_type_is_an_error() -> None:
    with pytest.raises(TypeError, match="Values of type"):
        dumps([Path("x")])
