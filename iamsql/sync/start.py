"""Create the file of a run. A resumed run gets a new file too, with the data of the interrupted or complete file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from iamsql.aws.organization import Organization, OrganizationReader
from iamsql.model import Account
from iamsql.runfile import build
from iamsql.runfile.rows import AccountResult, RunRow, iso_seconds
from iamsql.store.journal import INTERRUPTED
from iamsql.store.writer import RunWriter
from iamsql.sync.options import Options, Window
from iamsql.sync.resume.select import set_aside
from iamsql.sync.resume.state import CallKey, PriorRun


def create_file(
    runs: Path,
    run: RunRow,
    org: Organization,
    reader: OrganizationReader,
    calls: Sequence[CallKey],
    prior: PriorRun | None,
) -> RunWriter:
    """Create the run file, and write the organization and the data of the resumed run.

    From now on the file has a row for each account and for each of `calls`, as read or as not reached. The runs folder has
    to be locked. Raises IamsqlError.
    """
    with ExitStack() as stack:
        if prior and prior.is_partial:
            prior.path = stack.enter_context(set_aside(prior.path))
            run_id = prior.run_id  # an interrupted run continues under its ID, so that one file remains
        else:
            run_id = build.free_name(runs, datetime.now(UTC), org.organization_id or org.caller_account)
        writer = build.create(runs / f"{run_id}.duckdb", replace(run, run_id=run_id))
        try:
            reader.write(org, writer)
            results = [_initial_result(account, prior) for account in org.accounts]
            if prior:
                prior.copy(writer, results, org.caller_account, calls)
            else:
                with writer.transaction():
                    rows = [result.values(position) for position, result in enumerate(results, 1)]
                    writer.insert_rows("accounts", rows)
                    writer.expect(calls)
            writer.flush()
        except BaseException:
            writer.close()  # before set_aside deletes the file and renames the interrupted one back
            raise
    return writer


def run_row(
    org: Organization, options: Options, window: Window, notes: Sequence[str], now: str, prior: PriorRun | None
) -> RunRow:
    """Return the row of iamsql.run: a resumed run keeps its start, and a new run lists the complete run that it retries."""
    identity = (org.caller_arn, org.partition, org.organization_id or None, org.management or None)
    times = (iso_seconds(window.start), iso_seconds(window.end))
    row = RunRow("", now, *identity, times, options.to_row(), list(notes))
    if prior is None:
        return row
    started = prior.facts.started_at.isoformat() if prior.facts.started_at else None
    if prior.is_partial:
        return replace(row, started_at=started or now, resumed_at=now)
    return replace(row, reused=(prior.run_id, started))


def _initial_result(account: Account, prior: PriorRun | None) -> AccountResult:
    known = prior.of(account.account_id) if prior else None
    if known and known.is_complete:
        return known.account_result(account)
    return AccountResult(account, None, "not_reached", INTERRUPTED)
