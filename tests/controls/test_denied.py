"""Whatever call is denied, no control says ok of what it stood on, and none raises an alarm that was not there before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from iamsql.demo import Faults, Room
from iamsql.schema import all_calls
from iamsql.sync import Options, sync
from iamsql.sync.run import Silent
from tests.conftest import DAY
from tests.controls.verdicts import Verdict, stands_on, told_apart
from tests.sync.rooms import ALICE, LOGS, MANAGEMENT, NETWORK, PAYMENTS, SHARED, TOOLS, ask

ACCOUNTS = (PAYMENTS, SHARED, TOOLS, NETWORK, LOGS, ALICE)  # each is denied another call in one sync
EVENTS = ("LookupEvents", "GetObject", "ListObjectsV2", "GetBucketLocation", "ListBuckets")
OF_ALL = sorted(
    {(call.service, call.operation) for call in all_calls() if not call.entered and call.operation not in EVENTS}
)
ONCE = {
    (call.service, call.operation)
    for call in all_calls()
    if call.service == "organizations" or (call.org and not call.entered)
}
IN_ACCOUNTS = [one[1] for one in OF_ALL if one not in ONCE]
GROUPS = [
    IN_ACCOUNTS[start :: -(-len(IN_ACCOUNTS) // len(ACCOUNTS))]
    for start in range(-(-len(IN_ACCOUNTS) // len(ACCOUNTS)))
]
OF_GAPS = {"account_read"}  # which tells of gaps, so that a new one is a new alarm
BY_CODE = {"ok", "not_applicable"}


@dataclass(frozen=True)
class Told:
    """A run and what its controls said."""

    path: Path
    said: dict[str, set[Verdict]]


def told(runs: Path, deny: Sequence[tuple[str, str]] = (), accounts: tuple[str, ...] = (MANAGEMENT, *ACCOUNTS)) -> Told:
    """Sync the accounts, all tables, no events, and judge."""
    options = Options(runs, demo=True, accounts=accounts, tables=("all",), events=("none",), no_carry=True)
    outcome = sync(options, Silent(), Room(DAY, faults=Faults(deny=tuple(deny))))
    assert outcome.path is not None
    return Told(outcome.path, told_apart(outcome.path))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Judge what nobody disturbed."""
    return told(tmp_path_factory.mktemp("runs"))


def struck(run: Path, account: str) -> Iterator[str]:
    """Name the controls of which a call did not come in for an account, nor all that stands in for it."""
    listed = ask(run, "select service, operation, status from iamsql.coverage where account_id = ?", account)
    states: dict[tuple[str, str], set[str]] = {}
    for service, operation, status in listed:
        states.setdefault((service, operation), set()).add(status)
    for control, tables in stands_on(run).items():
        for calls in tables.values():
            for service, operation, instead_of in calls:
                others = [one for one in calls if one[2] == operation]
                made_up = others and all(states.get(one[:2], {"-"}) <= BY_CODE for one in others)
                if instead_of is None and "denied" in states.get((service, operation), set()) and not made_up:
                    yield control


def held(whole: Told, now: Told, accounts: Sequence[str], before: str = "") -> None:
    """Hold the verdicts to those of the undisturbed run."""
    for account in accounts:
        out = set(struck(now.path, account))
        wrong = sorted({one.control for one in now.said["ok"] if one.account == account and one.control in out})
        assert not wrong, f"{before}: ok without its calls: {wrong}"
    new = {one for one in now.said["alarm"] - whole.said["alarm"] if one.control not in OF_GAPS}
    assert not new, f"{before}: alarms that were not there before: {sorted(map(repr, islice(new, 5)))}"
    lost = now.said["ok"] & whole.said["alarm"]  # what stands in for a call may tell more than it, but nothing else
    assert not lost, f"{before}: ok of what was an alarm before: {sorted(map(repr, islice(lost, 5)))}"


@pytest.mark.parametrize("operations", GROUPS, ids=lambda operations: "+".join(operations))
def test_denied_in_an_account(tmp_path: Path, whole: Told, operations: list[str]) -> None:
    deny = list(zip(ACCOUNTS, operations, strict=False))
    held(whole, told(tmp_path, deny), ACCOUNTS, str(deny))


@pytest.mark.parametrize("operation", sorted({operation for _, operation in ONCE}))
def test_denied_to_the_organization(tmp_path: Path, whole: Told, operation: str) -> None:
    now = told(tmp_path, [(MANAGEMENT, operation)], (MANAGEMENT,))
    held(whole, now, [MANAGEMENT], operation)
    out = set(struck(now.path, MANAGEMENT))
    assert not sorted({one.control for one in now.said["ok"] if one.control in out})
