"""The columns that a terminal shows: listed columns, and accounts as one column."""

from __future__ import annotations

import pytest

from iamsql.model import IamsqlError
from iamsql.render.terminal.selection import ColumnSource, select_columns

NAMES = ("account_id", "account_name", "user_name", "age_days")


def shown(names: tuple[str, ...], columns: tuple[str, ...] = ()) -> list[tuple[str, tuple[int, ...]]]:
    return [(source.name, source.indexes) for source in select_columns(names, columns)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (NAMES, [("account", (1, 0)), ("user_name", (2,)), ("age_days", (3,))]),
        (("a", "from_account_name", "from_account_id"), [("a", (0,)), ("from_account", (1, 2))]),
        (("account_id", "user_name"), [("account_id", (0,)), ("user_name", (1,))]),
        (("account_name",), [("account_name", (0,))]),
        (("from_account_id", "to_account_name"), [("from_account_id", (0,)), ("to_account_name", (1,))]),
        (("policy_id", "policy_name"), [("policy_id", (0,)), ("policy_name", (1,))]),
        # The name `account` is taken, and a join has each column twice: nothing is merged.
        (("account", *NAMES[:2]), [("account", (0,)), ("account_id", (1,)), ("account_name", (2,))]),
        (("account_id", *NAMES[:2]), [("account_id", (0,)), ("account_id", (1,)), ("account_name", (2,))]),
        (("a", "a"), [("a", (0,)), ("a", (1,))]),
        ((), []),
    ],
)
def test_the_name_and_the_id_of_an_account_are_one_column(
    names: tuple[str, ...], expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert shown(names) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("age_days", "account"), ["age_days", "account"]),
        (("user_name", "account_id", "account_name", "user_name"), ["user_name", "account"]),
        (("account_name",), ["account"]),
    ],
)
def test_listed_columns_have_their_order(columns: tuple[str, ...], expected: list[str]) -> None:
    assert [name for name, _ in shown(NAMES, columns)] == expected


def test_account_is_the_id_of_an_account_without_a_name() -> None:
    assert select_columns(("n", "account_id"), ("account",)) == [ColumnSource("account_id", (1,))]


def test_the_first_of_two_columns_of_a_name_is_shown() -> None:
    assert shown(("a", "b", "a"), ("a",)) == [("a", (0,))]


@pytest.mark.parametrize(
    ("path", "name", "message"),
    [
        (
            "q.sql",
            "user_nam",
            "q.sql: columns lists 'user_nam', which the result does not have; did you mean user_name?",
        ),
        ("q.sql", "zzz", "q.sql: columns lists 'zzz', which the result does not have"),
        ("", "zzz", "the query: columns lists 'zzz', which the result does not have"),
    ],
)
def test_an_unknown_column_is_an_error(path: str, name: str, message: str) -> None:
    with pytest.raises(IamsqlError) as error:
        select_columns(NAMES, ("age_days", name), path)
    assert str(error.value) == message
