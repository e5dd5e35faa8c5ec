"""Each call with each kind of fault: the sync ends, coverage has the failed and dependent calls, and all else is unchanged.

The combinations come from the declarations, so a new call is tested without a new test. `make test` runs a few,
`make test-all` a quarter, which rotates, and `make matrices` runs all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

import pytest

from iamsql.catalog.settings.option_types import TRANSPORTS
from iamsql.model import Call, IamsqlError
from tests.sync.faults.dependent_calls import REQUIRED_FOR_ACCOUNTS, consequences_of, fails_account
from tests.sync.faults.fault_kinds import KINDS, OK, Kind, StatusAndCode, has_pages
from tests.sync.faults.scenarios import (
    ENTRY,
    Key,
    RunContent,
    Scenario,
    call_key,
    calls_by_name,
    read_run,
    scenario_of,
    without_faults,
)
from tests.sync.syncs import MANAGEMENT
from tests.tiers import rotation, share, slow_after, slow_but_every

# A bulk call, a list with pages, a report, a plain call, a regional call, a call of the organization, and AssumeRole.
SAMPLES = (
    "iam:GetAccountAuthorizationDetails",
    "iam:ListAccessKeys",
    "iam:GetCredentialReport",
    "iam:GetAccountSummary",
    "cloudtrail:DescribeTrails",
    "organizations:ListAccountsForParent",
    "sts:AssumeRole",
)
BAD = ("denied", "error", "throttled", "expired", "not_requested")
CALLER: Key = ("sts", "GetCallerIdentity")
EMPTY_ITEM = "{}"  # of a resource that no longer exists


def combinations() -> Iterator[Any]:
    """Yield each combination of call and kind."""
    for name, kind in KINDS.items():
        for operation, call in calls_by_name().items():
            if kind.applies_to(call):
                yield pytest.param(call, name, id=f"{operation}-{name}")


@pytest.mark.parametrize(("call", "name"), slow_but_every(800, share(4, combinations())))
def test_a_fault_affects_only_its_call_and_dependent_calls(tmp_path: Path, call: Call, name: str) -> None:
    kind = KINDS[name]
    scenario, account = scenario_of(call)
    if kind.page_size:
        scenario = Scenario(scenario.accounts, scenario.regions, scenario.deny, scenario.events, kind.page_size)
    expected = _expected_status(kind, name, call, account)
    if call_key(call) == CALLER and expected != OK:
        with pytest.raises(IamsqlError, match=str(expected[1])):
            scenario.run(tmp_path, **kind.faults(account, call))
        assert list(tmp_path.glob("*.duckdb*")) == []
        return
    reference = without_faults(scenario)
    run = scenario.run(tmp_path, **kind.faults(account, call))
    assert sum((run.aws.service_faults.happened + run.aws.network_faults.happened).values()), "the fault did not happen"
    content = read_run(run)
    assert [path.suffix for path in tmp_path.glob("*.duckdb*")] == [".duckdb"]
    if fails_account(call, expected):
        _compare_failed_account(content, reference, account, expected)
    else:
        _compare(content, reference, call, kind, expected, account)


def samples_of_kinds() -> Iterator[Any]:
    """Yield each kind of fault with the call of `combinations`; all but every 40th kind are marked slow."""
    seen: set[str] = set()
    for index, name in enumerate(KINDS):
        calls = {operation: call for operation, call in calls_by_name().items() if KINDS[name].applies_to(call)}
        operation = next((sample for sample in SAMPLES if sample in calls and sample not in seen), next(iter(calls)))
        seen = seen | {operation} if not seen.issuperset(SAMPLES) else set()
        marks = [] if (index - rotation()) % 40 == 0 else [pytest.mark.slow]
        yield pytest.param(calls[operation], name, id=f"{operation}-{name}", marks=marks)


@pytest.mark.parametrize(("call", "name"), list(samples_of_kinds()))
def test_a_fault_has_the_same_rows_in_both_transports(tmp_path: Path, call: Call, name: str) -> None:
    kind = KINDS[name]
    scenario, account = scenario_of(call)
    if kind.page_size:
        scenario = Scenario(scenario.accounts, scenario.regions, scenario.deny, scenario.events, kind.page_size)
    contents = []
    for transport in TRANSPORTS:
        run = scenario.run(tmp_path / transport, transport, **kind.faults(account, call))
        assert sum((run.aws.service_faults.happened + run.aws.network_faults.happened).values()), (
            "the fault did not happen"
        )
        contents.append(read_run(run))
    assert contents[0] == contents[1]


def _expected_status(kind: Kind, name: str, call: Call, account: str) -> StatusAndCode:
    """Return the expected status of the call: an expired role is assumed again, the caller's credentials are not."""
    expected = kind.expected(call)
    by_role = account != MANAGEMENT and call != ENTRY
    return OK if name == "expired_once" and by_role else expected


