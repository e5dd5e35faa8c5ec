"""A run as facts: what it says of itself, which accounts it has and misses, and what to do with one that was cut off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from iamsql.model import IamsqlError, Result
from iamsql.runs import PARTIAL
from iamsql.runs.status import FINISHED

if TYPE_CHECKING:
    from iamsql.store.read import Reader

SPANS = frozenset({"resumed_at", "carried_from", "carried_started_at"})  # told where they are set
GAPS = 20  # calls that are listed with why they were not read
# An account's reason is a sentence with names of its own: what many share is the code that AWS gave, or the account's state.
ACCOUNTS = """
with refused as (
    select account_id, any_value(error_code) as code from iamsql.coverage
    where service = 'sts' and operation = 'AssumeRole' and status <> 'ok' group by all
)
select a.outcome, case a.outcome when 'not_tried' then a.state when 'not_entered' then r.code end as why, count(*)
from iamsql.accounts as a left join refused as r using (account_id) group by all order by all
"""
CALLS = """
select service || ':' || operation || ' ' || status || coalesce(' ' || error_code, ''), count(distinct account_id)
from iamsql.coverage
where status not in ('ok', 'not_applicable', 'skipped', 'not_asked') and not (service = 'sts' and operation = 'AssumeRole')
group by all order by 2 desc, 1
"""
Facts = Iterator[tuple[str, str | None]]


def run(path: Path) -> Result:
    """Show a run's facts, one a row; raise IamsqlError for a file that is no run."""
    from iamsql.store.read import open_run

    with closing(open_run(path)) as reader:
        if not reader.facts.run_id:
            raise IamsqlError(f"{path} is a DuckDB file, but no run of iamsql.")
        rows = [("path", str(path)), ("bytes", _size(path)), *_said(path, reader), *_accounts(reader), *_calls(reader)]
    return Result(("fact", "value"), rows, ("VARCHAR", "VARCHAR"))


def _size(path: Path) -> str | None:
    try:
        return str(path.stat().st_size)
    except OSError:  # deleted while it is read
        return None


def _said(path: Path, reader: Reader) -> Facts:
    """Yield what iamsql.run says, and what follows from it."""
    from iamsql.runs.versions import is_newer, newer_note

    unfinished = reader.facts.status not in FINISHED
    told = reader.run("select * from iamsql.run limit 1")
    for name, value in zip(told.columns, told.rows[0], strict=True):
        if name == "status" and unfinished:
            yield name, "partial"
        elif name != "notes" and not (name in SPANS and value is None):
            yield name, None if value in ("", None) else str(value)
    if unfinished and path.name.endswith(PARTIAL):
        yield "to finish it", "iamsql sync --resume"
    elif unfinished:
        yield "note", "It was never finished, though its name says so."
    if is_newer(reader.facts):
        yield "note", newer_note(reader.facts)


def _accounts(reader: Reader) -> Facts:
    """Yield how many accounts were read, and how many not, by reason."""
    rows = reader.run(ACCOUNTS).rows
    for outcome in dict.fromkeys(outcome for outcome, _, _ in rows):
        yield f"accounts {outcome}", str(sum(count for one, _, count in rows if one == outcome))
        yield from ((f"accounts {outcome}: {why}", str(count)) for one, why, count in rows if one == outcome and why)


def _calls(reader: Reader) -> Facts:
    """Yield the calls that were not read in full, with the number of accounts."""
    rows = reader.run(CALLS).rows
    yield from ((f"gap {told}", str(count)) for told, count in rows[:GAPS])
    if len(rows) > GAPS:
        yield "further gaps", f"{len(rows) - GAPS}: iamsql query skipped_accounts"
