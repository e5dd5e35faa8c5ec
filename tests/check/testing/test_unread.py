"""The rule of unread data: calls that were denied and not replaced, by account and region."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from iamsql.check.results import Statement
from iamsql.check.testing.sample_runs import DENIED_RUN, SAMPLE_RUN, sample_run
from iamsql.check.testing.unread import calls_by_table, calls_not_read, false_results
from iamsql.runs.store.reader import Reader, open_run
from tests.check.testing.conftest import cache_in

FAILED, SUSPENDED, READ_IN_SAMPLE = "999900001111", "141414141414", "111122223333"
USERS = [("iam", "ListUsers", None), ("iam", "Details", "ListUsers")]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({("iam", "ListUsers"): {"ok"}}, []),
        ({("iam", "ListUsers"): {"denied"}}, [("iam", "ListUsers")]),
        ({("iam", "ListUsers"): {"not_requested", "ok"}}, [("iam", "ListUsers")]),
        ({("iam", "ListUsers"): {"denied"}, ("iam", "Details"): {"ok"}}, []),
        ({("iam", "ListUsers"): {"denied"}, ("iam", "Details"): {"ok", "denied"}}, [("iam", "ListUsers")]),
        ({}, []),
    ],
)
def test_a_denied_call_counts_unless_its_fallback_succeeded(
    states: dict[tuple[str, str], set[str]], expected: list[tuple[str, str]]
) -> None:
    assert [*calls_not_read(USERS, states)] == expected


@pytest.fixture(scope="module", params=[SAMPLE_RUN, DENIED_RUN])
def reader(request: pytest.FixtureRequest, cached_runs: object) -> Iterator[Reader]:
    with cache_in(cached_runs), open_run(sample_run(request.param)) as reader:  # type: ignore[arg-type]
        yield reader


def test_ok_where_a_call_was_denied_is_false(reader: Reader) -> None:
    statement = Statement("from aws_iam_user", {"aws_iam_user"}, frozenset())
    lines = false_results(reader, statement, {(account, "global") for account in (FAILED, SUSPENDED, READ_IN_SAMPLE)})
    unread = {line.split()[4] for line in lines}
    assert unread == {FAILED, SUSPENDED} | (set() if "sample" in reader.path.name else {READ_IN_SAMPLE})


def test_a_raw_table_has_the_call_that_fills_it(reader: Reader) -> None:
    name = "raw.iam_get_account_authorization_details_users"
    assert calls_by_table(reader, {name}) == {name: [("iam", "GetAccountAuthorizationDetails", None)]}
    statement = Statement(f"from {name}", {name}, frozenset())
    assert false_results(reader, statement, {("999900001111", "global")}) == [
        "returns ok for account 999900001111 (global), where iam:GetAccountAuthorizationDetails was not read"
    ]


def test_tables_of_iamsql_itself_are_data(reader: Reader) -> None:
    ok = {("111122223333", "global")}
    assert false_results(reader, Statement("from iamsql.accounts", set(), frozenset()), ok) == []
    assert len(false_results(reader, Statement("select 1", set(), frozenset()), ok)) == 1
    assert false_results(reader, Statement("select 1", set(), frozenset()), set()) == []


def test_a_call_that_was_not_made_in_an_account_was_not_read(reader: Reader) -> None:
    statement = Statement("from raw.iam_list_users", {"raw.iam_list_users"}, frozenset())
    lines = false_results(reader, statement, {("999900001111", "global"), ("111122223333", "global"), ("1", "global")})
    assert lines[0] == "returns ok for account 1, which is not in the run"
    assert lines[1].endswith("account 111122223333 (global), where iam:ListUsers was not read")
    assert lines[2].endswith("account 999900001111 (global), where iam:ListUsers was not read")
