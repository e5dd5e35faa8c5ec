"""Describe a run: its metadata, its accounts, its gaps, and how to resume it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from iamsql.model import IamsqlError, Result
from iamsql.render.cells import pluralize
from iamsql.runs.coverage.newer_version import is_newer, newer_note
from iamsql.runs.directory import PARTIAL_SUFFIX
from iamsql.runs.status import FINISHED_STATUSES
from iamsql.runs.store.reader import Reader, open_run

OPTIONAL_COLUMNS = frozenset({"resumed_at", "reused_from", "reused_started_at"})  # shown if set
MAX_LISTED_GAPS = 20  # calls that are listed
# The reasons of accounts contain account-specific names; accounts are counted by the error code, or by the account's state.
ACCOUNTS_SQL = """
with refused as (
    select account_id, any_value(error_code) as code from iamsql.coverage
    where service = 'sts' and operation = 'AssumeRole' and status <> 'ok' group by all
)
select a.outcome, case a.outcome when 'inactive' then a.state when 'assume_role_failed' then r.code end as why, count(*)
from iamsql.accounts as a left join refused as r using (account_id) group by all order by all
"""
CALLS_SQL = """
select service || ':' || operation || ' ' || status || coalesce(' ' || error_code, ''), count(distinct account_id)
from iamsql.coverage
where status not in ('ok', 'not_applicable', 'skipped', 'not_requested') and not (service = 'sts' and operation = 'AssumeRole')
group by all order by 2 desc, 1
"""
PHASES_SQL = "select phase, start_seconds, seconds, requests from iamsql.phases order by rowid"
Facts = Iterator[tuple[str, str | None]]


def run(path: Path) -> Result:
    """Return a row for each fact of a run; raise IamsqlError for a file that is not a run."""
    with closing(open_run(path)) as reader:
        if not reader.metadata.run_id:
            raise IamsqlError(f"{path} is a DuckDB file, but not a run of iamsql.")
        rows = [
            ("path", str(path)),
            ("bytes", _file_size(path)),
            *_run_facts(path, reader),
            *_account_facts(reader),
            *_call_facts(reader),
            *_phase_facts(reader),
        ]
    return Result(("fact", "value"), rows, ("VARCHAR", "VARCHAR"))


def _file_size(path: Path) -> str | None:
    try:
        return str(path.stat().st_size)
    except OSError:  # deleted while it is read
        return None


def _run_facts(path: Path, reader: Reader) -> Facts:
    """Yield the columns of iamsql.run, and how to resume an interrupted run."""
    # The status of a file whose sync was killed is still `running`.
    is_unfinished = reader.metadata.status not in FINISHED_STATUSES
    run_row = reader.run("select * from iamsql.run limit 1")
    for name, value in zip(run_row.columns, run_row.rows[0], strict=True):
        if name == "status" and is_unfinished:
            yield name, "partial"
        elif name != "notes" and not (name in OPTIONAL_COLUMNS and value is None):
            yield name, None if value in ("", None) else str(value)
    if is_unfinished and path.name.endswith(PARTIAL_SUFFIX):
        yield "to resume", "iamsql sync --resume"
    elif is_unfinished:
        yield "note", "The run was not finished, although its name has no .partial suffix."
    if is_newer(reader.metadata):
        yield "note", newer_note(reader.metadata)


def _account_facts(reader: Reader) -> Facts:
    """Yield the number of accounts by outcome and reason."""
    rows = reader.run(ACCOUNTS_SQL).rows
    for outcome in dict.fromkeys(outcome for outcome, _, _ in rows):
        reasons = [(reason, count) for row_outcome, reason, count in rows if row_outcome == outcome]
        yield f"accounts {outcome}", str(sum(count for _, count in reasons))
        yield from ((f"accounts {outcome}: {reason}", str(count)) for reason, count in reasons if reason)


def _call_facts(reader: Reader) -> Facts:
    """Yield the calls that were not read completely, with the number of accounts."""
    rows = reader.run(CALLS_SQL).rows
    yield from ((f"gap {call}", str(count)) for call, count in rows[:MAX_LISTED_GAPS])
    if len(rows) > MAX_LISTED_GAPS:
        yield "further gaps", f"{len(rows) - MAX_LISTED_GAPS}: iamsql query skipped_accounts"


def _phase_facts(reader: Reader) -> Facts:
    """Yield the phases of the sync, which overlap. An import, an interrupted run and a run of an earlier version have none."""
    if "iamsql.phases" in reader.stored_columns():
        for phase, start, seconds, requests in reader.run(PHASES_SQL).rows:
            number = f", {pluralize(requests, 'request')}" if requests else ""
            yield f"phase {phase}", f"{seconds:.2f} s ({start:.2f} s to {start + seconds:.2f} s){number}"
