"""Whatever call is denied, no control says ok of what it stood on, and none raises an alarm that was not there before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from iamsql.schema.registry import all_calls, all_tables, calls_of
from iamsql.sync import Options, sync
from iamsql.sync.run import Silent
from tests.conftest import DAY
from tests.controls.verdicts import Verdict, stands_on, told_apart
from tests.fake_aws import FakeAws, Faults
from tests.sync.rooms import (
    ALICE,
    DATA,
    GREEN,
    HOSTILE,
    LOGS,
    MANAGEMENT,
    NETWORK,
    PAYMENTS,
    SHARED,
    TOOLS,
    TRIAL,
    WEB,
    ask,
)  # fmt: skip

ACCOUNTS = (PAYMENTS, SHARED, TOOLS, NETWORK, LOGS, ALICE, WEB, DATA, GREEN, HOSTILE, TRIAL)
EVENTS = ("LookupEvents", "GetObject", "ListObjectsV2", "GetBucketLocation", "ListBuckets")
CALLS = {
    (call.service, call.operation): call for call in all_calls() if not call.entered and call.operation not in EVENTS
}
ONCE = {one for one, call in CALLS.items() if call.service == "organizations" or call.org}
ALONE = {"DescribeOrganization", "ListAccounts", "ListRoots"}  # without these accounts or units are not found
# They tell of gaps, or of more where another call stands in for the one that is denied.
TELL_MORE = {"account_read", "role_session_duration"}
# Service control policies only take away: who is held by them alone is taken for stronger without them, which these say.
CAPPED = {"admin_keys", "admin_mfa", "principal_can_stop_trail", "principal_escalation"}
BY_CODE = {"ok", "not_applicable"}

Denial = tuple[str, str]  # account, operation
Stands = dict[str, dict[str, list[tuple[str, str, str | None]]]]  # control, table: its calls


def together() -> list[tuple[str, ...]]:
    """Give the operations that an account is denied in one run: such as no table shares, or a call and its stand-in."""
    main = {call.instead_of.operation for call in CALLS.values() if call.instead_of}
    packs: list[tuple[list[str], set[str]]] = []
    alone: list[tuple[str, ...]] = [(operation,) for operation in sorted(main)]
    for call in (CALLS[one] for one in sorted(CALLS.keys() - ONCE)):
        tables = {name for name in all_tables() if call in calls_of(name)}
        if call.instead_of:
            alone.append((call.instead_of.operation, call.operation))
        elif call.operation in main:
            continue
        elif pack := next((one for one in packs if not one[1] & tables), None):
            pack[0].append(call.operation)
            pack[1].update(tables)
        else:
            packs.append(([call.operation], tables))
    return [*(tuple(operations) for operations, _ in packs), *alone]


def runs() -> list[list[Denial]]:
    """Spread the denials over runs: each account has others in each, and the management account those of the organization."""
    listed = together()
    found = [
        [(account, one) for account, some in zip(ACCOUNTS, listed[start:], strict=False) for one in some]
        for start in range(0, len(listed), len(ACCOUNTS))
    ]
    for place, operation in enumerate(sorted({operation for _, operation in ONCE} - ALONE)):
        found[place % len(found)].append((MANAGEMENT, operation))
    return found


@dataclass(frozen=True)
class Told:
    """A run and what its controls said."""

    path: Path
    said: dict[str, set[Verdict]]


def told(runs: Path, deny: Sequence[Denial] = (), accounts: tuple[str, ...] = (MANAGEMENT, *ACCOUNTS)) -> Told:
    """Sync the accounts, all tables, no events, and judge."""
    options = Options(runs, demo=True, accounts=accounts, tables=("all",), events=("none",), no_carry=True)
    outcome = sync(options, Silent(), FakeAws(DAY, faults=Faults(deny=tuple(deny))))
    assert outcome.path is not None
    return Told(outcome.path, told_apart(outcome.path, ("ok", "alarm", "error")))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Judge what nobody disturbed."""
    return told(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def stands(whole: Told) -> Stands:
    """Give what each control stands on, which is the same in every run."""
    return stands_on(whole.path)


def struck(stands: Stands, run: Path, account: str) -> Iterator[str]:
    """Name the controls of which a call did not come in for an account, nor all that stands in for it."""
    listed = ask(run, "select service, operation, status from iamsql.coverage where account_id = ?", account)
    states: dict[tuple[str, str], set[str]] = {}
    for service, operation, status in listed:
        states.setdefault((service, operation), set()).add(status)
    for control, tables in stands.items():
        for calls in tables.values():
            for service, operation, instead_of in calls:
                others = [one for one in calls if one[2] == operation]
                made_up = others and all(states.get(one[:2], {"-"}) <= BY_CODE for one in others)
                if (
                    instead_of is None
                    and {"denied", "not_asked"} & states.get((service, operation), set())
                    and not made_up
                ):
                    yield control


def held(stands: Stands, whole: Told, now: Told, accounts: Sequence[str], before: object) -> None:
    """Hold the verdicts to those of the undisturbed run."""
    for account in accounts:
        out = set(struck(stands, now.path, account))
        wrong = sorted({one.control for one in now.said["ok"] if one.account == account and one.control in out})
        assert not wrong, f"{before}: ok without its calls: {wrong}"
    new = (
        now.said["alarm"] - whole.said["alarm"] - whole.said["error"]
    )  # what was unknown may be told by what stands in
    new = {one for one in new if one.control not in TELL_MORE | CAPPED}
    assert not new, f"{before}: alarms that were not there before: {sorted(map(repr, islice(new, 5)))}"
    lost = now.said["ok"] & whole.said["alarm"]  # what stands in for a call may tell more than it, but nothing else
    assert not lost, f"{before}: ok of what was an alarm before: {sorted(map(repr, islice(lost, 5)))}"


def held_everywhere(stands: Stands, now: Told) -> None:
    """Hold each account to the calls that are made once for all."""
    out = set(struck(stands, now.path, MANAGEMENT))
    assert not sorted({one.control for one in now.said["ok"] if one.control in out})


@pytest.mark.parametrize("denials", runs(), ids=lambda denials: f"{denials[0][1]}-{denials[-1][1]}")
def test_denied_in_accounts(tmp_path: Path, stands: Stands, whole: Told, denials: list[Denial]) -> None:
    now = told(tmp_path, denials)
    held(stands, whole, now, (MANAGEMENT, *ACCOUNTS), denials)
    held_everywhere(stands, now)


@pytest.mark.parametrize("operation", sorted(ALONE))
def test_denied_to_the_organization(tmp_path: Path, stands: Stands, whole: Told, operation: str) -> None:
    now = told(tmp_path, [(MANAGEMENT, operation)], (MANAGEMENT,))
    held(stands, whole, now, [MANAGEMENT], operation)
    held_everywhere(stands, now)
