"""Many queries asked of one open run, their findings as one answer: a selection becomes queries, the queries one Result.

A query that fails does not hide what the others found: its words stand beside the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.catalog import Settings
from iamsql.catalog.params import near
from iamsql.check.opening import chosen_run, opened, require_accounts
from iamsql.check.selection import DETECTIONS, LEVELS, Library, library
from iamsql.check.unread import unread_accounts, unread_note
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.caveats import caveats, standing
from iamsql.query.run import Answer
from iamsql.query.translate import in_duckdb
from iamsql.store.bounds import Bounds
from iamsql.store.read import Reader

FINDING = ("event_time", "account_id", "region", "actor", "source_ip", "event_name", "target", "detail", "event_id")
COLUMNS = ("severity", "detection", "technique", *FINDING)
TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "TIMESTAMP", *("VARCHAR",) * (len(FINDING) - 1))
TECHNIQUE = "mitre:"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Limits:
    """Which findings are wanted: those at least so severe, of the last days before the run, of some accounts."""

    severity: str = LEVELS[-1]
    days: int | None = None
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The findings as an answer with its notes, the words of each query that failed, and how many could not be evaluated."""

    answer: Answer
    failures: list[str] = field(default_factory=list)
    unread: int = 0


def check(
    names: Sequence[str],
    *,
    args: Mapping[str, str],
    limits: Limits,
    run: str,
    runs_dir: Path,
    query_dirs: Sequence[str] = (),
    settings: Settings | None = None,
    held: Library | None = None,
    bounds: Bounds | None = None,
) -> Verdict:
    """Run the detections that are meant over a run and give their findings, the gravest first."""
    held, settings = held or library(query_dirs), settings or Settings()
    settings.hold_all([query for versions in held.shelf.values() for query in versions], held.broken)
    chosen = select(names, held, limits.severity)
    values = given(chosen, args, settings)
    failures: list[str] = []
    found: dict[str, list[Row]] = {}
    tables: dict[str, set[str]] = {}
    choice = chosen_run(chosen, runs_dir, run, limits.accounts)
    with closing(opened(chosen, choice.path, bounds)) as reader:
        kept = _keeper(reader, limits)
        for query in chosen:
            try:
                asked = in_duckdb(reader, query, query.sql)
                rows = list(findings(query, reader.run(asked.sql, values[query.name])))
                tables[query.name] = reader.tables_of(asked.sql)
            except IamsqlError as error:
                failures.append(f"{query.path}: {error}")
            else:
                found[query.name] = [row for row in rows if kept(row)]
        result = _result(chosen, found)
        unread = unread_accounts(reader, tables, limits.accounts)
        lacking = caveats(reader.coverage_gaps(set().union(*tables.values())), reader.facts, not result.rows)
        origin = catalog.query_notes(chosen, settings, args)
        summary = [*origin, *choice.notes, *_summary(result, found, len(failures)), *unread_note(unread)]
        answer = Answer(result, Query("check", "Findings", ""), reader.path, [*summary, *dict.fromkeys(lacking)])
        return Verdict(answer, failures, len(unread))


def explain(
    names: Sequence[str], *, limits: Limits, run: str, runs_dir: Path, held: Library, bounds: Bounds | None = None
) -> Verdict:
    """Say what each of the detections stands on: its tables, their calls, and how many accounts brought each."""
    chosen = select(names, held, limits.severity)
    rows: list[Row] = []
    failures: list[str] = []
    choice = chosen_run(chosen, runs_dir, run, limits.accounts)
    with closing(opened(chosen, choice.path, bounds)) as reader:
        head = standing(reader, set())
        for query in chosen:
            try:
                tables = reader.tables_of(in_duckdb(reader, query, query.sql).sql)
            except IamsqlError as error:
                failures.append(f"{query.path}: {error}")
            else:
                rows += [(query.name, *row) for row in standing(reader, tables).rows]
        whole = Result(("detection", *head.columns), rows, ("VARCHAR", *head.types))
        return Verdict(Answer(whole, Query("check", "What it stands on", ""), reader.path, choice.notes), failures)


# -- which queries, with which values --------------------------------------------------------------------------------------


