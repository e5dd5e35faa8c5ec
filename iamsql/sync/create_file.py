"""Create the file of a run. A resumed run also gets a new file, with the data of the interrupted or complete file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from iamsql.aws.organization import OrganizationReader
from iamsql.aws.organization_model import Organization
from iamsql.canonical_json import replace_surrogates
from iamsql.model import Account
from iamsql.runs.file import build
from iamsql.runs.file.rows import AccountResult, RunRow, iso_seconds
from iamsql.runs.store.journal import INTERRUPTED_MESSAGE
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.options import Options, Window
from iamsql.sync.resume.select import set_aside
from iamsql.sync.resume.state import CallKey, PriorRun
from iamsql.sync.shards import Shard, parse_shard

UNITS = """
update iamsql.accounts a set ou_path = n.ou_path from (
  select unnest(?::varchar[]) as account_id, unnest(?::varchar[]) as ou_path) n
where a.account_id = n.account_id
"""


def create_file(runs: Path, run: RunRow, owner: str, shard: Shard | None = None) -> RunWriter:
    """Create the file of a new run of an organization or account. The runs folder has to be locked. Raise IamsqlError."""
    run_id = _new_run_id(runs, run, owner, shard)
    return build.create(runs / f"{run_id}.duckdb", replace(run, run_id=run_id))


def _new_run_id(runs: Path, run: RunRow, owner: str, shard: Shard | None) -> str:
    """Return the ID of a new run. The IDs of the shards of a run begin with its time, so they are together in a list."""
    start = datetime.fromisoformat(run.started_at) if "as_of" in run.options else datetime.now(UTC)
    return build.free_name(runs, start, owner + (shard.suffix if shard else ""))


def add_accounts(writer: RunWriter, accounts: Sequence[Account], earlier_count: int, calls: Sequence[CallKey]) -> None:
    """Add accounts after the `earlier_count` ones, as interrupted, and a row of coverage for each of `calls` in each account."""
    results = [AccountResult(account, None, "interrupted", INTERRUPTED_MESSAGE) for account in accounts]
    with writer.transaction():
        writer.insert_rows(
            "accounts", [result.values(position) for position, result in enumerate(results, earlier_count + 1)]
        )
        writer.expect(calls, earlier_count)


def set_units(writer: RunWriter, accounts: Sequence[Account]) -> None:
    """Set the organizational unit of each account."""
    columns = [[account.account_id for account in accounts], [account.ou_path for account in accounts]]
    writer.execute(UNITS, [list(map(replace_surrogates, column)) for column in columns])


def resume_file(
    runs: Path,
    run: RunRow,
    org: Organization,
    reader: OrganizationReader,
    calls: Sequence[CallKey],
    prior: PriorRun,
) -> RunWriter:
    """Create the file of a resumed run, and write the organization and the data that the run has.

    From now on the file has a row for each account and for each of `calls`, as read or as not reached. The runs folder has
    to be locked. Raise IamsqlError.
    """
    with ExitStack() as stack:
        if prior.is_partial:
            prior.path = stack.enter_context(set_aside(prior.path))
            run_id = prior.run_id  # an interrupted run continues under its ID, so one file remains
        else:
            run_id = _new_run_id(runs, run, org.owner, parse_shard(run.options.get("shard")))
        writer = build.create(runs / f"{run_id}.duckdb", replace(run, run_id=run_id))
        try:
            reader.write(org, writer)
            results = [_initial_result(account, prior) for account in org.accounts]
            prior.copy(writer, results, org.caller_account, calls)
            writer.flush()
        except BaseException:
            writer.close()  # before set_aside deletes the file and renames the interrupted one back
            raise
    return writer


def run_row(
    org: Organization, options: Options, window: Window, notes: Sequence[str], now: str, prior: PriorRun | None
) -> RunRow:
    """Return the row of iamsql.run. A resumed run keeps its start; a retry of a complete run has the ID of that run."""
    identity = (org.caller_arn, org.partition, org.organization_id or None, org.management or None)
    times = (iso_seconds(window.start), iso_seconds(window.end))
    row = RunRow("", options.as_of or now, *identity, times, options.to_row(), list(notes))
    if prior is None:
        return row
    started = prior.metadata.started_at.isoformat() if prior.metadata.started_at else None
    if prior.is_partial:
        return replace(row, started_at=started or now, resumed_at=now)
    # With --as-of, the start is not the time when the calls are repeated.
    return replace(row, reused=(prior.run_id, started), resumed_at=now if options.as_of else None)


def _initial_result(account: Account, prior: PriorRun) -> AccountResult:
    prior_account = prior.of(account.account_id)
    if prior_account.is_complete:
        return prior_account.account_result(account)
    return AccountResult(account, None, "interrupted", INTERRUPTED_MESSAGE)
