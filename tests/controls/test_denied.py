"""Whatever call is denied, no control says ok of what depends on it, and none raises an alarm that was not there before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil
from pathlib import Path

import pytest

from iamsql.schema.compiler import columns
from iamsql.schema.registry import all_tables
from tests.controls.control_results import Verdict, stands_on, told_apart
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
from tests.tiers import slow_after

ALONE = {"DescribeOrganization", "ListAccounts", "ListRoots"}  # without these accounts or units are not found
# They tell of gaps, or of more where another call stands in for the one that is denied.
TELL_MORE = {"account_read", "role_session_duration"}
# Service control policies only take away: who is held by them alone is taken for stronger without them, which these say.
CAPPED = {"admin_keys", "admin_mfa", "principal_can_stop_trail", "principal_escalation"}
BY_CODE = {"ok", "not_applicable"}

Stands = dict[str, dict[str, list[tuple[str, str, str | None]]]]  # control, table: its calls

# What is denied at once in one account: one operation, or one that has stand-ins together with one of them.
SINGLE = sorted({call.operation for call in CALLS if not call.fallback_for} - ORGANIZATION)
SETS: list[tuple[str, ...]] = [
    *((operation,) for operation in SINGLE),
    *sorted({(call.fallback_for.operation, call.operation) for call in CALLS if call.fallback_for}),
]
OF_MANAGEMENT = [*((operation,) for operation in sorted(ORGANIZATION - ALONE)), *SETS]
RUNS = len(OF_MANAGEMENT)
QUICK = ceil(len(SETS) / len(MEMBERS))  # runs after which each set was denied in some account


def denials(number: int) -> Denials:
    """Return what is denied in a run: in each account another set, and in all runs each set in each account."""
    lists = [OF_MANAGEMENT, *([SETS] * len(MEMBERS))]
    places = [number, *(number + place * QUICK for place in range(len(MEMBERS)))]
    return {account: sets[place % len(sets)] for account, sets, place in zip(ACCOUNTS, lists, places, strict=True)}


@dataclass(frozen=True)
class Evaluated:
    """A run file and the verdicts of all controls over it, by status."""

    path: Path
    verdicts: dict[str, set[Verdict]]


def evaluated(path: Path) -> Evaluated:
    """Evaluate all controls over a run file."""
    return Evaluated(path, told_apart(path, ("ok", "alarm", "error")))


@pytest.fixture(scope="module")
def before() -> Evaluated:
    """Evaluate the run in which nothing was denied."""
    return evaluated(undisturbed())


@pytest.fixture(scope="module")
def stands() -> Stands:
    """Return the calls that each control depends on, which are the same in every run."""
    return stands_on(undisturbed())


def without_calls(stands: Stands, run: Path, account: str, *, once: bool = False) -> Iterator[str]:
    """Yield the controls that lack a call in an account, and also what stands in for it.

    With `once`, only the calls count that are made once for the whole organization.
    """
    listed = query(run, "select service, operation, status from iamsql.coverage where account_id = ?", account)
    states: dict[tuple[str, str], set[str]] = {}
    for service, operation, status in listed:
        states.setdefault((service, operation), set()).add(status)
    for control, tables in stands.items():
        for calls in tables.values():
            for service, operation, instead_of in calls:
                others = [one for one in calls if one[2] == operation]
                replaced = others and all(states.get(one[:2], {"-"}) <= BY_CODE for one in others)
                lacking = {"denied", "not_asked"} & states.get((service, operation), set())
                counts = instead_of is None and (not once or (service, operation) in MADE_ONCE)
                if counts and lacking and not replaced:
                    yield control


def require_honest(stands: Stands, before: Evaluated, now: Evaluated, accounts: Sequence[str]) -> None:
    """Fail where a control says ok without its calls, or something that no denial can bring to light."""
    for account in accounts:
        lacking = set(without_calls(stands, now.path, account))
        wrong = sorted({one.control for one in now.verdicts["ok"] if one.account == account and one.control in lacking})
        assert not wrong, f"{account}: ok without its calls: {wrong}"
    # What was unknown may become known by what stands in for a call.
    new = now.verdicts["alarm"] - before.verdicts["alarm"] - before.verdicts["error"]
    new = {one for one in new if one.control not in TELL_MORE | CAPPED}
    assert not new, f"alarms that were not there before: {sorted(map(repr, islice(new, 5)))}"
    lost = now.verdicts["ok"] & before.verdicts["alarm"]
    assert not lost, f"ok of what was an alarm before: {sorted(map(repr, islice(lost, 5)))}"
    # The calls that are made once for the whole organization count in each account.
    lacking = set(without_calls(stands, now.path, MANAGEMENT, once=True))
    assert not sorted({one.control for one in now.verdicts["ok"] if one.control in lacking})


def test_each_call_is_denied_in_each_account() -> None:
    found = {(account, denied) for number in range(RUNS) for account, denied in denials(number).items()}
    assert found == {(MANAGEMENT, one) for one in OF_MANAGEMENT} | {(member, one) for member in MEMBERS for one in SETS}
    assert {operation for one in OF_MANAGEMENT for operation in one} | ALONE == {call.operation for call in CALLS}


@pytest.mark.parametrize("number", slow_after(2, range(RUNS)))
def test_denied_in_accounts(tmp_path: Path, stands: Stands, before: Evaluated, number: int) -> None:
    now = evaluated(denied(tmp_path / "run.duckdb", denials(number)))
    require_honest(stands, before, now, ACCOUNTS)


@pytest.mark.parametrize("operation", slow_after(1, sorted(ALONE)))
def test_denied_to_the_organization(tmp_path: Path, stands: Stands, before: Evaluated, operation: str) -> None:
    now = evaluated(synced(tmp_path, [(MANAGEMENT, operation)], (MANAGEMENT,)))
    require_honest(stands, before, now, [MANAGEMENT])


def test_a_run_file_with_denials_is_what_a_sync_writes(tmp_path: Path) -> None:
    wanted = denials(0)
    made = denied(tmp_path / "run.duckdb", wanted)
    real = synced(tmp_path, [(account, one) for account, operations in wanted.items() for one in operations])
    for sql in (
        "select distinct account_id, service, operation, status from iamsql.coverage order by all",
        "select account_id, outcome from iamsql.accounts order by all",
    ):
        assert {*query(made, sql)} ^ {*query(real, sql)} == set()
    for name, relation in all_tables().items():
        shown = ", ".join(f'"{one.name}"::varchar' for one in columns(relation) if one.name not in ("_ctx", "sp_ctx"))
        if relation.stored:
            assert Counter(query(made, f"select {shown} from {name}")) == Counter(
                query(real, f"select {shown} from {name}")
            )
