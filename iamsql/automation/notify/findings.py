"""Determine which findings opened and which were resolved between two runs.

A finding is opened only if its account could be read before, and resolved only if it can be read now. An account without an answer
in the earlier run is compared with the latest still earlier run that has one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from pathlib import Path

from iamsql.automation.notify.answers import Answers, iter_answers
from iamsql.automation.notify.earlier_runs import runs_that_can_answer
from iamsql.check.controls import ControlRun
from iamsql.check.finding_record import FindingRecord
from iamsql.check.selection import Job
from iamsql.runs.latest import RunWithStatus
from iamsql.runs.store.limits import MAX_CONCURRENT_BYTES

OpenControls = Callable[[Path], AbstractContextManager[ControlRun]]


@dataclass
class FindingChanges:
    """The findings that changed. `first_known` are open findings of accounts that no earlier run has an answer for.

    A resolved finding has the status ok, and the reason of its last alarm. `accounts_that_left` left the organization.
    """

    opened: list[FindingRecord] = field(default_factory=list)
    resolved: list[FindingRecord] = field(default_factory=list)
    first_known: list[FindingRecord] = field(default_factory=list)
    accounts_that_left: set[str] = field(default_factory=set)

    def resolve(self, answers: Answers, fingerprints: set[str]) -> None:
        """Add alarms of an earlier run as resolved."""
        for record in answers.records(fingerprints) if fingerprints else ():
            self.resolved.append(replace(record, status="ok", fixes=()))


@dataclass
class _OpenQuestions:
    """The accounts and alarms of a control that earlier runs decide.

    `accounts`: the accounts that are still open. `readable_accounts`: the accounts with an answer in the new run.
    `candidates`: the alarms that opened, unless an earlier run has them.
    `known_alarms`: the alarms of the new run, and the alarms that are already resolved.
    """

    accounts: set[str]
    readable_accounts: set[str]
    known_alarms: set[str]
    candidates: dict[str, FindingRecord]


class FindingComparison:
    """Compares two open runs control by control, so the findings of one control are in memory at a time."""

    def __init__(self) -> None:
        """Begin without changes."""
        self.changes = FindingChanges()
        self._open_questions: dict[Job, _OpenQuestions] = {}

    def add(self, job: Job, old: Answers, new: Answers) -> None:
        """Compare the answers of a control. Both runs must be open."""
        opened = {identity for identity in new.accounts if identity not in new.muted and _is_new(old, identity)}
        unknown_before = {account for account in {new.accounts[identity] for identity in opened} if old.lacks(account)}
        unclear_findings = {identity for identity in opened if new.accounts[identity] in unknown_before}
        candidates = {}
        for record in new.records(opened) if opened else ():
            if record.fingerprint in unclear_findings:
                candidates[record.fingerprint] = record
            else:
                self.changes.opened.append(record)
        self.changes.resolve(old, _gone_alarms(old, new))
        old_accounts, new_accounts = old.coverage.accounts.names.keys(), new.coverage.accounts.names.keys()
        self.changes.accounts_that_left |= old_accounts - new_accounts
        readable = {account for account in old_accounts | new_accounts if old.lacks(account) and not new.lacks(account)}
        if unknown_before or readable:
            accounts = unknown_before | readable
            present_alarms = {identity for identity, account in new.accounts.items() if account in accounts}
            present_alarms |= {identity for identity, account in old.accounts.items() if account in accounts}
            self._open_questions[job] = _OpenQuestions(accounts, readable, present_alarms, candidates)

    def search(self, runs: Sequence[RunWithStatus], open_controls: OpenControls) -> None:
        """Search earlier runs, latest first, for the accounts without an answer in the earlier run of the comparison."""
        accounts = {account for entry in self._open_questions.values() for account in entry.accounts}
        for run in runs_that_can_answer(runs, accounts):
            with open_controls(run[0].path) as control_run:
                for job, answers in iter_answers(control_run, set(self._open_questions)):
                    self._apply_answers(self._open_questions[job], answers)
            self._open_questions = {job: entry for job, entry in self._open_questions.items() if entry.accounts}
            accounts &= {account for entry in self._open_questions.values() for account in entry.accounts}
        for entry in self._open_questions.values():
            self.changes.first_known += entry.candidates.values()
        self._open_questions = {}

    def _apply_answers(self, entry: _OpenQuestions, answers: Answers) -> None:
        """Apply the answers of an earlier run to the accounts that are still open."""
        alarms = {identity for identity, account in answers.accounts.items() if account in entry.accounts}
        for identity in alarms - answers.muted:
            entry.candidates.pop(identity, None)
        gone_alarms = {
            identity
            for identity in alarms - entry.known_alarms
            if answers.accounts[identity] in entry.readable_accounts
        }
        self.changes.resolve(answers, gone_alarms)
        entry.known_alarms |= gone_alarms
        answered_accounts = {account for account in entry.accounts if not answers.lacks(account)}
        for identity, record in list(entry.candidates.items()):
            if record.account_id in answered_accounts:
                self.changes.opened.append(entry.candidates.pop(identity))
        entry.accounts -= answered_accounts


def _is_new(old: Answers, identity: str) -> bool:
    """Return whether a run had no alarm with the fingerprint, or a muted one."""
    return identity not in old.accounts or identity in old.muted


def _gone_alarms(old: Answers, new: Answers) -> set[str]:
    """Return the alarms of the earlier run that the new run does not have, in accounts where it has an answer."""
    missing_alarms = {identity: account for identity, account in old.accounts.items() if identity not in new.accounts}
    unanswered_accounts = {account for account in set(missing_alarms.values()) if new.lacks(account)}
    return {identity for identity, account in missing_alarms.items() if account not in unanswered_accounts}


def compare_answers(old: ControlRun, new: ControlRun) -> Iterator[tuple[Job, Answers, Answers]]:
    """Yield the answers of both runs for each control. The results of a control are dropped when the next one is yielded.

    A control is evaluated over both runs at the same time if they are small, because DuckDB plans a statement in one thread; over
    large runs one after the other, because each needs memory.
    """
    old_results, new_results = iter_answers(old), iter_answers(new)
    size = sum(run.reader.path.stat().st_size for run in (old, new))
    if size > MAX_CONCURRENT_BYTES:
        for (job, old_answers), (_, new_answers) in zip(old_results, new_results, strict=True):
            yield job, old_answers, new_answers
        return
    with ThreadPoolExecutor(1, "notify") as thread:
        while True:
            old_future = thread.submit(copy_context().run, _next_answers, old_results)
            new_pair, old_pair = _next_answers(new_results), old_future.result()
            if old_pair is None or new_pair is None:  # both have the same controls
                return
            yield old_pair[0], old_pair[1], new_pair[1]


def _next_answers(answers: Iterator[tuple[Job, Answers]]) -> tuple[Job, Answers] | None:
    return next(answers, None)
