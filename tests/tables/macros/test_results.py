"""The macros with which controls write status and reason."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from iamsql.tables.compiler import run_macros


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
        ("password_rule(null, null, 'require', 'a number')", "alarm", "The account has no custom password policy."),
        (
            "password_rule('1', null, 'require', 'a number')",
            "error",
            "Unknown: whether the password policy requires a number could not be read.",
        ),
        ("password_rule('1', true, 'require', 'a number')", "ok", "The password policy requires a number."),
        ("password_rule('1', false, 'require', 'a number')", "alarm", "The password policy does not require a number."),
        ("credential_age('Inactive', 400, 90, 'key')", "skip", "The key is not active."),
        (
            "credential_age('Active', null, 90, 'key')",
            "error",
            "Unknown: the creation date of the key could not be read.",
        ),
        (
            "credential_age('Active', 90, 90, 'key')",
            "alarm",
            "The key is 90 days old; it must be less than 90 days old.",
        ),
        ("credential_age('Active', 1, 90, 'key')", "ok", "The key is 1 day old; it must be less than 90 days old."),
        ("no_inline_policies(null, 'user')", "ok", "The user has no inline policies."),
        ("no_inline_policies('[]'::json, 'user')", "ok", "The user has no inline policies."),
        ("""no_inline_policies('[{}]'::json, 'user')""", "alarm", "The user has 1 inline policy."),
        ("""no_inline_policies('[{}, {}]'::json, 'user')""", "alarm", "The user has 2 inline policies."),
        ("tag_result([], [], 'role')", "alarm", "The role has no tags."),
        ("tag_result(['a'], ['b'], 'role')", "alarm", "The role is missing the tag keys b."),
        ("tag_result(['a', 'b'], [], 'role')", "ok", "The role has the tag keys a, b."),
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
        ("""'{"owner": "a", "aws:x": "b"}'::json""", "owner", ["owner"], []),
        ("""'{"owner": "a", "aws:x": "b"}'::json""", "team, aws:x,, owner ,team", ["owner"], ["aws:x", "team"]),
        ("'{}'::json", "", [], []),
        ("null::json", "team", [], ["team"]),
    ],
)
def test_tag_keys_and_missing_tags_are_found(
    con: duckdb.DuckDBPyConnection, tags: str, required: str, keys: list[str], missing: list[str]
) -> None:
    row = con.execute(f"select own_tag_keys({tags}), missing_tag_keys({tags}, ?)", [required]).fetchone()
    assert row == (keys, missing)
