"""Values of fields in the JSON of an event."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from iamsql.query.sigma.fields import COLUMN_BY_FIELD, any_pair, any_value, has_value, values_sql

EVENT = {
    "a": {"b c": "x", "d/e": 5, "f~g": True},
    "list": [{"k": "1"}, {"k": ["2", ["3"]]}, {"other": 1}],
    "object": {"q": 'say "hi" \\'},
    "null": None,
    "text": "t'--",
}


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "create table e as select ?::json as event, 'CreateUser' as event_name, null as error_code", [json.dumps(EVENT)]
    )
    return connection


def value(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return con.execute(f"select {sql} from e").fetchall()[0][0]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("a.b c", ["x"]),
        ("a.d/e", ["5"]),
        ("a.f~g", ["true"]),
        ("text", ["t'--"]),
        ("missing", [None]),
        ("null", [None]),
        ("list.k", ["1", "2", "3", None]),
        ("list[].k", ["1", "2", "3", None]),
        ("it's.'x", [None]),
    ],
)
def test_a_list_on_the_way_stands_for_its_elements(
    con: duckdb.DuckDBPyConnection, field: str, expected: list[str | None]
) -> None:
    assert value(con, values_sql(field)) == expected


def test_an_object_is_its_json_with_and_without_escapes(con: duckdb.DuckDBPyConnection) -> None:
    assert value(con, values_sql("object")) == ['{"q":"say \\"hi\\" \\\\"}', '{"q":"say "hi" \\"}']


def test_a_field_without_a_value_meets_no_condition(con: duckdb.DuckDBPyConnection) -> None:
    assert value(con, any_value("eventName", lambda text: f"{text} = 'CreateUser'")) is True
    for field in ("errorCode", "missing", "null"):
        assert value(con, any_value(field, lambda text: f"{text} <> 'x'")) is False
        assert value(con, has_value(field)) is False
    assert value(con, has_value("list.k")) is True


def test_values_of_two_fields_are_compared(con: duckdb.DuckDBPyConnection) -> None:
    def equal(one: str, other: str) -> bool:
        return bool(value(con, any_pair(one, other, lambda x, y: f"{x} = {y}")))

    assert equal("eventName", "eventName") and equal("list.k", "list.k") and equal("a.b c", "a.b c")
    assert not equal("errorCode", "errorCode") and not equal("text", "list.k") and not equal("eventName", "text")


def test_the_columns_match_events() -> None:
    assert all(name.replace("_", "").isalpha() and name.islower() for name in COLUMN_BY_FIELD.values())
    assert len({*COLUMN_BY_FIELD.values()}) == len(COLUMN_BY_FIELD)
