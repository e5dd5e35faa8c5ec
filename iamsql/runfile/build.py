"""Begin and finish a run file: its raw tables, its typed tables and macros, its queries; however the items came in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from iamsql import __version__
from iamsql.model import Account, IamsqlError, Table, View
from iamsql.runfile.template import renew, template, template_digest
from iamsql.schema import compiler
from iamsql.schema.registry import all_tables, calls_of, raw_of
from iamsql.schema.tables._calls import EVENTS
from iamsql.schema.views import _events
from iamsql.store.files import MEMORY, Template
from iamsql.store.folders import is_free
from iamsql.store.layout import RUNNING
from iamsql.store.writer import RunWriter

NAMES = 600  # names, one a second, that are tried
MINE = frozenset({"not_selected", "account_not_selected", "trust_report"})  # gaps that the user asked for


@dataclass(frozen=True)
class CoverageRow:
    """A row of iamsql.coverage."""

    account_id: str
    account_name: str
    region: str
    service: str
    operation: str
    status: str
    error_code: str | None = None
    error_message: str | None = None
    items: int = 0
    trips: int = 0
    throttles: int = 0
    retries: int = 0
    seconds: float = 0.0
    started_at: str | None = None
    carried_from: str | None = None

    @property
    def is_gap(self) -> bool:
        """Tell whether something that was wanted is missing."""
        return self.status not in ("ok", "not_applicable") and self.error_code not in MINE

    def values(self) -> list[Any]:
        """Give the values in the order of the columns."""
        return list(self.__dict__.values())


@dataclass(frozen=True)
class EventCoverageRow:
    """A row of iamsql.event_coverage: what was read of an account's events, by one look-up or from one trail.

    `source` is look-up, trail or import; `look_up` the attribute that was looked up, or the place of the trail. The times
    are ISO texts: the window that was wanted, and until when an earlier run's events were carried over.
    """

    account_id: str
    region: str
    source: str
    look_up: str | None
    status: str
    error_code: str | None = None
    window_start: str | None = None
    window_end: str | None = None
    events: int = 0
    objects: int | None = None
    carried_from: str | None = None
    carried_until: str | None = None

    def values(self) -> list[Any]:
        """Give the values in the order of the columns."""
        return list(self.__dict__.values())


@dataclass
class AccountResult:
    """An account and how the run fared with it: a row of iamsql.accounts and its rows of coverage."""

    account: Account
    role_used: str | None = None
    outcome: str = "read"
    reason: str | None = None
    coverage: list[CoverageRow] = field(default_factory=list)
    events: list[EventCoverageRow] = field(default_factory=list)
    carried: list[tuple[str, str, str, Any]] = field(
        default_factory=list
    )  # source, account, region, span of an earlier run

    def values(self, position: int) -> list[Any]:
        """Give the values in the order of the columns of iamsql.accounts."""
        one = self.account
        where = [one.account_id, one.name, one.email, one.state, one.ou_path, one.selected]
        return [*where, self.role_used, self.outcome, self.reason, position]


@dataclass
class RunRow:
    """What iamsql.run says; times are ISO texts. `carried` is the earlier run whose rows stand here too, and its start."""

    run_id: str
    started_at: str
    caller_arn: str | None = None
    partition: str = "aws"
    organization_id: str | None = None
    management: str | None = None
    window: tuple[str | None, str | None] = (None, None)
    options: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    resumed_at: str | None = None
    carried: tuple[str | None, str | None] = (None, None)


def insert_records(window: tuple[datetime, datetime] | None = None) -> str:
    """Give the INSERT that makes rows of iamsql.events of the log files that are delivered, within a window."""
    select = _events.typed("from delivered")
    if window is None:
        return _events.filled(select)
    start, end = (f"timestamp '{time:%Y-%m-%d %H:%M:%S.%f}'" for time in window)
    within = f"event_time is null or (event_time >= {start} and event_time <= {end})"
    return _events.filled(f"select * from ({select}) where {within}")


def free_name(runs: Path, start: datetime, whose: str) -> str:
    """Name a run by its start and whose it is; one that began in the same second has the name already."""
    for seconds in range(NAMES):
        name = f"{start + timedelta(seconds=seconds):%Y%m%dT%H%M%SZ}-{whose}"
        if all(is_free(runs / f"{name}{ending}") for ending in (".duckdb", ".duckdb.partial")):
            return name
    raise IamsqlError(f"The names of the next {NAMES} runs are taken in {runs}.\nName another folder with --runs DIR.")


def create(path: Path, facts: RunRow, memory: str = MEMORY, folders: Sequence[Path] = ()) -> RunWriter:
    """Open a new run file, with all tables still empty and all macros, that says what it is to be.

    Until the file is opened again, DuckDB takes up to `memory`, such as 512MB, and reads files of the runs folder and of the
    further `folders` only.
    """
    try:
        landing = _copied(path, memory, folders)
    except IamsqlError:  # the cache was changed since the template was found there
        renew()
        landing = _copied(path, memory, folders)
    landing.insert_rows("run", [_run(facts)])
    return landing


def _copied(path: Path, memory: str, folders: Sequence[Path]) -> RunWriter:
    """Open a copy of the template; raise IamsqlError where the copy is not what the template was when it was checked."""
    return RunWriter(path, Template(template(), template_digest()), (f"set memory_limit = '{memory}'",), folders)


def shape_early(landing: RunWriter) -> frozenset[str]:
    """Make the tables that need no call of a region, while the look-ups, which are slow, go on; from another thread."""
    early: dict[str, Table | View] = {}
    for name, relation in all_tables().items():
        if not any(call.regional for call in calls_of(name)) and early.keys() >= set(relation.tables):
            early[name] = relation
    landing.prepare(
        compiler.filled(one) for name, one in early.items() if one.stored and raw_of(name) & landing.filled_tables
    )
    return frozenset(early)


def finish(
    landing: RunWriter,
    visits: Sequence[AccountResult],
    finished_at: str,
    extra: Sequence[CoverageRow] = (),
    early: frozenset[str] = frozenset(),
    events: Sequence[EventCoverageRow] = (),
) -> tuple[Path, str]:
    """Note how it went, make the typed tables that are not there, and give the file its name; answers path and status."""
    coverage = [*extra, *(row for visit in visits for row in visit.coverage)]
    status = _status(visits, coverage)
    landing.flush()
    landing.execute("begin transaction")
    for table in ("coverage", "accounts", "event_coverage"):  # what the journal told
        landing.execute(f"delete from iamsql.{table}")
    landing.insert_rows("coverage", [row.values() for row in coverage])
    landing.insert_rows("accounts", [visit.values(place) for place, visit in enumerate(visits, 1)])
    landing.execute("update iamsql.run set finished_at = ?, status = ?", [finished_at, status])
    read = [*events, *(one for visit in visits for one in visit.events)]
    landing.insert_rows("event_coverage", [one.values() for one in read])
    landing.execute(_events.filled(_events.typed(_events.looked_up(EVENTS.raw))))
    landing.once_each()
    for name, relation in all_tables().items():
        if name not in early and relation.stored and raw_of(name) & landing.filled_tables:
            landing.execute(compiler.filled(relation))
    landing.execute("commit")
    return landing.finish(), status


def _status(visits: Sequence[AccountResult], coverage: Sequence[CoverageRow]) -> str:
    if not any(visit.outcome in ("read", "partial") for visit in visits):
        return "empty"
    return "gaps" if any(row.is_gap for row in coverage) else "complete"


def _run(facts: RunRow) -> list[Any]:
    who = [facts.caller_arn, facts.partition, facts.organization_id, facts.management, *facts.window]
    made = [facts.run_id, facts.started_at, None, __version__, compiler.fingerprint()]
    return [*made, *who, json.dumps(facts.options), json.dumps(facts.notes), RUNNING, facts.resumed_at, *facts.carried]
