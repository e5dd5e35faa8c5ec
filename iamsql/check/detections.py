"""Run detections over one open run. An error of a detection does not affect the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.catalog import Config
from iamsql.check.dependencies import organization_calls
from iamsql.check.open_run import opened_run
from iamsql.check.selection import DETECTIONS, LEVELS, CheckCatalog, arguments_of, has_severity, require_arguments
from iamsql.coverage.by_account import TABLE, create_gaps_table
from iamsql.coverage.caveats import caveats
from iamsql.coverage.summary import coverage_of
from iamsql.coverage.words import counted
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.translate import to_duckdb
from iamsql.store.limits import StatementLimits
from iamsql.store.metadata import RunMetadata
from iamsql.store.reader import Reader

FINDING_COLUMNS = tuple("event_time account_id region actor source_ip event_name target detail event_id".split())
COLUMNS = ("severity", "detection", "technique", *FINDING_COLUMNS)
TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "TIMESTAMP", *("VARCHAR",) * (len(FINDING_COLUMNS) - 1))
TECHNIQUE = "mitre:"
# The failure of a call that is made once for the organization affects every account. Inactive accounts are never read.
UNREAD = f"""
select distinct table_name, account_id from {TABLE}
where not inactive and (everywhere or len($accounts) = 0 or list_contains($accounts, account_id))
"""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class DetectionResult:
    """The findings, notes, the error of each detection that failed, how many could not be evaluated, and the run."""

    findings: Result
    notes: list[str]
    failures: list[str]
    unread: int
    facts: RunMetadata


def run_detections(
    chosen: Sequence[Query],
    *,
    args: Mapping[str, str],
    settings: Config,
    days: int | None,
    accounts: Sequence[str],
    run: str,
    runs_dir: Path,
    limits: StatementLimits | None = None,
) -> DetectionResult:
    """Run detections and return their findings of the last `days` before the run and of `accounts`, the most severe first.

    None is all days, and () all accounts.
    """
    require_arguments(chosen, args, "detections")
    values = {query.name: catalog.bind(query, {**settings.of(query), **arguments_of(query, args)}) for query in chosen}
    failures: list[str] = []
    rows: list[Row] = []
    tables: dict[str, set[str]] = {}
    with opened_run(chosen, run, runs_dir, accounts, limits) as (reader, run_notes):
        since = _since(reader, days)
        for query in chosen:
            try:
                sql = to_duckdb(reader, query, query.sql).sql
                # A list, because an error in a row must not affect other detections.
                found = list(_findings(reader.run(sql, values[query.name])))
                tables[query.name] = reader.tables_of(sql)
            except IamsqlError as error:
                failures.append(f"{query.path}: {error}")
            else:
                head = (query.severity or LEVELS[-1], query.name, technique(query))
                rows += [(*head, *row) for row in found if _matches(row, since, accounts)]
        result = Result(COLUMNS, sorted(rows, key=_order), TYPES)
        unread = _unread_accounts(reader, tables, accounts)
        missing = caveats(coverage_of(reader, set().union(*tables.values())), reader.facts, not rows)
        origin = catalog.query_notes(chosen, settings, args)
        summary = [*_summary(rows, len(tables), len(failures)), *_unread_note(unread)]
        notes = [*origin, *run_notes, *summary, *dict.fromkeys(missing)]
        return DetectionResult(result, notes, failures, len(unread), reader.facts)


# -- selection ------------------------------------------------------------------------------------------------------------


def select_detections(names: Sequence[str], checks: CheckCatalog, severity: str) -> list[Query]:
    """Return the detections of this severity or higher that the names select, each once; without names, all detections."""
    chosen: dict[str, Query] = {}
    for name in names or (DETECTIONS,):
        chosen |= {query.name: query for query in _named(name, checks)}
    return [query for query in chosen.values() if has_severity(query, severity)]


def _named(name: str, checks: CheckCatalog) -> list[Query]:
    """Return the detections that a name selects, in the newest version unless the name contains a version."""
    if name == DETECTIONS:
        return [checks.detections[detection] for detection in checks.sound(checks.detections)]
    if name.partition("@")[0] not in checks.detections:
        raise checks.unknown(name)
    return [catalog.find(checks.queries, name)]


# -- findings --------------------------------------------------------------------------------------------------------------


def _findings(result: Result) -> Iterator[Row]:
    """Yield the first columns of each row, which every detection has; times are in UTC, without a zone."""
    if result.columns[: len(FINDING_COLUMNS)] != FINDING_COLUMNS:
        raise IamsqlError(f"the first columns of a detection must be {', '.join(FINDING_COLUMNS)}.")
    for time, *rest in result.rows:
        if time is not None and not isinstance(time, datetime):
            raise IamsqlError(f"event_time must be a timestamp, not {result.types[0]}.")
        yield (_plain(time) if time else None, *rest[: len(FINDING_COLUMNS) - 1])


def _plain(time: datetime) -> datetime:
    # Events have a TIMESTAMP in UTC; the SQL of a detection may cast it to TIMESTAMPTZ.
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def _since(reader: Reader, days: int | None) -> datetime | None:
    if days is None:
        return None
    if reader.facts.started_at is None:
        raise IamsqlError(f"{reader.path} has no start time, so --days cannot be used.")
    return _plain(reader.facts.started_at) - timedelta(days=days)


def _matches(row: Row, since: datetime | None, accounts: Sequence[str]) -> bool:
    """Return whether to report a finding. A finding without a time may be recent."""
    is_recent = since is None or row[0] is None or row[0] >= since
    return is_recent and (not accounts or row[1] in accounts)


def _order(row: Row) -> tuple[Any, ...]:
    """Return the sort key of a row of COLUMNS: severity, detection and time."""
    severity, detection, _, time, account, *_, event_id = row
    # A row without a time comes last; the account and the event ID make the order of equal times the same in every run.
    return LEVELS.index(severity), detection, time or datetime.max, str(account), str(event_id)


def technique(query: Query) -> str | None:
    """Return the MITRE ATT&CK techniques in a detection's tags, separated by commas; None without any."""
    return ", ".join(tag.removeprefix(TECHNIQUE) for tag in query.tags if tag.startswith(TECHNIQUE)) or None


