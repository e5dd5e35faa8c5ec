"""Each call of the plan under each kind of fault: the run ends, coverage names what failed and what follows, the rest is whole.

The cells come from the declarations, so that a new call is tried without anybody writing a test. Each kind befalls a few
calls in `make test`, and all of them in `make test-all`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

import pytest

from iamsql.model import Call, IamsqlError
from tests.sync.faults.dependent_calls import ENDS_THE_WALK, follows, of_account
from tests.sync.faults.fault_kinds import KINDS, OK, Kind, Told, paged
from tests.sync.faults.scenarios import ENTRY, Key, Scene, Seen, key, scene_of, seen, targets, undisturbed
from tests.sync.syncs import MANAGEMENT
from tests.tiers import slow_after

# A list, a paged list, calls for each of its items, a report, a stand-in, a region's, the walk's, and the way in.
SORTS = (
    "iam:GetAccountAuthorizationDetails",
    "iam:ListAccessKeys",
    "iam:GetCredentialReport",
    "iam:GetAccountSummary",
    "cloudtrail:DescribeTrails",
    "organizations:ListAccountsForParent",
    "sts:AssumeRole",
)
FEW = 1
BAD = ("denied", "error", "throttled", "expired", "not_asked")
CALLER: Key = ("sts", "GetCallerIdentity")


def cells() -> Iterator[Any]:
    """Yield every cell; all but a few of each kind, of the sorts in turn, are slow."""
    for place, (name, kind) in enumerate(KINDS.items()):
        befallen = {one: call for one, call in targets().items() if kind.befalls(call)}
        sorts = [one for one in SORTS if one in befallen] or list(befallen)[:FEW]
        turn = sorts[place % len(sorts) :] + sorts[: place % len(sorts)]
        for one, call in befallen.items():
            yield pytest.param(call, name, id=f"{one}-{name}", marks=[] if one in turn[:FEW] else [pytest.mark.slow])


@pytest.mark.parametrize(("call", "name"), list(cells()))
def test_a_fault_is_told_and_the_rest_is_whole(tmp_path: Path, call: Call, name: str) -> None:
    kind = KINDS[name]
    scene, account = scene_of(call)
    if kind.page_size:
        scene = Scene(scene.accounts, scene.regions, scene.deny, scene.events, kind.page_size)
    told = _told(kind, name, call, account)
    if key(call) == CALLER and told != OK:
        with pytest.raises(IamsqlError, match=str(told[1])):
            scene.run(tmp_path, **kind.faults(account, call))
        assert list(tmp_path.glob("*.duckdb*")) == []
        return
    plain = undisturbed(scene)
    run = scene.run(tmp_path, **kind.faults(account, call))
    assert sum((run.aws.service_faults.happened + run.aws.network_faults.happened).values()), "the fault never came"
    held = seen(run)
    assert [path.suffix for path in tmp_path.glob("*.duckdb*")] == [".duckdb"]
    if of_account(call, told):
        _hold_an_account(held, plain, account, told)
    else:
        _hold(held, plain, call, kind, told, account)


def _told(kind: Kind, name: str, call: Call, account: str) -> Told:
    """Give what must be said of the call: a role that has ended is assumed again, the caller's credentials are not."""
    told = kind.told(call)
    by_role = account != MANAGEMENT and call != ENTRY
    return OK if name == "expired_once" and by_role else told


def _hold(held: Seen, plain: Seen, call: Call, kind: Kind, told: Told, account: str) -> None:
    """Hold a run against the undisturbed one, but for what follows from the fault."""
    lacking = {which for (where, _, which), row in plain.coverage.items() if where == account and row[0] in BAD}
    after = follows(call, told, lacking)
    fewer = set(after.failed) if kind is KINDS["gone_meanwhile"] else set()  # of one that has gone nothing is told
    failed, gained = (after.failed, after.gained) if told != OK else ({}, fewer)
    elsewhere = {MANAGEMENT} if key(call) in ENDS_THE_WALK and told != OK else set(plain.accounts)
    expected = {one: row for one, row in plain.coverage.items() if one[0] in elsewhere}
    assert {one for one in held.coverage if one[2] not in gained} == {one for one in expected if one[2] not in gained}
    for at, (status, code, items) in held.coverage.items():
        here, before = at[0] == account, expected.get(at, ("skipped", None, 0))
        if not here or at[2] not in failed.keys() | gained:
            assert (status, code, items) == before, at
        elif at[2] in fewer:
            assert (status, code) == before[:2] and items <= before[2], at
        elif at[2] in failed and kind.page_size and call.regional and (status, code, items) == before:
            pass  # a list of one page has no marker that could end: another region's has
        elif at[2] in failed and before[:2] != ("skipped", "account_not_selected"):
            _hold_failed((status, code), before[:2], failed[at[2]], kind.lasting and at[2] == key(call), at)
        elif at[2] in gained:
            assert status in ("ok", "skipped", "not_asked") or (status, code) == before[:2] or code == told[1], at
    told_of_it = {row[1] for at, row in held.coverage.items() if at[0] == account and at[2] == key(call)}
    assert not failed or told[1] in told_of_it, "nothing is told of the call itself"
    _hold_rows(held, plain, account, elsewhere, failed.keys() | fewer, gained)


def _hold_failed(found: Told, before: Told, told: Told, lasting: bool, at: Any) -> None:
    if before[0] != "ok" and found == before:
        return  # not asked for, or told otherwise, as without the fault
    assert found[1] == told[1], at
    assert found[0] in ((told[0],) if lasting else (told[0], "partial")), at


def _hold_rows(held: Seen, plain: Seen, account: str, elsewhere: set[str], failed: Set[Key], gained: Set[Key]) -> None:
    for one in {*held.raw, *plain.raw}:
        before, after = (side.raw.get(one, Counter()) for side in (plain, held))
        if one[0] not in elsewhere:
            assert not after, one
        elif one[0] == account and one[1] in failed:
            assert after <= before, one  # never a row that is not there, nor one twice
        elif one[0] == account and one[1] in gained:
            assert after >= before, one
        else:
            assert after == before, one


def _hold_an_account(held: Seen, plain: Seen, account: str, told: Told) -> None:
    """Hold that an account that let nobody in is told so, and that the others are whole."""
    assert held.accounts[account][0] == "assume_role_failed"
    assert {one: row for one, row in held.accounts.items() if one != account} == {
        one: row for one, row in plain.accounts.items() if one != account
    }
    assert held.coverage[account, "global", key(ENTRY)][:2] == told
    codes = {row[:2] for one, row in held.coverage.items() if one[0] == account and one[2] != key(ENTRY)}
    ended = told[0] == "expired"
    assert codes - {("skipped", "not_selected")} == {
        ("expired", "credentials_expired") if ended else ("not_asked", "AssumeRole")
    }
    others = (held, plain)
    mine, theirs = ({one: rows for one, rows in side.raw.items() if one[0] != account} for side in others)
    assert mine == theirs
    assert not any(rows for one, rows in held.raw.items() if one[0] == account)
    mine_told, theirs_told = ({one: row for one, row in side.coverage.items() if one[0] != account} for side in others)
    assert mine_told == theirs_told


@pytest.mark.parametrize("names", slow_after(1, [[*SORTS], [*targets()]]), ids=["sorts", "all"])
def test_every_call_of_the_plan_is_made_in_some_scene(names: list[str]) -> None:
    made = {name: scene_of(targets()[name]) for name in names}
    assert made.keys() >= set(SORTS)
    assert any(paged(call) for call in targets().values())
