"""Run detections over one open run. An error of a detection does not affect the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from iamsql import catalog
from iamsql.check.arguments import require_arguments, select_arguments
from iamsql.check.detection_gaps import UnevaluatedReasons, unevaluated_accounts, unevaluated_note
from iamsql.check.open_run import Evaluation, opened_run
from iamsql.check.selection import DETECTIONS, LEVELS, CheckCatalog, has_severity
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.translate import to_duckdb
from iamsql.render.cells import pluralize
from iamsql.runs.coverage.by_account import read_accounts
from iamsql.runs.coverage.caveats import caveats
from iamsql.runs.coverage.resource_types import find_tables
from iamsql.runs.coverage.summary import summarize_coverage
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.reader import Reader

FINDING_COLUMNS = tuple(
    "event_time account_id region actor source_ip_address event_name target detail event_id".split()
)
COLUMNS = ("severity", "detection", "technique", *FINDING_COLUMNS)
TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "TIMESTAMP", *("VARCHAR",) * (len(FINDING_COLUMNS) - 1))
TECHNIQUE_TAG_PREFIX = "mitre:"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class DetectionResult:
    """The findings, notes, errors by detection, gaps, and the metadata of the run.

    `unevaluated`: the reasons by account, for each detection that could not be evaluated.
    `queries`: the detections by name. `account_names`: the names of the accounts by ID.
    """

    findings: Result
    notes: list[str]
    errors: dict[str, str]
    unevaluated: UnevaluatedReasons
    metadata: RunMetadata
    queries: Mapping[str, Query] = field(default_factory=dict)
    account_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def failures(self) -> list[str]:
        """Return the error of each detection that failed."""
        return list(self.errors.values())

    @property
    def unevaluated_count(self) -> int:
        """Return the number of detections that could not be evaluated in some account."""
        return len(self.unevaluated)


def run_detections(
    detections: Sequence[Query], evaluation: Evaluation, *, days: int | None = None, accounts: Sequence[str] = ()
) -> DetectionResult:
    """Run detections and return their findings of the last `days` before the run and of `accounts`, the most severe first.

    None is all days, and () all accounts.
    """
    args, settings = evaluation.args, evaluation.settings
    require_arguments(detections, args, "detections")
    with opened_run(detections, evaluation, accounts) as (reader, run_notes):
        since = _earliest_time(reader, days)
        tables: dict[str, set[str]] = {}
        rows, errors = _run_each(
            reader, detections, evaluation, partial(_matches, since=since, accounts=accounts), tables
        )
        result = Result(COLUMNS, sorted(rows, key=_sort_key), TYPES)
        unevaluated = unevaluated_accounts(reader, tables, accounts)
        missing_data_notes = caveats(
            summarize_coverage(reader, set().union(*tables.values())), reader.metadata, not rows
        )
        origin_notes = catalog.query_notes(detections, settings, args)
        summary_notes = [*_summary_notes(rows, len(tables), len(errors)), *unevaluated_note(unevaluated)]
        notes = [*origin_notes, *run_notes, *summary_notes, *dict.fromkeys(missing_data_notes)]
        names = read_accounts(reader).names if reader.metadata.run_id else {}
        queries = {query.name: query for query in detections}
        return DetectionResult(result, notes, errors, unevaluated, reader.metadata, queries, names)


def find_findings(detections: Sequence[Query], evaluation: Evaluation) -> tuple[Result, list[str]]:
    """Return the findings of detections, the most severe first, and the error of each detection that failed."""
    with opened_run(detections, evaluation) as (reader, _):
        rows, errors = _run_each(reader, detections, evaluation, lambda row: True)
    return Result(COLUMNS, sorted(rows, key=_sort_key), TYPES), list(errors.values())


def _run_each(
    reader: Reader,
    detections: Sequence[Query],
    evaluation: Evaluation,
    matches: Callable[[Row], bool],
    tables: dict[str, set[str]] | None = None,
) -> tuple[list[Row], dict[str, str]]:
    """Run detections. Return the findings whose FINDING_COLUMNS match, as rows of COLUMNS, and the errors by detection.

    `tables` receives the tables that each detection depends on. To find them takes as long as to plan the detection again.
    """
    settings, args = evaluation.settings, evaluation.args
    values = {
        query.name: catalog.bind(query, {**settings.of(query), **select_arguments(query, args)}) for query in detections
    }
    rows: list[Row] = []
    errors: dict[str, str] = {}
    for query in detections:
        try:
            sql = to_duckdb(reader, query, query.sql).sql
            # A list, because an error in a row must not affect other detections.
            findings = list(iter_findings(reader.run(sql, values[query.name])))
            if tables is not None:
                tables[query.name] = find_tables(reader, sql, query.resource_types)
        except IamsqlError as error:
            errors[query.name] = f"{query.path}: {error}"
            if reader.is_lost:
                raise IamsqlError(errors[query.name]) from error
        else:
            first_columns = (query.severity or LEVELS[-1], query.name, technique(query))
            rows += [(*first_columns, *row) for row in findings if matches(row)]
    return rows, errors


# -- selection ------------------------------------------------------------------------------------------------------------


def select_detections(names: Sequence[str], checks: CheckCatalog, severity: str) -> list[Query]:
    """Return the detections of this severity or higher that the names select, each once; without names, all detections."""
    selected_queries: dict[str, Query] = {}
    for name in names or (DETECTIONS,):
        selected_queries |= {query.name: query for query in _select_by_name(name, checks)}
    return [query for query in selected_queries.values() if has_severity(query, severity)]


def _select_by_name(name: str, checks: CheckCatalog) -> list[Query]:
    """Return the detections that a name selects, in the newest version unless the name contains a version."""
    if name == DETECTIONS:
        return [checks.detections[detection] for detection in checks.names_of_valid_files(checks.detections)]
    if name.partition("@")[0] not in checks.detections:
        raise checks.unknown_name_error(name)
    return [catalog.find(checks.queries, name)]


# -- findings --------------------------------------------------------------------------------------------------------------


def iter_findings(result: Result) -> Iterator[Row]:
    """Yield the first columns of each row, which every detection has; times are in UTC, without a zone.

    Raise IamsqlError for other columns, and for an event_time that is not a timestamp.
    """
    if result.columns[: len(FINDING_COLUMNS)] != FINDING_COLUMNS:
        raise IamsqlError(f"the first columns of a detection must be {', '.join(FINDING_COLUMNS)}.")
    for time, *rest in result.rows:
        if time is not None and not isinstance(time, datetime):
            raise IamsqlError(f"event_time must be a timestamp, not {result.types[0]}.")
        yield (_without_zone(time) if time else None, *rest[: len(FINDING_COLUMNS) - 1])


def _without_zone(time: datetime) -> datetime:
    # Events have a TIMESTAMP in UTC; the SQL of a detection may cast it to TIMESTAMPTZ.
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def _earliest_time(reader: Reader, days: int | None) -> datetime | None:
    if days is None:
        return None
    if reader.metadata.started_at is None:
        raise IamsqlError(f"{reader.path} has no start time, so --days cannot be used.")
    return _without_zone(reader.metadata.started_at) - timedelta(days=days)


def _matches(row: Row, since: datetime | None, accounts: Sequence[str]) -> bool:
    """Return whether to report a finding. A finding without a time may be recent."""
    is_recent = since is None or row[0] is None or row[0] >= since
    return is_recent and (not accounts or row[1] in accounts)


def _sort_key(row: Row) -> tuple[Any, ...]:
    """Return the sort key of a row of COLUMNS: severity, detection and time."""
    severity, detection, _, time, account, *_, event_id = row
    # A row without a time comes last; the account and the event ID make the order of equal times the same in every run.
    return LEVELS.index(severity), detection, time or datetime.max, str(account), str(event_id)


def technique(query: Query) -> str | None:
    """Return the MITRE ATT&CK techniques in a detection's tags, separated by commas; None without any."""
    return (
        ", ".join(tag.removeprefix(TECHNIQUE_TAG_PREFIX) for tag in query.tags if tag.startswith(TECHNIQUE_TAG_PREFIX))
        or None
    )


def _summary_notes(rows: Sequence[Row], ran: int, failed: int) -> list[str]:
    """Return sentences with the number of detections that ran, and the number of findings by severity."""
    without_findings = ran - len({detection for _, detection, *_ in rows})
    failures = f"; {failed} failed" if failed else ""
    counts = Counter(severity for severity, *_ in rows)
    by_severity = ", ".join(f"{counts[level]} {level}" for level in LEVELS if counts[level])
    return [
        f"{pluralize(ran, 'detection')} ran, {without_findings} without findings{failures}.",
        f"{pluralize(len(rows), 'finding')}: {by_severity}." if rows else "No findings.",
    ]
