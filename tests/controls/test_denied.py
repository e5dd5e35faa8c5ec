"""With any call denied, no control returns ok for data that depends on the call, and no control returns a new alarm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil
from pathlib import Path

import pytest

from iamsql.check.testing.unread import calls_not_read
from iamsql.tables.compiler.compiler import columns
from iamsql.tables.registry import all_tables
from tests.controls.control_results import ResourceResult, calls_by_control, results_by_status
from tests.controls.denials import (
    ACCOUNTS,
    CALLS,
    MADE_ONCE,
    MANAGEMENT,
    MEMBERS,
    ORGANIZATION,
    Denials,
    denied,
    synced,
    undisturbed,
)
from tests.sync.syncs import query
from tests.tiers import share

ALONE = {"DescribeOrganization", "ListAccounts", "ListRoots"}  # without these accounts or units are not found
# These report gaps, or return more rows where a fallback call replaces the denied call.
TELL_MORE = {"account_read", "role_session_duration"}
# Without its service control policies, a principal seems to have more permissions, which these controls report.
CAPPED = {"admin_keys", "admin_mfa", "principal_can_stop_trail", "principal_escalation"}

CallsByControl = dict[str, dict[str, list[tuple[str, str, str | None]]]]  # control, table: its calls

# The operations denied at once in one account: one operation, or one with one of its fallback calls.
SINGLE = sorted({call.operation for call in CALLS if not call.fallback_for} - ORGANIZATION)
SETS: list[tuple[str, ...]] = [
    *((operation,) for operation in SINGLE),
    *sorted({(call.fallback_for.operation, call.operation) for call in CALLS if call.fallback_for}),
]
OF_MANAGEMENT = [*((operation,) for operation in sorted(ORGANIZATION - ALONE)), *SETS]
RUNS = len(OF_MANAGEMENT)
QUICK = ceil(len(SETS) / len(MEMBERS))  # after so many runs, each set was denied in an account


def denials(number: int) -> Denials:
    """Return the denied operations of a run by account; over all runs, each set of operations is denied in each account."""
    lists = [OF_MANAGEMENT, *([SETS] * len(MEMBERS))]
    indexes = [number, *(number + index * QUICK for index in range(len(MEMBERS)))]
    return {account: sets[index % len(sets)] for account, sets, index in zip(ACCOUNTS, lists, indexes, strict=True)}


@dataclass(frozen=True)
class Evaluated:
    """A run file, and the results of all controls over it by status."""

    path: Path
    results: dict[str, set[ResourceResult]]


def evaluated(path: Path) -> Evaluated:
    """Evaluate all controls over a run file."""
    return Evaluated(path, results_by_status(path, ("ok", "alarm", "error")))


@pytest.fixture(scope="module")
def before() -> Evaluated:
    """Evaluate the run where nothing was denied."""
    return evaluated(undisturbed())


@pytest.fixture(scope="module")
def calls_read() -> CallsByControl:
    """Return the calls that each control depends on, which are the same in every run."""
    return calls_by_control(undisturbed())


def without_calls(calls_read: CallsByControl, run: Path, account: str, *, once: bool = False) -> Iterator[str]:
    """Yield the controls that lack a call in an account, and also its fallback calls.

    With `once`, only the calls count that are made once for the whole organization.
    """
    coverage = query(run, "select service, operation, status from iamsql.coverage where account_id = ?", account)
    states: dict[tuple[str, str], set[str]] = {}
    for service, operation, status in coverage:
        states.setdefault((service, operation), set()).add(status)
    for control, tables in calls_read.items():
        for calls in tables.values():
            if any(not once or call in MADE_ONCE for call in calls_not_read(calls, states)):
                yield control


# A result is about a resource, whose own type was read; the account has an error result for the types that were not.
BY_RESOURCE_TYPE = {"resource_policy_not_public"}


def require_no_false_results(
    calls_read: CallsByControl, before: Evaluated, now: Evaluated, accounts: Sequence[str]
) -> None:
    """Fail where a control returns ok without its calls, or a result that a denied call cannot cause."""
    for account in accounts:
        lacking = set(without_calls(calls_read, now.path, account))
        wrong = sorted(
            {result.control for result in now.results["ok"] if result.account == account and result.control in lacking}
            - BY_RESOURCE_TYPE
            & {result.control for result in now.results["error"] if result.account == account}
        )
        assert not wrong, f"{account}: ok without its calls: {wrong}"
    # A fallback call may return what was unknown before.
    new = now.results["alarm"] - before.results["alarm"] - before.results["error"]
    new = {result for result in new if result.control not in TELL_MORE | CAPPED}
    assert not new, f"alarms that were not there before: {sorted(map(repr, islice(new, 5)))}"
    lost = now.results["ok"] & before.results["alarm"]
    assert not lost, f"ok of what was an alarm before: {sorted(map(repr, islice(lost, 5)))}"
    # The calls that are made once for the whole organization count in each account.
    lacking = set(without_calls(calls_read, now.path, MANAGEMENT, once=True))
    assert not sorted({result.control for result in now.results["ok"] if result.control in lacking})


def test_each_call_is_denied_in_each_account() -> None:
    denied_calls = {(account, denied) for number in range(RUNS) for account, denied in denials(number).items()}
    assert denied_calls == {(MANAGEMENT, operations) for operations in OF_MANAGEMENT} | {
        (member, operations) for member in MEMBERS for operations in SETS
    }
    assert {operation for operations in OF_MANAGEMENT for operation in operations} | ALONE == {
        call.operation for call in CALLS
    }


@pytest.mark.slow
@pytest.mark.parametrize("number", share(5, range(RUNS)))
def test_calls_denied_in_accounts_cause_no_false_result(
    tmp_path: Path, calls_read: CallsByControl, before: Evaluated, number: int
) -> None:
    now = evaluated(denied(tmp_path / "run.duckdb", denials(number)))
    require_no_false_results(calls_read, before, now, ACCOUNTS)


@pytest.mark.slow
@pytest.mark.parametrize("operation", sorted(ALONE))
def test_a_call_denied_to_the_organization_causes_no_false_result(
    tmp_path: Path, calls_read: CallsByControl, before: Evaluated, operation: str
) -> None:
    now = evaluated(synced(tmp_path, [(MANAGEMENT, operation)], (MANAGEMENT,)))
    require_no_false_results(calls_read, before, now, [MANAGEMENT])


@pytest.mark.slow
def test_a_derived_run_file_equals_the_file_of_a_sync(tmp_path: Path) -> None:
    operations_by_account = denials(0)
    derived = denied(tmp_path / "run.duckdb", operations_by_account)
    real = synced(
        tmp_path, [(account, item) for account, operations in operations_by_account.items() for item in operations]
    )
    for sql in (
        "select distinct account_id, service, operation, status from iamsql.coverage order by all",
        "select account_id, outcome from iamsql.accounts order by all",
    ):
        assert {*query(derived, sql)} ^ {*query(real, sql)} == set()
    for name, relation in all_tables().items():
        selected_columns = ", ".join(
            f'"{item.name}"::varchar' for item in columns(relation) if item.name not in ("_ctx", "sp_ctx")
        )
        if relation.stored:
            assert Counter(query(derived, f"select {selected_columns} from {name}")) == Counter(
                query(real, f"select {selected_columns} from {name}")
            )
