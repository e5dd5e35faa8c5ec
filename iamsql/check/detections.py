"""Run detections over one open run. An error of a detection does not affect the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.catalog import Config
from iamsql.catalog.params import require_parameters
from iamsql.check.not_evaluated import unread_accounts, unread_note
from iamsql.check.open_run import choose_run, open_for, require_accounts
from iamsql.check.selection import DETECTIONS, LEVELS, CheckCatalog, load_catalog, severity_rank
from iamsql.coverage.calls import explain_calls
from iamsql.coverage.caveats import caveats
from iamsql.coverage.summary import coverage_of
from iamsql.coverage.words import counted
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.session import Answer
from iamsql.query.translate import to_duckdb
from iamsql.store.limits import StatementLimits
from iamsql.store.reader import Reader

FINDING_COLUMNS = (
    "event_time",
    "account_id",
    "region",
    "actor",
    "source_ip",
    "event_name",
    "target",
    "detail",
    "event_id",
)
COLUMNS = ("severity", "detection", "technique", *FINDING_COLUMNS)
TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "TIMESTAMP", *("VARCHAR",) * (len(FINDING_COLUMNS) - 1))
TECHNIQUE = "mitre:"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class FindingFilter:
    """Which findings to return: of this severity or higher, of the last `days` before the run, of some accounts or all."""

    severity: str = LEVELS[-1]
    days: int | None = None
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class DetectionResult:
    """The findings as an answer, the error of each detection that failed, and how many could not be evaluated."""

    answer: Answer
    failures: list[str] = field(default_factory=list)
    unread: int = 0


def run_detections(
    names: Sequence[str],
    *,
    args: Mapping[str, str],
    finding_filter: FindingFilter,
    run: str,
    runs_dir: Path,
    query_dirs: Sequence[str] = (),
    settings: Config | None = None,
    checks: CheckCatalog | None = None,
    limits: StatementLimits | None = None,
) -> DetectionResult:
    """Run the named detections, or all, over a run and return their findings, the most severe first."""
    checks, settings = checks or load_catalog(query_dirs), settings or Config()
    settings.validate_all([query for versions in checks.queries.values() for query in versions], checks.invalid)
    chosen = select(names, checks, finding_filter.severity)
    values = arguments_for(chosen, args, settings)
    failures: list[str] = []
    found: dict[str, list[Row]] = {}
    tables: dict[str, set[str]] = {}
    choice = choose_run(chosen, runs_dir, run, finding_filter.accounts)
    with closing(open_for(chosen, choice.path, limits)) as reader:
        matches = _filter(reader, finding_filter)
        for query in chosen:
            try:
                translated = to_duckdb(reader, query, query.sql)
                # A list, because the rows are checked while they are read, and an error must not affect other detections.
                rows = list(findings(query, reader.run(translated.sql, values[query.name])))
                tables[query.name] = reader.tables_of(translated.sql)
            except IamsqlError as error:
                failures.append(f"{query.path}: {error}")
            else:
                found[query.name] = [row for row in rows if matches(row)]
        result = _result(chosen, found)
        unread = unread_accounts(reader, tables, finding_filter.accounts)
        notes = caveats(coverage_of(reader, set().union(*tables.values())), reader.facts, not result.rows)
        origin = catalog.query_notes(chosen, settings, args)
        summary = [*origin, *choice.notes, *_summary(result, found, len(failures)), *unread_note(unread)]
        answer = Answer(result, Query("check", "Findings", ""), reader.path, [*summary, *dict.fromkeys(notes)])
        return DetectionResult(answer, failures, len(unread))


def explain_detections(
    names: Sequence[str],
    *,
    finding_filter: FindingFilter,
    run: str,
    runs_dir: Path,
    checks: CheckCatalog,
    limits: StatementLimits | None = None,
) -> DetectionResult:
    """Return a row for each detection, table and call, with the number of accounts in which the call succeeded."""
    chosen = select(names, checks, finding_filter.severity)
    rows: list[Row] = []
    failures: list[str] = []
    choice = choose_run(chosen, runs_dir, run, finding_filter.accounts)
    with closing(open_for(chosen, choice.path, limits)) as reader:
        head = explain_calls(reader, set())
        for query in chosen:
            try:
                tables = reader.tables_of(to_duckdb(reader, query, query.sql).sql)
            except IamsqlError as error:
                failures.append(f"{query.path}: {error}")
            else:
                rows += [(query.name, *row) for row in explain_calls(reader, tables).rows]
        table = Result(("detection", *head.columns), rows, ("VARCHAR", *head.types))
        return DetectionResult(Answer(table, Query("check", "Dependencies", ""), reader.path, choice.notes), failures)


# -- selection and arguments -----------------------------------------------------------------------------------------------


def select(names: Sequence[str], checks: CheckCatalog, severity: str = LEVELS[-1]) -> list[Query]:
    """Return the detections of this severity or higher that the names select, each once; without names, all detections."""
    chosen: dict[str, Query] = {}
    for name in names or (DETECTIONS,):
        chosen |= {query.name: query for query in _named(name, checks)}
    return [query for query in chosen.values() if severity_rank(query) <= LEVELS.index(severity)]


def _named(name: str, checks: CheckCatalog) -> list[Query]:
    """Return the detections that a name selects, in the newest version unless the name contains a version."""
    if name == DETECTIONS:
        return [checks.detections[detection] for detection in checks.sound(checks.detections)]
    if name.partition("@")[0] not in checks.detections:
        raise checks.unknown(name)
    return [catalog.find(checks.queries, name)]


def arguments_for(chosen: Sequence[Query], args: Mapping[str, str], settings: Config) -> dict[str, dict[str, Any]]:
    """Map each detection to the values of its parameters. Raise IamsqlError for an argument that no detection declares."""
    require_parameters(args, [param.name for query in chosen for param in query.params], "detections")
    return {
        query.name: catalog.bind(
            query,
            {**settings.of(query), **{param.name: args[param.name] for param in query.params if param.name in args}},
        )
        for query in chosen
    }


# -- findings --------------------------------------------------------------------------------------------------------------


def findings(query: Query, result: Result) -> Iterator[Row]:
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


def _filter(reader: Reader, finding_filter: FindingFilter) -> Callable[[Row], bool]:
    """Return the filter of findings. A finding without a time passes: it may be recent."""
    require_accounts(reader, finding_filter.accounts)
    since = _since(reader, finding_filter.days)

    def matches(row: Row) -> bool:
        is_recent = since is None or row[0] is None or row[0] >= since
        return is_recent and (not finding_filter.accounts or row[1] in finding_filter.accounts)

    return matches


def _since(reader: Reader, days: int | None) -> datetime | None:
    if days is None:
        return None
    if reader.facts.started_at is None:
        raise IamsqlError(f"{reader.path} has no start time, so --days cannot be used.")
    return _plain(reader.facts.started_at) - timedelta(days=days)


def _result(chosen: Sequence[Query], found: Mapping[str, Sequence[Row]]) -> Result:
    """Return the findings ordered by severity, detection and time."""
    rows: list[Row] = []
    for query in sorted(chosen, key=lambda query: (severity_rank(query), query.name)):
        head = (query.severity or LEVELS[-1], query.name, technique(query))
        # A row without a time comes last; the account and the event ID make the order of equal times the same in every run.
        ordered = sorted(found.get(query.name, ()), key=lambda row: (row[0] or datetime.max, str(row[1]), str(row[-1])))
        rows += [(*head, *row) for row in ordered]
    return Result(COLUMNS, rows, TYPES)


def technique(query: Query) -> str | None:
    """Return the MITRE ATT&CK techniques in a detection's tags, separated by commas; None without any."""
    return ", ".join(tag.removeprefix(TECHNIQUE) for tag in query.tags if tag.startswith(TECHNIQUE)) or None


def _summary(result: Result, found: Mapping[str, Sequence[Row]], failed: int) -> list[str]:
    """Return sentences with the number of detections that ran, and the number of findings by severity."""
    without_findings = sum(not rows for rows in found.values())
    ran = f"{counted(len(found), 'detection')} ran, {without_findings} without findings" + (
        f"; {failed} failed" if failed else ""
    )
    counts = Counter(row[0] for row in result.rows)
    by_severity = ", ".join(f"{counts[level]} {level}" for level in LEVELS if counts[level])
    return [f"{ran}.", f"{counted(len(result.rows), 'finding')}: {by_severity}." if by_severity else "No findings."]
