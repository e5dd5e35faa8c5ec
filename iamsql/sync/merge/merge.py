"""Merge shards into one run file, as if one sync had read all accounts. Accounts of a missing shard are recorded as not read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from iamsql.render.cells import pluralize
from iamsql.runs.checksums import record
from iamsql.runs.file import build
from iamsql.runs.file.rows import USER_CHOICES, RunRow, iso_seconds
from iamsql.runs.lock import folder_lock
from iamsql.runs.private_files import SIDE_FILE_SUFFIXES
from iamsql.runs.store.writer import RunWriter
from iamsql.sqltext import literal
from iamsql.sync.merge.copy_shard import copy_shard, own_tables, raw_calls, sum_phases
from iamsql.sync.merge.shard_files import ShardFile, find_shards
from iamsql.sync.options import SyncResult
from iamsql.sync.shards import SHARD_OF, organization_reason
from iamsql.sync.summary import ADMINISTRATORS_NOTE, administrator_notes

LOCK_TIMEOUT = 120.0  # seconds: a sync that resumes a run copies its data under the lock
# An account of another shard has the reason of that shard, until the shard's own row replaces it.
NOT_READ = """
update iamsql.accounts set outcome = 'interrupted', selected = true,
  reason = case when {shard} in ({present}) then concat('Shard ', {shard}, ' of {total} did not list this account.')
    else concat('Shard ', {shard}, ' of {total} is missing.') end
where outcome = 'excluded' and reason = concat('Shard ', {shard}, ' of {total} reads this account.')
"""
EXPECT = """
insert into iamsql.coverage
select a.account_id, a.name, w.region, w.service, w.operation, 'skipped', 'shard_missing', a.reason, 0, 0, 0, 0, 0, null, null
from iamsql.accounts a, temp.expected w where a.outcome = 'interrupted' and not exists (
  from iamsql.coverage c where c.account_id = a.account_id
    and (c.region, c.service, c.operation) = (w.region, w.service, w.operation))
"""
WITHOUT_ORGANIZATION = """
update iamsql.coverage set error_code = 'shard_missing', error_message = ? where status = 'skipped' and error_message = ?
"""
GAPS_SQL = f"""
select count(*) from iamsql.coverage where status not in ('ok', 'not_applicable')
  and coalesce(error_code, '') not in ({", ".join(map(literal, sorted(USER_CHOICES)))})
