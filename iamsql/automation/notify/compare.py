"""Compare a run with an earlier run, and return a notice with what changed and what is unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from iamsql.automation.notify.answers import Answers, iter_answers
from iamsql.automation.notify.changes import finding_change, resource_change, unknown_change
from iamsql.automation.notify.earlier_runs import read_run_summary
from iamsql.automation.notify.findings import FindingComparison, OpenControls, compare_answers
from iamsql.automation.notify.findings_file import FindingsFile
from iamsql.automation.notify.model import Change, Notice, RunSummary, UnreadAccount, no_findings
from iamsql.automation.notify.request import NotifyRequest
from iamsql.automation.notify.resources import resource_changes
from iamsql.automation.notify.unread import answered_calls, inactive_accounts, order_accounts, unread_accounts
from iamsql.check.controls import ControlRun
from iamsql.check.finding_record import FindingRecord
from iamsql.check.selection import LEVELS
from iamsql.render.cells import pluralize
from iamsql.runs.latest import RunWithStatus

# The tables that the comparison of access keys and administrators reads, in addition to the tables of the controls.
RESOURCE_TABLES = {"aws_iam_access_key", "aws_iam_principal_policy"}


@dataclass(frozen=True)
class Comparison:
    """A notice with the changes of the selected kinds. `first_known` are open findings in accounts without an earlier answer."""

    notice: Notice
    first_known: Sequence[Change] = ()
    origin_notes: Sequence[str] = ()


@dataclass
class _RunNumbers:
    """The numbers of the new run, and its accounts that were not read."""

    alarms: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    runs: list[RunSummary] = field(default_factory=list)
    unread_accounts: list[UnreadAccount] = field(default_factory=list)
    inactive: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)
    origin_notes: list[str] = field(default_factory=list)


class Comparer:
    """Compares runs with one set of controls."""

    def __init__(
        self, open_controls: OpenControls, runs_dir: Path, request: NotifyRequest, progress: Callable[[str], object]
    ) -> None:
        """Store what all comparisons have in common."""
        self._open_controls, self._runs_dir, self._request, self._progress = open_controls, runs_dir, request, progress
        self._severities = set(LEVELS[: LEVELS.index(request.severity) + 1])

    def compare(
        self, run: RunWithStatus, earlier_runs: Sequence[RunWithStatus], findings_file: FindingsFile | None = None
    ) -> Comparison:
        """Compare a run with the first of `earlier`; the others have answers about accounts that the first did not read.

        Without earlier runs, return the numbers of the run. Add the open findings of the run to `findings_file`.
        """
        findings = FindingComparison()
        numbers = self._evaluate(run, earlier_runs[0] if earlier_runs else None, findings, findings_file)
        findings.search(earlier_runs[1:], self._open_controls)
        summary = numbers.runs[0]
        changes = [unknown_change(account, summary) for account in numbers.unread_accounts if account.is_new]
        if earlier_runs:
            paths = earlier_runs[0][0].path, run[0].path
            rows = resource_changes(*paths, self._runs_dir, earlier_runs[1:], self._request.kinds)
            changes += [resource_change(row, summary) for row in rows]
        finding_changes = findings.changes
        for change_type, records in (("opened", finding_changes.opened), ("resolved", finding_changes.resolved)):
            changes += self._finding_changes(change_type, records, summary, finding_changes.accounts_that_left)
        notice = Notice(
            run=summary,
            earlier=numbers.runs[1] if earlier_runs else None,
            changes=list({change.fingerprint: change for change in changes}.values()),
            unread_accounts=numbers.unread_accounts,
            open_alarms=dict(numbers.alarms),
            unknown_results=numbers.unknown,
            benchmarks=self._request.benchmarks,
            notes=[*numbers.notes, *_first_known_note(finding_changes.first_known)],
            open_findings=findings_file.__iter__ if findings_file is not None else no_findings,
            inactive=numbers.inactive,
        )
        return Comparison(
            notice, self._finding_changes("opened", finding_changes.first_known, summary), numbers.origin_notes
        )

    def _evaluate(
        self,
        run: RunWithStatus,
        old: RunWithStatus | None,
        findings: FindingComparison,
        findings_file: FindingsFile | None,
    ) -> _RunNumbers:
        """Evaluate the controls over both runs, control by control, and return the numbers of the new run."""
        numbers = _RunNumbers()
        with ExitStack() as stack:
            new_run = stack.enter_context(self._open_controls(run[0].path))
            old_run = stack.enter_context(self._open_controls(old[0].path)) if old else None
            self._progress(f"Comparing {run[1].run_id} with {old[1].run_id}." if old else f"Reading {run[1].run_id}.")
            pairs = (
                compare_answers(old_run, new_run)
                if old_run
                else ((job, None, new) for job, new in iter_answers(new_run))
            )
            for job, old_answers, new_answers in pairs:
                if old_answers:
                    findings.add(job, old_answers, new_answers)
                self._count_results(new_answers, numbers, findings_file)
            self._add_run_facts(new_run, old_run, numbers)
        return numbers

    def _count_results(self, answers: Answers, numbers: _RunNumbers, findings_file: FindingsFile | None) -> None:
        counts, severity = answers.results.counts, answers.rule.severity
        numbers.alarms[severity] += counts.get("alarm", 0)
        numbers.unknown += counts.get("error", 0)
        if findings_file is not None and severity in self._severities:
            for record in answers.records(answers.accounts):
                findings_file.add(record)

    def _add_run_facts(self, new: ControlRun, old: ControlRun | None, numbers: _RunNumbers) -> None:
        """Add the runs, the accounts that were not read, and notes."""
        numbers.runs = [read_run_summary(control_run.reader) for control_run in (new, old) if control_run]
        numbers.inactive = inactive_accounts(new.reader)
        accounts, failed_calls = unread_accounts(new.reader, new.tables | RESOURCE_TABLES)
        answered_before = answered_calls(old.reader, failed_calls) if old else {}
        numbers.unread_accounts = order_accounts(accounts, failed_calls, answered_before)
        failures = [message.splitlines()[0] for message in new.failures.values()]
        numbers.notes += [f"A control could not be evaluated: {failure}" for failure in failures]
        numbers.origin_notes += new.origin_notes

    def _finding_changes(
        self, change_type: str, records: Iterable[FindingRecord], run: RunSummary, left_accounts: Iterable[str] = ()
    ) -> list[Change]:
        accounts_that_left = set(left_accounts)
        return [
            finding_change(change_type, record, run, record.account_id in accounts_that_left)
            for record in records
            if record.rule.severity in self._severities
        ]


def _first_known_note(records: Sequence[FindingRecord]) -> list[str]:
    """Return a note on open findings that may be old or new."""
    if not records:
        return []
    accounts = pluralize(len({record.account_id for record in records}), "account")
    return [
        f"{pluralize(len(records), 'open finding')} of {accounts} are not listed, because no earlier run has an answer for the"
        " account: whether they are new is unknown."
    ]