def select(names: Sequence[str], held: Library, severity: str = LEVELS[-1]) -> list[Query]:
    """List the queries that names and the word for all of them mean, each once, those below a severity left out."""
    meant: dict[str, Query] = {}
    for name in names or (DETECTIONS,):
        meant |= {query.name: query for query in _meant(name, held)}
    return [query for query in meant.values() if _rank(query) <= LEVELS.index(severity)]


def _meant(name: str, held: Library) -> list[Query]:
    """Find the queries of one name: the newest of each, or that one."""
    if name == DETECTIONS:
        return [held.detections[one] for one in held.sound(held.detections)]
    if name.partition("@")[0] not in held.detections:
        raise held.unknown(name)
    return [catalog.find(held.shelf, name)]


def given(chosen: Sequence[Query], args: Mapping[str, str], settings: Settings) -> dict[str, dict[str, Any]]:
    """Give each query the values of the parameters that it declares; a value that none declares is an error."""
    known = {param.name for query in chosen for param in query.params}
    for name in args:
        if name not in known:
            raise IamsqlError(f"none of the detections has a parameter {name!r}{near(name, known)}")
    return {
        query.name: catalog.bind(
            query, {**settings.of(query), **{one.name: args[one.name] for one in query.params if one.name in args}}
        )
        for query in chosen
    }


def _rank(query: Query) -> int:
    """Give the place of a query's severity; one without has the least."""
    return LEVELS.index(query.severity or LEVELS[-1])


# -- what they found -------------------------------------------------------------------------------------------------------


def findings(query: Query, result: Result) -> Iterator[Row]:
    """Give each row's first columns, which are the same for every detection; times without a zone, in UTC."""
    if result.columns[: len(FINDING)] != FINDING:
        raise IamsqlError(f"the first columns of a detection are {', '.join(FINDING)}.")
    for time, *rest in result.rows:
        if time is not None and not isinstance(time, datetime):
            raise IamsqlError(f"event_time is a timestamp, not {result.types[0]}.")
        yield (_plain(time) if time else None, *rest[: len(FINDING) - 1])


def _plain(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def _keeper(reader: Reader, limits: Limits) -> Callable[[Row], bool]:
    """Give the test that a finding has to pass; one without a time is not known to be too old."""
    require_accounts(reader, limits.accounts)
    since = _since(reader, limits.days)

    def kept(row: Row) -> bool:
        young = since is None or row[0] is None or row[0] >= since
        return young and (not limits.accounts or row[1] in limits.accounts)

    return kept


def _since(reader: Reader, days: int | None) -> datetime | None:
    if days is None:
        return None
    if reader.facts.started_at is None:
        raise IamsqlError(f"{reader.path} does not say when it was made, so --days has nothing to count from.")
    return _plain(reader.facts.started_at) - timedelta(days=days)


def _result(chosen: Sequence[Query], found: Mapping[str, Sequence[Row]]) -> Result:
    """Put the findings in order: the gravest first, then by detection, then by time."""
    rows: list[Row] = []
    for query in sorted(chosen, key=lambda one: (_rank(one), one.name)):
        head = (query.severity or LEVELS[-1], query.name, technique(query))
        mine = sorted(found.get(query.name, ()), key=lambda row: (row[0] or datetime.max, str(row[1]), str(row[-1])))
        rows += [(*head, *row) for row in mine]
    return Result(COLUMNS, rows, TYPES)


def technique(query: Query) -> str | None:
    """Name the techniques of MITRE ATT&CK that a detection's tags say."""
    return ", ".join(tag.removeprefix(TECHNIQUE) for tag in query.tags if tag.startswith(TECHNIQUE)) or None


def _summary(result: Result, found: Mapping[str, Sequence[Row]], failed: int) -> list[str]:
    """Say how many detections ran, and how many findings of each severity there are."""
    silent = sum(not rows for rows in found.values())
    ran = f"{_counted(len(found), 'detection')} ran, {silent} without findings" + (
        f"; {failed} failed" if failed else ""
    )
    counts = Counter(row[0] for row in result.rows)
    told = ", ".join(f"{counts[level]} {level}" for level in LEVELS if counts[level])
    return [f"{ran}.", f"{_counted(len(result.rows), 'finding')}: {told}." if told else "No findings."]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