"""
ACCOUNTS_SQL = """
select count(*), count(*) filter (outcome in ('complete', 'incomplete')), count(*) filter (outcome = 'complete')
from iamsql.accounts
"""
UNREAD = "select {shard} as shard, count(*) from iamsql.accounts where outcome = 'interrupted' group by all"


@dataclass(frozen=True)
class _MergeResult:
    status: str
    gaps: int
    lines: list[str]


def merge(folder: Path, names: Sequence[str] = ()) -> SyncResult:
    """Merge the named shards, or the shards of the newest run of the folder, into a new run of the folder.

    Raise IamsqlError for shards that do not belong together. Nothing remains of a merge that failed.
    """
    files = find_shards(folder, names)
    writer = _create_run(folder, files)
    try:
        merged = _copy_shards(writer, files)
    except BaseException:
        writer.close()
        for suffix in ("", *SIDE_FILE_SUFFIXES):
            with suppress(OSError):
                writer.partial.with_name(writer.partial.name + suffix).unlink()
        raise
    path = writer.finish()
    lines = [*merged.lines, f"Run file: {path}", *record(path)]
    if merged.status != "complete":
        lines.append("How to read the missing accounts: iamsql query skipped_accounts")
    return SyncResult(path, merged.status, lines, merged.gaps)


def _create_run(folder: Path, files: Sequence[ShardFile]) -> RunWriter:
    """Create the file of the run. It is marked as a merge, so no sync resumes it."""
    metadata = files[0].metadata
    start = metadata.started_at or datetime.now(UTC)
    row = RunRow(
        "",
        iso_seconds(start.astimezone(UTC)),
        metadata.caller_arn,
        metadata.partition,
        metadata.organization_id or None,
        metadata.management_account_id or None,
        (_iso_or_none(metadata.window_start), _iso_or_none(metadata.window_end)),
        {name: value for name, value in metadata.options.items() if name not in ("shard", "as_of")},
        resumed_at=_iso_or_none(
            max((file.metadata.resumed_at for file in files if file.metadata.resumed_at), default=None)
        ),
        reused=next(
            (
                (file.metadata.reused_from, _iso_or_none(file.metadata.reused_started_at))
                for file in files
                if file.metadata.reused_from
            ),
            (None, None),
        ),
    )
    row.options["merged"] = files[0].shard.total
    with folder_lock(folder, LOCK_TIMEOUT):
        row.run_id = build.free_name(folder, start.astimezone(UTC), files[0].owner)
        folders = {file.path.parent.resolve() for file in files}
        return build.create(folder / f"{row.run_id}.duckdb", row, folders=sorted(folders))


def _copy_shards(writer: RunWriter, files: Sequence[ShardFile]) -> _MergeResult:
    """Copy the shards, add coverage for missing shards, fill the typed tables, and complete the run.

    Return the status of the run, the number of gaps, and the lines of the summary.
    """
    tables = own_tables(writer)
    for file in files:
        copy_shard(writer, file, tables, is_first=file is files[0])
    with writer.transaction():
        _add_missing(writer, files)
        sum_phases(writer)
    for raw in raw_calls(tables):
        writer.add_copied(raw)
    [(total, read, complete)] = writer.rows(ACCOUNTS_SQL)
    [(gaps,)] = writer.rows(GAPS_SQL)
    status = "empty" if not read else "incomplete" if gaps else "complete"
    missing_lines = list(_missing_lines(writer, files))
    writer.execute("update iamsql.run set notes = ?", [json.dumps([*_all_notes(writer, files), *missing_lines])])
    build.complete(writer, status, iso_seconds(datetime.now(UTC)), has_looked_up=True)
    shards = pluralize(files[0].shard.total, "shard")
    summary = f"Merged {len(files)} of {shards}: read {read} of {total} accounts ({complete} in full)."
    return _MergeResult(status, gaps, [summary, *missing_lines])


def _add_missing(writer: RunWriter, files: Sequence[ShardFile]) -> None:
    """Mark the accounts of missing shards as not reached; and the organization, if the shard that reads it is missing."""
    total, numbers = files[0].shard.total, [file.shard.number for file in files]
    shard = SHARD_OF.format(account="account_id", total=total)
    writer.execute(NOT_READ.format(shard=shard, total=total, present=", ".join(map(str, numbers))))
    writer.execute(EXPECT)
    if not files[0].shard.reads_organization:
        writer.execute(WITHOUT_ORGANIZATION, [f"Shard 1 of {total} is missing.", organization_reason(total)])


def _missing_lines(writer: RunWriter, files: Sequence[ShardFile]) -> Iterator[str]:
    """Yield a sentence for each missing shard, with the number of its accounts."""
    total, present = files[0].shard.total, {file.shard.number for file in files}
    unread_accounts = dict(writer.rows(UNREAD.format(shard=SHARD_OF.format(account="account_id", total=total))))
    for number in sorted({*range(1, total + 1)} - present):
        accounts = pluralize(unread_accounts.get(number, 0), "account")
        organization = " and the organization were" if number == 1 else " were" if accounts != "1 account" else " was"
        yield f"Shard {number} of {total} is missing: its {accounts}{organization} not read."


def _all_notes(writer: RunWriter, files: Sequence[ShardFile]) -> Iterator[str]:
    """Yield the notes of the shards, each once, with the sentence about administrators' roles for all accounts."""
    for note in dict.fromkeys(note for file in files for note in file.notes):
        if not note.startswith(ADMINISTRATORS_NOTE):
            yield note
    roles = [role for (role,) in writer.rows("select role_used from iamsql.accounts where role_used is not null")]
    yield from administrator_notes(roles, is_limited=not files[0].metadata.options.get("no_session_policy"))


def _iso_or_none(time: datetime | None) -> str | None:
    return iso_seconds(time.astimezone(UTC)) if time else None
