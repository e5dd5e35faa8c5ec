"""Values as text for a terminal, and how a column shrinks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from iamsql.model import Result
from iamsql.render.terminal.columns import MAX_ROWS_WITH_FULL_TEXT, TextColumn, text_column
from iamsql.render.terminal.selection import select_columns

TIME = datetime(2026, 3, 1, 10, 11, 12, 5, tzinfo=UTC)


def column(values: list[Any], kind: str = "VARCHAR", name: str = "x") -> TextColumn:
    result = Result((name,), [(value,) for value in values], (kind,))
    return text_column(select_columns(result.columns)[0], result, result.rows)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (TIME, "TIMESTAMP WITH TIME ZONE", "2026-03-01 10:11"),
        (datetime(2026, 3, 1), "TIMESTAMP", "2026-03-01 00:00"),
        (date(2026, 3, 1), "DATE", "2026-03-01"),
        (None, "VARCHAR", ""),
        ("", "VARCHAR", "''"),
        ("a\x1b[2J\nb", "VARCHAR", r"a\x1b[2J\nb"),
        (["a", None], "VARCHAR[]", '["a", null]'),
        (True, "BOOLEAN", "True"),
        (-5, "BIGINT", "-5"),
    ],
)
def test_a_value_as_text(value: Any, kind: str, text: str) -> None:
    assert column([value], kind).cells == [text]


def test_an_account_is_its_name_and_its_id() -> None:
    rows = [("1" * 12, "pay\nments"), ("2" * 12, None), ("3" * 12, ""), (None, "web"), (None, None)]
    result = Result(("account_id", "account_name"), rows, ("VARCHAR", "VARCHAR"))
    column = text_column(select_columns(result.columns)[0], result, rows)
    assert column.cells == [rf"pay\nments {'1' * 12}", "2" * 12, "3" * 12, "web", ""]
    assert (column.name, column.type) == ("account", "account")


@pytest.mark.parametrize(
    ("values", "is_constant", "is_empty"),
    [
        (["a", "a"], True, False),
        ([None, None], True, True),
        (["", ""], True, False),
        (["a", None], False, False),
        (["a"], False, False),
        ([None], False, False),
        ([], False, False),
        ([TIME, TIME.replace(second=13)], False, False),  # equal to the minute
        ([float("nan"), float("nan")], False, False),
    ],
)
def test_a_constant_column_has_one_value_in_several_rows(values: list[Any], is_constant: bool, is_empty: bool) -> None:
    text_columns = column(values)
    assert (text_columns.is_constant, text_columns.is_empty) == (is_constant, is_empty)


@pytest.mark.parametrize(
    ("name", "kind", "value", "minimum"),
    [
        ("name", "VARCHAR", "x" * 30, 30),  # a name does not wrap
        ("name", "VARCHAR", "x" * 90, 40),  # unless it is very long
        ("arn", "VARCHAR", "arn:aws:iam::123456789012:role/service/deploy", 13),
        ("remediation", "VARCHAR", "aws iam delete-access-key --access-key-id AKIABARRNQLXA5PVRLHM", 24),
        ("reason", "VARCHAR", "allowed by policy AdministratorAccess-of-the-group-of-administrators", 24),
        ("document", "JSON", '{"Statement": [{"Effect": "Allow"}]}', 24),
        ("n", "BIGINT", 10**15, 16),
        ("a_very_long_name_of_a_number", "BIGINT", 7, 6),
        ("time", "TIMESTAMP WITH TIME ZONE", TIME, 16),
        ("event_id", "VARCHAR", "x" * 36, 36),
        ("status", "VARCHAR", "assume_role_failed", 18),
    ],
)
def test_the_minimum_of_a_column(name: str, kind: str, value: Any, minimum: int) -> None:
    assert column([value, value], kind, name).minimum == minimum


def test_the_typical_width_is_that_of_nine_of_ten_cells() -> None:
    assert column(["x y" * 14] * 9 + ["x y" * 50]).typical_width == 42
    assert column(["x y" * 14] * 8 + ["x y" * 50] * 2).typical_width == 150


def test_text_wraps_in_few_rows_and_is_shortened_at_its_end_in_many() -> None:
    text = " ".join("abcdefgh")
    assert column([text] * MAX_ROWS_WITH_FULL_TEXT, name="reason").lines(0, 3) == ["a b", "c d", "e f", "g h"]
    assert column([text] * (MAX_ROWS_WITH_FULL_TEXT + 1), name="reason").lines(0, 3) == ["a b", "c d", "e…"]
    assert column([text] * (MAX_ROWS_WITH_FULL_TEXT + 1), name="remediation").lines(0, 3) == [
        "a b",
        "c d",
        "e f",
        "g h",
    ]
    assert column(['{"a": 1, "b": 2}'] * 2, "JSON").lines(0, 4) == ['{"a"', ": 1,", '"b"…']


@pytest.mark.parametrize(
    ("name", "expected"), [("n" * 24, "n" * 24), ("n" * 25, "n" * 23 + "…"), ("\u65e5" * 13, "\u65e5" * 11 + "…")]
)
def test_the_name_of_an_account_has_at_most_24_columns(name: str, expected: str) -> None:
    result = Result(("account_id", "account_name"), [("1" * 12, name)], ("VARCHAR", "VARCHAR"))
    assert text_column(select_columns(result.columns)[0], result, result.rows).cells == [f"{expected} {'1' * 12}"]


def test_an_arn_is_spelled_by_the_account_of_its_row_where_the_account_is_shown() -> None:
    arn = f"arn:aws:iam::{'1' * 12}:user/ana"
    result = Result(("account_id", "arn"), [("1" * 12, arn), ("2" * 12, arn), (None, arn)], ("VARCHAR", "VARCHAR"))
    account, source = select_columns(result.columns)
    assert text_column(source, result, result.rows, [account, source]).cells == ["user/ana", arn, arn]
    assert text_column(source, result, result.rows, [source]).cells == [arn] * 3
