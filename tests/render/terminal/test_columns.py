"""Values as text for a terminal, and how a column shrinks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from iamsql.model import Result
from iamsql.render.terminal.columns import LEAST, LEAST_IF_LISTED, TextColumn, shorten, text_column
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
    found = text_column(select_columns(result.columns)[0], result, rows)
    assert found.cells == [rf"pay\nments {'1' * 12}", "2" * 12, "3" * 12, "web", ""]
    assert (found.name, found.type) == ("account", "account")


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
    found = column(values)
    assert (found.is_constant, found.is_empty) == (is_constant, is_empty)


@pytest.mark.parametrize(
    ("name", "kind", "value", "listed", "unlisted"),
    [
        ("text", "VARCHAR", "x" * 40, 8, 12),
        ("text", "VARCHAR", "xxxxx", 5, 5),
        ("n", "BIGINT", 10**15, 16, 16),
        ("a_very_long_name_of_a_number", "BIGINT", 7, 10, 10),
        ("time", "TIMESTAMP WITH TIME ZONE", TIME, 16, 16),
        ("access_key_id", "VARCHAR", "AKIABARRNQLXA5PVRLHM", 20, 20),
        ("event_id", "VARCHAR", "x" * 36, 8, 12),
        ("status", "VARCHAR", "assume_role_failed", 18, 18),
    ],
)
def test_the_minimum_of_a_column(name: str, kind: str, value: Any, listed: int, unlisted: int) -> None:
    found = column([value, value], kind, name)
    assert (found.minimum(LEAST_IF_LISTED), found.minimum(LEAST)) == (listed, unlisted)


def test_the_typical_width_is_that_of_nine_of_ten_cells() -> None:
    assert column(["x" * 14] * 9 + ["x" * 100]).typical(LEAST) == 14
    assert column(["x" * 14] * 8 + ["x" * 100] * 2).typical(LEAST) == 100


@pytest.mark.parametrize(
    ("text", "width", "kind", "shown"),
    [
        ("payments-production 123456789012", 22, "account", "payments… 123456789012"),
        ("arn:aws:iam::123456789012:user/team/ana", 12, "VARCHAR", "…er/team/ana"),
        ('{"Effect": "Allow"}', 10, "JSON", '{"Effect"…'),
        ('["a", "b", "c"]', 8, "VARCHAR[]", '["a", "…'),
        ("at least 90 days old; never used", 17, "VARCHAR", "at least 90 …used"),
        ("infrastructure_changes", 11, "VARCHAR", "infra…anges"),
    ],
)
def test_shorten(text: str, width: int, kind: str, shown: str) -> None:
    assert shorten(text, width, kind) == shown
