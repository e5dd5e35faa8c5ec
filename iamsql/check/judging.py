"""Controls over one open run: each runs once, its verdicts stand at every place that it has, and a failure hides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.catalog import Settings
from iamsql.check.ground import made_once, often_asked, stood_on, stored
from iamsql.check.opening import chosen_run, opened, require_accounts
from iamsql.check.selection import LEVELS, Chosen, Library, Place, choose
from iamsql.check.suppressions import Mute, hidden, read_mutes
from iamsql.lineage import unread
from iamsql.model import IamsqlError
from iamsql.query.errors import hinted
from iamsql.query.foreign_files import stand_ins
from iamsql.query.translate import in_duckdb
from iamsql.runfile.template import plan_file
from iamsql.sqltext import literal
from iamsql.store.bounds import Bounds
from iamsql.store.columns import Plans
from iamsql.store.gaps import Coverage
from iamsql.store.ledger import Ledger
from iamsql.store.read import Reader

COLUMNS = (
    "benchmark", "section", "id", "control", "title", "severity", "status", "resource", "reason", "account_id",
    "account_name", "region", "dimensions",
)  # fmt: skip
TYPES = (*("VARCHAR",) * (len(COLUMNS) - 1), "JSON")
STATUSES = ("alarm", "error", "muted", "info", "skip", "ok")  # what needs somebody first

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Wanted:
    """What of the verdicts is wanted, and what is muted."""

    severity: str = LEVELS[-1]
    accounts: tuple[str, ...] = ()
    where: str = ""
    mutes: tuple[Path, ...] = ()

    @property
    def condition(self) -> str:
        """Give it as one SQL condition, '' for everything."""
        listed = f"account_id in ({', '.join(map(literal, self.accounts))})" if self.accounts else ""
        return "\n) and (\n".join(filter(None, (listed, self.where)))


@dataclass(frozen=True)
class Judged:
    """A place and its verdicts: how many of each status, and on demand the rows; or why the control failed."""

    place: Place
    counts: Mapping[str, int] = field(default_factory=dict)
    failure: str = ""
    draw: Callable[[Sequence[str], Sequence[str]], Iterator[Row]] | None = None
    lines: Callable[[Sequence[str], int], list[Row]] = field(default=lambda statuses, limit: [])

    def rows(self, columns: Sequence[str] = COLUMNS, statuses: Sequence[str] = STATUSES) -> Iterator[Row]:
        """Give the rows of some statuses."""
        return self.draw(columns, statuses) if self.draw else iter(())


class Judging:
    """The verdicts of a choice of controls; `run` gives them place by place, and what was learned on the way stays here."""

    def __init__(
        self, reader: Reader, names: Sequence[str], chosen: Chosen, wanted: Wanted, mutes: Sequence[Mute]
    ) -> None:
        """Hold the condition to the columns that there are, and find what the controls stand on."""
        self.facts, self.path = reader.facts, reader.path
        self.names, self.chosen, self.condition, self.mutes = names, chosen, wanted.condition, mutes
        self.chosen_because: list[str] = []  # why this run, where it is not the newest
        self.origin: list[str] = []  # what of the controls is from the working folder
        self.unnamed = 0  # how many of the mutes, the first ones, are from ./iamsql.toml
        self.failures: dict[tuple[str, int, str], str] = {}
        self.errors: tuple[set[str], set[str]] = (set(), set())  # controls and accounts not judged in full
        self.reader = self._reader = reader
        self._counts: dict[tuple[str, int, str], Counter[str]] = {}
        self._counted: dict[tuple[str, int, str], tuple[dict[str, int], set[str]]] = {}
        self._asked = {place.job: place.query for place in chosen.every}
        self._sql: dict[tuple[str, int, str], str] = {}
        self._tables: dict[tuple[str, int, str], set[str]] = {}
        self._unread: dict[tuple[str, int, str], frozenset[str]] = {}  # calls whose columns a control does not read
        with closing(Plans(plan_file())) as plans:
            for job in self._asked:
                self._prepare(job, plans)
        if len(self._asked) > 1:
            reader.settle(stored())
        rows = [mute.row(place, self.day) for place, mute in enumerate(mutes)]
        self._ledger = Ledger(reader, set().union(*self._tables.values()), made_once(), rows)
        self._ledger.settle(often_asked(self._sql.values()))
        if self.condition:
            self._hold()

    @property
    def day(self) -> date:
        """Give the day of the run."""
        return (self.facts.started_at or datetime.now(UTC)).astimezone(UTC).date()

    @property
    def totals(self) -> Counter[str]:
        """Count the verdicts by status, those of a control that has several places once."""
        return sum(self._counts.values(), Counter())

    @property
    def not_evaluated(self) -> str:
        """Say in a sentence how many results could not be evaluated; return '' when there is none."""
        errors = self.totals["error"]
        if not errors:
            return ""
        of = _counted(len(self.errors[0]), "control")
        return f"{_counted(errors, 'result')} of {of} could not be evaluated: the data was not read."

    @property
    def unmatched(self) -> list[Mute]:
        """List the mutes that spoke of no verdict although their controls ran."""
        ran = {job[0] for job in self._counts}
        return [
            mute
            for place, mute in enumerate(self.mutes)
            if place not in self._ledger.matched and (mute.control in ran or (mute.control == "*" and ran))
        ]

    @property
    def coverage(self) -> Coverage:
        """Say which accounts the controls' tables lack."""
        return self._reader.coverage_gaps(set().union(*self._tables.values()))

    def run(self) -> Iterator[Judged]:
        """Judge place by place; a control's verdicts are kept until its last place."""
        left = Counter(place.job for place in self.chosen.every)
        tables: dict[tuple[str, int, str], str] = {}
        for place in self.chosen.every:
            job = place.job
            if job not in tables and job not in self.failures:
                self._judge(place, tables)
            yield (
                Judged(place, failure=self.failures[job]) if job in self.failures else self._judged(place, tables[job])
            )
            left[job] -= 1
            if not left[job] and job in tables:
                self._ledger.drop(tables[job])

    def _prepare(self, job: tuple[str, int, str], plans: Plans) -> None:
        query = self._asked[job]
        try:
            asked = in_duckdb(self._reader, query, query.sql)
            with hinted(self._reader, asked.sql):
                sql, _ = stand_ins(self._reader, asked, asked.sql)
                self._sql[job], self._tables[job] = sql, stood_on(self._reader, sql)
                self._unread[job] = unread(self._reader, sql, self._tables[job], plans)
        except IamsqlError as error:
            self.failures[job] = f"{query.path}: {error}"

    def _judge(self, place: Place, tables: dict[tuple[str, int, str], str]) -> None:
        job, name = place.job, place.query.name
        muted = any(mute.control in ("*", name) for mute in self.mutes)
        try:
            with hinted(self._reader, self._sql[job]):
                stands_on = (self._tables[job], muted, self._unread[job])
                tables[job] = self._ledger.judge(name, self._sql[job], place.values, *stands_on)
        except IamsqlError as error:
            self.failures[job] = f"{place.query.path}: {error}"

    def _judged(self, place: Place, table: str) -> Judged:
        columns, where = place.columns, self.condition
        if where or place.job not in self._counted:  # a condition may ask about the place
            self._counted[place.job] = self._ledger.counts(table, columns, where)
        counts, accounts = self._counted[place.job]
        self._counts[place.job] = self._counts.get(place.job, Counter()) | Counter(counts)
        if accounts:
            self.errors[0].add(place.query.name)
            self.errors[1].update(accounts)

        def draw(wanted: Sequence[str], statuses: Sequence[str]) -> Iterator[Row]:
            return self._ledger.rows(table, columns, where, wanted, statuses)

        return Judged(place, counts, "", draw, partial(self._ledger.lines, table, columns, where))

    def _hold(self) -> None:
        try:
            self._ledger.hold_where(self.condition)
        except IamsqlError as error:
            raise IamsqlError(f"--where: {error}") from error

    def notes(self) -> list[str]:
        """Say what a reader has to know with the verdicts; after they were given."""
        live = [place for place in self._ledger.matched if self.mutes[place].expires >= self.day]
        said = [*self.origin, *hidden(live, self.unnamed, self.totals["muted"]), *self.chosen_because]
        controls, accounts = self.errors
        if controls:
            listed = f"{_counted(len(controls), 'control')} could not be evaluated in full in {_counted(len(accounts), 'account')}"
            said.append(f"{listed}. See: iamsql query skipped_accounts")
        organization = self.coverage.organization
        if organization:
            said.append(
                f"The organization could not be read ({organization}): accounts beyond those listed are unknown."
            )
        lacking = {job[0] for job, tables in self._tables.items() if tables & self._ledger.uncollected}
        if lacking:
            command = "".join(f" --for {name}" for name in self.names)
            said.append(
                f"{_counted(len(lacking), 'control')} asked for what the run did not collect; get it all with: iamsql sync{command}"
            )
        said += [f"{mute.at}: this mute speaks of no alarm or error; take it out." for mute in self.unmatched]
        return said


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@contextmanager
def judging(
    library: Library,
    names: Sequence[str],
    *,
    args: Mapping[str, str],
    wanted: Wanted,
    settings: Settings,
    run: str,
    runs_dir: Path,
    bounds: Bounds | None = None,
) -> Iterator[Judging]:
    """Open a run and judge the controls that the names mean; what is wrong in names, values and mutes is told before."""
    settings.hold_all([query for versions in library.shelf.values() for query in versions], library.broken)
    chosen = choose(library, names, severity=wanted.severity, args=args, settings=settings)
    own = read_mutes(settings.mutes, library.controls)
    mutes = read_mutes([*settings.mutes, *wanted.mutes], library.controls)
    queries = [place.query for place in chosen.every]
    choice = chosen_run(queries, runs_dir, run, wanted.accounts)
    with closing(opened(queries, choice.path, bounds)) as reader:
        require_accounts(reader, wanted.accounts)
        judged = Judging(reader, names, chosen, wanted, mutes)
        judged.chosen_because = choice.notes
        judged.origin = [*catalog.query_notes(queries, settings, args), *chosen.origin()]
        judged.unnamed = len(own) if settings.unnamed else 0
        yield judged
