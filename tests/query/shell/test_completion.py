"""The completions at a place in a text, marked by ^."""

from __future__ import annotations

import pytest

from iamsql.query.shell.completion import Names, Suggestion, suggest

KNOWN = Names(
    tables={
        "aws_iam_user": {"name": "VARCHAR", "arn": "VARCHAR", "Odd One": "JSON"},
        "aws_iam_role": {"role_name": "VARCHAR"},
        "raw.iam_list_users": {"item": "JSON"},
        "iamsql.coverage": {"status": "VARCHAR"},
    },
    macros={"stale_keys": ["days"], "root_keys": []},
    queries={"stale_keys": ["days", "unused_days"], "root_keys": []},
    commands={".tables": ("tables",), ".run": ("queries",), ".output": ("csv", "json"), ".explain": ("queries",)},
)


def completions(text: str) -> list[str]:
    before, _, after = text.partition("^")
    return [suggestion.text for suggestion in suggest(before, after, KNOWN)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from ^", ["aws_iam_user", "aws_iam_role", "stale_keys(", "root_keys()", "raw.", "iamsql."]),
        ("select * from aws_iam_r^", ["aws_iam_role"]),
        ("select * FROM stale^", ["stale_keys("]),
        ("select * from aws_iam_user, aws_iam_r^", ["aws_iam_role"]),
        ("select * from aws_iam_user join aws_iam_r^", ["aws_iam_role"]),
        ("summarize aws_iam_u^", ["aws_iam_user"]),
        ("from raw.^", ["iam_list_users"]),
        ("from iamsql.cov^", ["coverage"]),
    ],
)
def test_table_names_are_completed_after_from(text: str, expected: list[str]) -> None:
    assert completions(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select u.^ from aws_iam_user u", ["name", "arn", '"Odd One"']),
        ("select u.n^ from aws_iam_user as u", ["name"]),
        ("select U.N^ from aws_iam_user U", ["name"]),
        ("select aws_iam_user.a^ from aws_iam_user where true", ["arn"]),
        ("from aws_iam_user a join aws_iam_role b on b.^", ["role_name"]),
        ("from main.aws_iam_role r select r.r^", ["role_name"]),
        ("from iamsql.coverage c select c.^", ["status"]),
        ("from iamsql.coverage select coverage.^", ["status"]),
        ("select ar^ from aws_iam_user", ["arn"]),
        ("select 'aws_iam_user', n^", ["not", "null", "nulls"]),
        ("select n^ from aws_iam_user", ["name", "not", "null", "nulls"]),
        ("from aws_iam_user u select x.^", []),
        ("from aws_iam_user; select ar^", []),
        ("with a as (select arn from aws_iam_user) select odd^", ['"Odd One"']),
    ],
)
def test_columns_of_the_tables_of_the_statement_are_completed(text: str, expected: list[str]) -> None:
    assert completions(text) == expected


def test_keywords_are_completed_in_the_typed_case() -> None:
    assert completions("sel^") == ["select"]
    assert completions("SEL^") == ["SELECT"]
    assert completions("select 1 or^ from t") == ["order"]


@pytest.mark.parametrize("text", ["select 'aws_^", "select 1 -- fro^", "/* fro^", "select $$ fro^", 'select "aws_^'])
def test_nothing_is_completed_inside_text_and_comments(text: str) -> None:
    assert completions(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".^", [".tables", ".run", ".output", ".explain"]),
        (".ta^", [".tables"]),
        (".tables aws_iam_u^", ["aws_iam_user"]),
        (".run r^", ["root_keys"]),
        (".run stale_keys ^", ["days=", "unused_days="]),
        (".run stale_keys@1 days=3 u^", ["unused_days="]),
        (".output ^", ["csv", "json"]),
        (".output csv ^", []),
        (".explain st^", ["stale_keys"]),
        (".explain select ar^ from aws_iam_user", ["arn"]),
        (".nothing x^", []),
    ],
)
def test_commands_and_their_arguments_are_completed(text: str, expected: list[str]) -> None:
    assert completions(text) == expected


def test_a_completion_has_its_start_and_its_kind() -> None:
    assert suggest("select na", " from aws_iam_user", KNOWN) == [Suggestion("name", 2, "VARCHAR")]