def _summary(rows: Sequence[Row], ran: int, failed: int) -> list[str]:
    """Return sentences with the number of detections that ran, and the number of findings by severity."""
    without_findings = ran - len({detection for _, detection, *_ in rows})
    failures = f"; {failed} failed" if failed else ""
    counts = Counter(severity for severity, *_ in rows)
    by_severity = ", ".join(f"{counts[level]} {level}" for level in LEVELS if counts[level])
    return [
        f"{counted(ran, 'detection')} ran, {without_findings} without findings{failures}.",
        f"{counted(len(rows), 'finding')}: {by_severity}." if rows else "No findings.",
    ]


# -- missing data ----------------------------------------------------------------------------------------------------------


def _unread_accounts(
    reader: Reader, tables: Mapping[str, Collection[str]], accounts: Sequence[str]
) -> dict[str, set[str]]:
    """Map each detection to the accounts, of `accounts` or of all, in which its tables were not read.

    `tables` maps each detection to its tables. Return {} for a file that is not a run.
    """
    if not reader.facts.run_id:
        return {}
    create_gaps_table(reader, set().union(*tables.values()), organization_calls())
    by_table: dict[str, set[str]] = {}
    for table, account in reader.query(UNREAD, {"accounts": list(accounts)}):
        by_table.setdefault(table, set()).add(account)
    found = {detection: set().union(*(by_table.get(name, ()) for name in names)) for detection, names in tables.items()}
    return {detection: unread for detection, unread in found.items() if unread}


def _unread_note(unread: Mapping[str, set[str]]) -> list[str]:
    """Return a sentence with the number of detections that could not be evaluated; [] if there are none."""
    if not unread:
        return []
    detections, where = counted(len(unread), "detection"), counted(len(set().union(*unread.values())), "account")
    return [
        f"{detections} could not be evaluated in {where}: the data was not read. See: iamsql query skipped_accounts"
    ]
