"""Which findings opened and were resolved, over chains of runs where accounts are read, read in part, denied or absent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.automation.notify import findings
from iamsql.automation.notify.answers import Answers
from iamsql.automation.notify.findings import FindingChanges, FindingComparison
from iamsql.check.diff.findings import FindingSet
from iamsql.check.finding_record import FindingRecord, Rule
from iamsql.runs.coverage.by_account import Accounts

JOB = ("control", 1, "")
RULE = cast(Rule, None)
READ, PARTIAL, DENIED, ABSENT = "read", "partial", "denied", "absent"


@dataclass(frozen=True)
class AccountState:
    """What a run says about an account: how it was read, the alarms that it has, and which of them are muted."""

    mode: str
    alarms: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()


World = dict[str, AccountState]


class WorldAnswers(Answers):
    """The answers of a run of a world: an alarm is a number in an account."""

    def records(self, only: Any) -> Iterator[FindingRecord]:
        """Yield the alarms."""
        for identity, account in self.accounts.items():
            if identity in only:
                muted = "muted" if identity in self.muted else ""
                yield FindingRecord(RULE, identity, "alarm", "arn", "reason", account, muted=muted)


def answers(world: World) -> Answers:
    """Return the answers of a run. A run that was denied in an account has no alarms there."""
    present = {account: state for account, state in world.items() if state.mode != ABSENT}
    read = frozenset(account for account, state in present.items() if state.mode != DENIED)
    accounts = Accounts(dict.fromkeys(present, ""), frozenset(), read, all_listed=True)
    lacking = {account: "denied" for account, state in present.items() if state.mode != READ}
    world_answers = WorldAnswers(RULE, cast(Any, None), FindingSet(datetime(2026, 3, 2, tzinfo=UTC), accounts, lacking))
    for account, state in present.items():
        for number in sorted(state.alarms) if state.mode != DENIED else ():
            world_answers.accounts[f"{account}/{number}"] = account
            if number in state.muted:
                world_answers.muted.add(f"{account}/{number}")
    return world_answers


def compare(chain: Sequence[World]) -> FindingChanges:
    """Compare the last world of a chain with the one before; those before that can have answers."""
    evaluated = []

    @contextmanager
    def open_controls(path: Path) -> Iterator[World]:
        evaluated.append(path)
        yield chain[int(path.name)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(findings, "iter_answers", lambda world, jobs: ((job, answers(world)) for job in jobs))
        patch.setattr(findings, "runs_that_can_answer", lambda runs, accounts: (run for run in runs if accounts))
        comparison = FindingComparison()
        comparison.add(JOB, answers(chain[-2]), answers(chain[-1]))
        earlier: Any = [[type("File", (), {"path": Path(str(at))})] for at in reversed(range(len(chain) - 2))]
        comparison.search(earlier, cast(Any, open_controls))
    comparison.changes.evaluated = evaluated  # type: ignore[attr-defined]
    return comparison.changes


def identities(records: Sequence[FindingRecord]) -> list[str]:
    return sorted(record.fingerprint for record in records)


def world(mode: str, *alarms: int, muted: Sequence[int] = ()) -> World:
    """Return a world of one account."""
    return {"a": AccountState(mode, frozenset(alarms), frozenset(muted))}


def changes_of(*chain: World) -> tuple[list[str], list[str], list[str]]:
    """Return what a comparison of the last two worlds of a chain opens, resolves, and has for the first time."""
    changes = compare(chain)
    return identities(changes.opened), identities(changes.resolved), identities(changes.first_known)


def test_findings_of_accounts_that_both_runs_read() -> None:
    assert changes_of(world(READ, 1, 2), world(READ, 2, 3)) == (["a/3"], ["a/1"], [])


def test_nothing_is_resolved_in_an_account_that_is_not_read_now() -> None:
    assert changes_of(world(READ, 1), world(DENIED)) == ([], [], [])
    assert changes_of(world(READ, 1), world(PARTIAL, 2)) == (
        ["a/2"],
        [],
        [],
    )  # an alarm is certain although other data is missing


def test_a_finding_that_opened_while_the_account_could_not_be_read_is_told_later() -> None:
    assert changes_of(world(READ), world(DENIED), world(READ, 1)) == (["a/1"], [], [])
    assert changes_of(world(READ, 1), world(DENIED), world(DENIED), world(READ, 2)) == (["a/2"], ["a/1"], [])


def test_findings_of_an_account_that_no_earlier_run_read_are_not_opened() -> None:
    assert changes_of(world(DENIED), world(DENIED), world(READ, 1)) == ([], [], ["a/1"])


def test_findings_are_opened_if_an_account_joined_and_resolved_if_it_left() -> None:
    assert changes_of(world(ABSENT), world(READ, 1)) == (["a/1"], [], [])
    assert changes_of(world(READ, 1), world(ABSENT)) == ([], ["a/1"], [])
    assert changes_of(world(ABSENT), world(DENIED), world(READ, 1)) == (["a/1"], [], [])


def test_an_alarm_that_was_seen_in_an_incomplete_answer_is_told_once() -> None:
    first = changes_of(world(READ), world(PARTIAL, 1))
    then = changes_of(world(READ), world(PARTIAL, 1), world(PARTIAL, 1))
    assert (first, then) == ((["a/1"], [], []), ([], [], []))
    assert changes_of(world(READ), world(PARTIAL, 1), world(DENIED), world(READ)) == ([], ["a/1"], [])
    assert changes_of(world(READ), world(PARTIAL, 1), world(DENIED), world(READ, 1)) == ([], [], [])


def test_muted_alarms_are_neither_opened_nor_resolved() -> None:
    assert changes_of(world(READ), world(READ, 1, muted=[1])) == ([], [], [])
    assert changes_of(world(READ, 1), world(READ, 1, muted=[1])) == ([], [], [])
    assert changes_of(world(READ, 1, muted=[1]), world(READ, 1)) == (["a/1"], [], [])  # the suppression expired
    assert changes_of(world(READ, 1, muted=[1]), world(READ)) == ([], ["a/1"], [])  # Security Hub has it


def test_an_earlier_run_is_evaluated_only_if_it_must_decide() -> None:
    denied: list[World] = [world(READ), world(DENIED), world(DENIED)]
    assert compare(denied).evaluated == []  # type: ignore[attr-defined]
    readable: list[World] = [world(READ), world(READ), world(DENIED), world(READ)]
    assert compare(readable).evaluated == [Path("1")]  # type: ignore[attr-defined]


STATE = st.builds(
    AccountState, st.sampled_from([READ, READ, PARTIAL, DENIED, ABSENT]), st.frozensets(st.integers(0, 3))
)
CHAIN = st.lists(st.fixed_dictionaries({"a": STATE, "b": STATE}), min_size=2, max_size=7)


@pytest.mark.slow
@given(CHAIN)
@settings(max_examples=100, deadline=None)
def test_the_notices_of_a_chain_of_runs_add_up_to_the_open_findings_of_the_last(chain: list[World]) -> None:
    open_fingerprints = set(answers(chain[0]).accounts)  # the first delivery has all open findings
    for last in range(2, len(chain) + 1):
        opened, resolved, first_known = map(set, changes_of(*chain[:last]))
        assert not (opened | first_known) & open_fingerprints, "a finding is told once"
        assert resolved <= open_fingerprints, "only what was told is resolved"
        open_fingerprints = (open_fingerprints | opened | first_known) - resolved
        now = answers(chain[last - 1])
        for account in ("a", "b"):
            open_now = {identity for identity, of in now.accounts.items() if of == account}
            mine = {identity for identity in open_fingerprints if identity.startswith(account)}
            assert mine == open_now if not now.lacks(account) else mine >= open_now
