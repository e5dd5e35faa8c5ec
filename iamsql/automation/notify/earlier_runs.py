"""Select the runs that a run is compared with: earlier runs of the organization with the same scope."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from iamsql.automation.notify.model import RunSummary
from iamsql.model import IamsqlError
from iamsql.runs.coverage.by_account import read_accounts
from iamsql.runs.directory import run_file
from iamsql.runs.latest import RunWithStatus, choose, same_organization
from iamsql.runs.status import iter_finished, run_status
from iamsql.runs.store.reader import Reader, open_run

MAX_EARLIER_RUNS = 10  # earlier runs that are searched for one that read an account
ACCOUNT_COUNTS_SQL = """
select count(*) filter (selected), count(*) filter (selected and outcome in ('complete', 'incomplete')) from iamsql.accounts
"""


def run_with_status(path: Path, folder: Path) -> RunWithStatus:
    """Return a run file with its status, which is stored for the runs of a folder. Raise IamsqlError for another file."""
    listed_run = next((run for run in iter_finished(folder) if run[0].path == path), None)
    file = listed_run[0] if listed_run else run_file(path)
    status = listed_run[1] if listed_run else run_status(file) if file else None
    if file is None or status is None or not status.run_id or status.started is None or status.scope is None:
        raise IamsqlError(f"{path} is not a run of iamsql.\nList the runs with: iamsql runs")
    return file, status


def parse_start_time(run: RunWithStatus) -> datetime:
    """Return the start of a run: the time in its name, as in the list of runs, or the time in the file."""
    started_at = run[0].started or run[1].started
    if started_at is None:
        raise IamsqlError(f"{run[0].path} has no time.\nList the runs with: iamsql runs")
    return started_at


def comparable_runs(folder: Path, run: RunWithStatus) -> Iterator[RunWithStatus]:
    """Yield the finished runs before a run, latest first, that have its organization and scope and read an account."""
    for other_run in iter_finished(folder):
        scope, own_scope = other_run[1].scope, run[1].scope
        if scope is None or own_scope is None or other_run[1].started is None or not other_run[1].read:
            continue
        if (
            parse_start_time(other_run) < parse_start_time(run)
            and same_organization(run, other_run)
            and scope.limits == own_scope.limits
        ):
            yield other_run


def named_earlier_run(folder: Path, name: str, run: RunWithStatus) -> RunWithStatus:
    """Return the run of --since. Raise IamsqlError if it is of another organization or not earlier than `run`."""
    earlier_run = run_with_status(choose(folder, name).path, folder)
    ids = earlier_run[1].run_id, run[1].run_id
    if not same_organization(run, earlier_run):
        raise IamsqlError(f"{ids[0]} and {ids[1]} are of different organizations.\nList the runs with: iamsql runs")
    if parse_start_time(earlier_run) >= parse_start_time(run):
        raise IamsqlError(
            f"--since names {ids[0]}, which is not earlier than {ids[1]}.\nList the runs with: iamsql runs"
        )
    return earlier_run


def read_run_summary(reader: Reader) -> RunSummary:
    """Return the identity of an open run, the number of its accounts in scope, and how many of them were read."""
    metadata = reader.metadata
    if metadata.started_at is None:
        raise IamsqlError(f"{reader.path} has no time.\nList the runs with: iamsql runs")
    accounts, accounts_read = reader.query(ACCOUNT_COUNTS_SQL)[0]
    return RunSummary(
        metadata.run_id,
        metadata.started_at,
        metadata.organization_id,
        metadata.partition or "aws",
        accounts,
        accounts_read,
    )


def runs_that_can_answer(runs: Sequence[RunWithStatus], accounts: set[str]) -> Iterator[RunWithStatus]:
    """Yield the runs that can have an answer for one of `accounts`; the caller may remove accounts while it iterates.

    A run where the organization was listed without the account has an answer: the account was not a member.
    """
    for run in runs:
        if not accounts:
            return
        with closing(open_run(run[0].path)) as reader:
            run_accounts = read_accounts(reader)
        if any(
            account in run_accounts.read or (run_accounts.all_listed and account not in run_accounts.names)
            for account in accounts
        ):
            yield run