def _compare(
    content: RunContent, reference: RunContent, call: Call, kind: Kind, expected_status: StatusAndCode, account: str
) -> None:
    """Compare a run with the run without faults, except for the consequences of the fault."""
    lacking = {
        operation for (owner, _, operation), row in reference.coverage.items() if owner == account and row[0] in BAD
    }
    after = consequences_of(call, expected_status, lacking)
    fewer_items = (
        set(after.failed) if kind is KINDS["gone_meanwhile"] else set()
    )  # a missing resource has no row of coverage
    failed, gained = (after.failed, after.gained) if expected_status != OK else ({}, fewer_items)
    elsewhere = _accounts_read(content, reference, call, kind, expected_status)
    expected = {key: row for key, row in reference.coverage.items() if key[0] in elsewhere}
    assert {key for key in content.coverage if key[2] not in gained} == {
        key for key in expected if key[2] not in gained
    }
    for at, (status, code, items) in content.coverage.items():
        here, before = at[0] == account, expected.get(at, ("skipped", None, 0))
        if not here or at[2] not in failed.keys() | gained:
            assert (status, code, items) == before, at
        elif at[2] in fewer_items:
            assert (status, code) == before[:2] and items <= before[2], at
        elif at[2] in failed and kind.page_size and call.regional and (status, code, items) == before:
            pass  # a list of one page has no page token; a list in another region has
        elif at[2] in failed and before[:2] != ("skipped", "account_not_selected"):
            _compare_failed_call(
                (status, code), before[:2], failed[at[2]], kind.lasting and at[2] == call_key(call), at
            )
        elif at[2] in gained:
            assert (
                status in ("ok", "skipped", "not_requested")
                or (status, code) == before[:2]
                or code == expected_status[1]
            ), at
    codes = {row[1] for at, row in content.coverage.items() if at[0] == account and at[2] == call_key(call)}
    assert not failed or expected_status[1] in codes, "coverage lacks the failed call"
    _compare_items(content, reference, account, elsewhere, failed.keys() | fewer_items, gained)


def _accounts_read(
    content: RunContent, reference: RunContent, call: Call, kind: Kind, expected_status: StatusAndCode
) -> set[str]:
    """Return the accounts that should be read: all, or those that were listed before the list failed, or the caller's."""
    if call_key(call) not in REQUIRED_FOR_ACCOUNTS or expected_status == OK:
        return set(reference.accounts)
    if kind is KINDS["same_page_for_ever"]:  # the first page is right
        assert {MANAGEMENT} < content.accounts.keys() < reference.accounts.keys()
        return set(content.accounts)
    return {MANAGEMENT}


def _compare_failed_call(
    actual: StatusAndCode, before: StatusAndCode, expected: StatusAndCode, lasting: bool, at: Any
) -> None:
    if before[0] != "ok" and actual == before:
        return  # not called, or another status, as without the fault
    assert actual[1] == expected[1], at
    assert actual[0] in ((expected[0],) if lasting else (expected[0], "partial")), at


def _compare_items(
    content: RunContent, reference: RunContent, account: str, elsewhere: set[str], failed: Set[Key], gained: Set[Key]
) -> None:
    for key in {*content.raw, *reference.raw}:
        before, after = (side.raw.get(key, Counter()) for side in (reference, content))
        if key[0] not in elsewhere:
            assert not after, key
        elif key[0] == account and key[1] in failed:
            items = Counter({item: count for item, count in after.items() if item[-1] != EMPTY_ITEM})
            assert items <= before, key  # no unknown and no repeated item
        elif key[0] == account and key[1] in gained:
            assert after >= before, key
        else:
            assert after == before, key


def _compare_failed_account(content: RunContent, reference: RunContent, account: str, expected: StatusAndCode) -> None:
    """Assert that a failed account has its reason, and that the other accounts are unchanged."""
    assert content.accounts[account][0] == "assume_role_failed"
    assert {key: row for key, row in content.accounts.items() if key != account} == {
        key: row for key, row in reference.accounts.items() if key != account
    }
    assert content.coverage[account, "global", call_key(ENTRY)][:2] == expected
    codes = {row[:2] for key, row in content.coverage.items() if key[0] == account and key[2] != call_key(ENTRY)}
    ended = expected[0] == "expired"
    assert codes - {("skipped", "not_selected")} == {
        ("expired", "credentials_expired") if ended else ("not_requested", "AssumeRole")
    }
    contents = (content, reference)
    other_items, expected_items = (
        {key: rows for key, rows in side.raw.items() if key[0] != account} for side in contents
    )
    assert other_items == expected_items
    assert not any(rows for key, rows in content.raw.items() if key[0] == account)
    other_coverage, expected_coverage = (
        {key: row for key, row in side.coverage.items() if key[0] != account} for side in contents
    )
    assert other_coverage == expected_coverage


@pytest.mark.parametrize("names", slow_after(1, [[*SAMPLES], [*calls_by_name()]]), ids=["sorts", "all"])
def test_each_call_is_made_in_a_scenario(names: list[str]) -> None:
    scenarios = {name: scenario_of(calls_by_name()[name]) for name in names}
    assert scenarios.keys() >= set(SAMPLES)
    assert any(has_pages(call) for call in calls_by_name().values())
