"""The macros with which controls write status and reason."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from iamsql.schema import run_macros


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a database with the scalar macros."""
    with duckdb.connect() as connection:
        for statement in run_macros.scalar_macros():
            connection.execute(statement)
        yield connection


@pytest.mark.parametrize(
    ("expression", "status", "reason"),
    [
        ("ok('Fine.')", "ok", "Fine."),
        ("alarm('Bad.')", "alarm", "Bad."),
        ("info('Look.')", "info", "Look."),
        ("skip('Not asked.')", "skip", "Not asked."),
        ("unknown('the key was not read.')", "error", "Unknown: the key was not read."),
        ("alarm_if(1 > 0, 'Age.')", "alarm", "Age."),
        ("alarm_if(null, 'Age.')", "ok", "Age."),
        ("password_rule(null, null, 'a digit is required')", "alarm", "The account has no password policy of its own."),
        (
            "password_rule('1', null, 'a digit is required')",
            "error",
            "Unknown: the password policy does not say whether a digit is required.",
        ),
        ("password_rule('1', true, 'a digit is required')", "ok", "The password policy says that a digit is required."),
        (
            "password_rule('1', false, 'a digit is required')",
            "alarm",
            "The password policy does not say that a digit is required.",
        ),
        ("credential_age('Inactive', 400, 90, 'key')", "skip", "The key is not active."),
        ("credential_age('Active', null, 90, 'key')", "error", "Unknown: the day the key was made could not be read."),
        ("credential_age('Active', 90, 90, 'key')", "alarm", "The key is 90 days old; the limit is 90."),
        ("credential_age('Active', 1, 90, 'key')", "ok", "The key is 1 day old; the limit is 90."),
        ("no_inline_policies(null, 'user')", "ok", "The user has no inline policy."),
        ("no_inline_policies('[]'::json, 'user')", "ok", "The user has no inline policy."),
        ("""no_inline_policies('[{}]'::json, 'user')""", "alarm", "The user has 1 inline policy."),
        ("""no_inline_policies('[{}, {}]'::json, 'user')""", "alarm", "The user has 2 inline policies."),
        ("tag_result([], '', 'role')", "alarm", "The role has no tags."),
        ("tag_result(['a'], 'b', 'role')", "alarm", "The role lacks b."),
        ("tag_result(['a', 'b'], '', 'role')", "ok", "The role is tagged: a, b."),
    ],
)
def test_a_macro_returns_status_and_reason(
    con: duckdb.DuckDBPyConnection, expression: str, status: str, reason: str
) -> None:
    cursor = con.execute(f"select 1 as resource, unnest({expression}), 2 as account_id")
    assert [column[0] for column in cursor.description or ()] == ["resource", "status", "reason", "account_id"]
    assert cursor.fetchall() == [(1, status, reason, 2)]


@pytest.mark.parametrize(
    ("tags", "required", "keys", "missing"),
    [
        ("""'{"owner": "a", "aws:x": "b"}'::json""", "owner", ["owner"], ""),
        ("""'{"owner": "a", "aws:x": "b"}'::json""", "team, aws:x,, owner ,team", ["owner"], "aws:x, team"),
        ("'{}'::json", "", [], ""),
        ("null::json", "team", [], "team"),
    ],
)
def test_tag_keys_and_missing_tags_are_found(
    con: duckdb.DuckDBPyConnection, tags: str, required: str, keys: list[str], missing: str
) -> None:
    found = con.execute(f"select own_tag_keys({tags}), missing_tag_keys({tags}, ?)", [required]).fetchone()
    assert found == (keys, missing)


def test_the_first_event_of_a_burst_is_found(con: duckdb.DuckDBPyConnection) -> None:
    sql = "select of_first(t.region, t.nth) from (values ('b', 1), ('c', 2), ('a', 0)) as t(region, nth)"
    assert con.execute(sql).fetchone() == ("b",)
