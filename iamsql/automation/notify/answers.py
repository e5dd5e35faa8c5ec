"""The alarms of a control in one run, by fingerprint, and the accounts without an answer in the run."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass, field

from iamsql.check.controls import ControlResults, ControlRun
from iamsql.check.diff.findings import FindingSet, add_unknown_account, empty_finding_set
from iamsql.check.finding_record import (
    PROBLEM_STATUSES,
    FindingRecord,
    Rule,
    build_records,
    fingerprinted_rows,
    make_rules,
)
from iamsql.check.selection import Job
from iamsql.model import IamsqlError


@dataclass(frozen=True)
class Answers:
    """The results of a control in a run. `accounts` maps the fingerprint of each alarm, muted or not, to its account.

    `coverage` has the accounts without an answer. `records` of changed alarms are read while the run is open.
    """

    rule: Rule
    results: ControlResults
    coverage: FindingSet
    accounts: dict[str, str] = field(default_factory=dict)
    muted: set[str] = field(default_factory=set)

    def lacks(self, account: str) -> bool:
        """Return whether the run has no answer for an account. If the account has left the organization, that is an answer."""
        return bool(self.coverage.reason_unknown(account))

    def records(self, selected_fingerprints: Container[str]) -> Iterator[FindingRecord]:
        """Yield the records of alarms with these fingerprints."""
        return (
            record
            for record in build_records(self.results, self.rule, PROBLEM_STATUSES, selected_fingerprints)
            if record.status == "alarm"
        )


def iter_answers(control_run: ControlRun, jobs: Collection[Job] | None = None) -> Iterator[tuple[Job, Answers]]:
    """Evaluate the selected controls, or some of them, each once, and yield their answers."""
    remaining_rules = make_rules(control_run)
    started_at = control_run.reader.metadata.started_at
    if started_at is None:
        raise IamsqlError(f"{control_run.reader.path} is not a run of iamsql.\nList the runs with: iamsql runs")
    run_findings = empty_finding_set(started_at, control_run.reader)  # the accounts are the same for all controls
    for results in control_run.run(jobs):
        if rule := remaining_rules.pop(results.control.job, None):
            failure = {"*": results.failure.splitlines()[0]} if results.failure else {}
            coverage = FindingSet(started_at, run_findings.accounts, run_findings.missing_accounts | failure)
            yield results.control.job, _collect_alarms(Answers(rule, results, coverage))


def _collect_alarms(answers: Answers) -> Answers:
    # All results that are problems, because results with the same key are numbered.
    for identity, row in fingerprinted_rows(answers.results, answers.rule, (*PROBLEM_STATUSES, "skip")):
        status, resource, reason, account, *_, unmuted_status, _ = row
        if "alarm" in (status, unmuted_status):
            answers.accounts[identity] = account
            if status == "muted":
                answers.muted.add(identity)
        else:
            add_unknown_account(answers.coverage, (status, unmuted_status), account, resource, reason)
    return answers
