"""Access keys, users of events, and accounts, by the rows of a run."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.query.arguments import keys_and_names, lookup
from iamsql.query.arguments.keys_and_names import checked_access_key, checked_accounts, checked_user_name
from iamsql.query.arguments.problems import ArgumentError
from tests.query.arguments.lookups import lookup_of

KEY, OTHER = "AKIAAAAAAAAAAAAAAAAA", "AKIAAAAAAAAAAAAAAAAB"
ROWS = [("111111111111", "main"), ("222222222222", "app"), ("333333333333", "App"), ("444444444444", None)]


def rows(incomplete: int = 0, **results: Any) -> Any:
    of_module = lookup_of(
        keys_and_names,
        **{
            "HAS_KEY_DATA_SQL": [(True, True)],
            "HAS_EVENTS_SQL": [(1,)],
            "KEY_EXISTS_SQL": [(False,)],
            "USER_NAME_EXISTS_SQL": [(False,)],
        }
        | results,
    )
    of_lookup = lookup_of(lookup, INCOMPLETE_ACCOUNTS_SQL=[(incomplete, 9)])
    return lambda sql, values: of_module(sql, values) or of_lookup(sql, values)


def test_a_key_of_the_run_is_in_capitals() -> None:
    assert checked_access_key(rows(KEY_EXISTS_SQL=[(True,)]), f" {KEY.lower()}\n") == (KEY, "")
    assert checked_access_key(rows(HAS_KEY_DATA_SQL=[(False, False)]), KEY) == (KEY, "")


def test_another_key_is_a_problem_if_the_run_is_complete_or_has_a_similar_one() -> None:
    with pytest.raises(ArgumentError, match="is not an access key of this run"):
        checked_access_key(rows(), KEY)
    _, note = checked_access_key(rows(2), KEY)
    assert note.startswith(f"Access key {KEY} is not in this run, but 2 of 9 accounts")
    with pytest.raises(ArgumentError) as caught:
        checked_access_key(rows(2, SIMILAR_KEYS_SQL=[(OTHER,)]), KEY)
    assert caught.value.near == (OTHER,)


@pytest.mark.parametrize("text", ["", "ledger", "AKIA", "AKIA AAAAAAAAAAAAAAA", "x" * 200, "AKIA'; drop table x --"])
def test_text_of_another_form_is_not_a_key(text: str) -> None:
    with pytest.raises(ArgumentError, match="is not the ID of an access key"):
        checked_access_key(rows(2), text)


def test_a_user_is_a_name_or_an_arn() -> None:
    run_rows = rows(USER_NAME_EXISTS_SQL=[(True,)])
    for text in (
        "ana",
        " ana ",
        "user/ci/ana",
        "arn:aws:iam::111111111111:user/ci/ana",
        "arn:aws:sts::1:assumed-role/x/ana",
    ):
        assert checked_user_name(run_rows, text) == ("ana", "")
    assert checked_user_name(run_rows, "a/b") == ("a/b", "")
    assert checked_user_name(rows(HAS_EVENTS_SQL=[]), "ana") == ("ana", "")


def test_another_user_is_a_problem_if_the_run_is_complete_or_has_a_similar_one() -> None:
    with pytest.raises(ArgumentError, match="is not the name of a user or session"):
        checked_user_name(rows(), "ana")
    assert checked_user_name(rows(1), "a\x1b")[1].startswith("User a\\x1b is not in this run")
    with pytest.raises(ArgumentError) as caught:
        checked_user_name(rows(1, SIMILAR_USER_NAMES_SQL=[("anna",)]), "ana")
    assert caught.value.near == ("anna",)
    long = "x" * 300
    assert checked_user_name(rows(1, SIMILAR_USER_NAMES_SQL=[("anna",)]), long)[0] == long


@pytest.mark.parametrize("text", ["", "user/", "arn:aws:iam::111111111111:role/x"])
def test_a_role_or_none_is_not_a_user(text: str) -> None:
    with pytest.raises(ArgumentError, match="is not the"):
        checked_user_name(rows(1), text)


def test_accounts_are_ids_and_unique_names() -> None:
    run_rows = rows(ACCOUNTS_SQL=ROWS)
    assert checked_accounts(run_rows, ["MAIN", " 222222222222"]) == (["111111111111", "222222222222"], [])
    assert checked_accounts(run_rows, ["999999999999"]) == (
        ["999999999999"],
        ["Account 999999999999 is not in this run."],
    )
    assert checked_accounts(None, ["999999999999"]) == (["999999999999"], [])
    with pytest.raises(ArgumentError, match="is the name of 2 accounts: 222222222222, 333333333333"):
        checked_accounts(run_rows, ["app"])
    with pytest.raises(ArgumentError) as caught:
        checked_accounts(run_rows, ["mian"])
    assert caught.value.near == ("main",)
    with pytest.raises(ArgumentError, match="is not the ID of 12 digits"):
        checked_accounts(None, ["main"])
