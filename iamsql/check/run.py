"""Run controls over one open run. Each control is evaluated once; an error of a control does not affect the others."""

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
from iamsql.catalog import Config
from iamsql.check.dependencies import organization_calls, repeated_macros, stored_tables, tables_depended_on
from iamsql.check.open_run import choose_run, open_for, require_accounts
from iamsql.check.result_filter import ResultFilter
from iamsql.check.results import ResultStore
from iamsql.check.selection import CheckCatalog, ControlRef, Job, Selection, select_controls
from iamsql.check.suppressions import Suppression, local_mutes_note, read_suppressions
from iamsql.coverage.caveats import organization_note
from iamsql.coverage.summary import Coverage, coverage_of
from iamsql.coverage.words import counted
from iamsql.lineage import unread_calls
from iamsql.model import IamsqlError
from iamsql.query.errors import explained_errors
from iamsql.query.foreign_files import stand_ins
from iamsql.query.translate import to_duckdb
from iamsql.runfile.template import plan_file
from iamsql.store.limits import StatementLimits
from iamsql.store.reader import Reader
from iamsql.store.referenced_columns import ReferencedColumns

COLUMNS = (
    "benchmark", "section", "id", "control", "title", "severity", "status", "resource", "reason", "account_id",
    "account_name", "region", "dimensions",
)  # fmt: skip
TYPES = (*("VARCHAR",) * (len(COLUMNS) - 1), "JSON")
STATUSES = ("alarm", "error", "muted", "info", "skip", "ok")  # the most urgent first

Row = tuple[Any, ...]


@dataclass(frozen=True)
class ControlResults:
    """The results of a selected control: their number by status, and their rows on demand.

    `failure` is the error of a control that failed.
    """

    control: ControlRef
    counts: Mapping[str, int] = field(default_factory=dict)
    failure: str = ""
    read: Callable[[Sequence[str], Sequence[str]], Iterator[Row]] | None = None
    lines: Callable[[Sequence[str], int], list[Row]] = field(default=lambda statuses, limit: [])

    def rows(self, columns: Sequence[str] = COLUMNS, statuses: Sequence[str] = STATUSES) -> Iterator[Row]:
        """Yield the rows of some statuses."""
        return self.read(columns, statuses) if self.read else iter(())


class ControlRun:
    """The selected controls over one run. `run` yields their results; totals and notes are complete afterwards."""

    def __init__(
        self,
        reader: Reader,
        names: Sequence[str],
        chosen: Selection,
        result_filter: ResultFilter,
        mutes: Sequence[Suppression],
    ) -> None:
        """Find what the controls depend on. Raise IamsqlError for a condition that is not valid."""
        self.facts, self.path = reader.facts, reader.path
        self.names, self.chosen, self.condition, self.mutes = names, chosen, result_filter.condition, mutes
        self.run_notes: list[str] = []  # why this run was chosen, if it is not the newest
        self.origin: list[str] = []  # what comes from the working folder: controls, benchmarks, settings
        self.local_mutes = 0  # the number of suppressions from ./iamsql.toml, which come first
        self.failures: dict[Job, str] = {}
        self.errors: tuple[set[str], set[str]] = (set(), set())  # controls and accounts with unknown results
        self.reader = reader
        self._counts: dict[Job, Counter[str]] = {}
        self._by_status: dict[Job, tuple[dict[str, int], set[str]]] = {}
        self._queries = {control.job: control.query for control in chosen.all_controls}
        self._sql: dict[Job, str] = {}
        self._tables: dict[Job, set[str]] = {}
        self._unread: dict[Job, frozenset[str]] = {}  # calls that a control does not depend on
        with closing(ReferencedColumns(plan_file())) as plans:
            for job in self._queries:
                self._prepare(job, plans)
        if len(self._queries) > 1:  # the controls read the same views
            reader.materialise(stored_tables())
        rows = [mute.row(position, self.day) for position, mute in enumerate(mutes)]
        self._results = ResultStore(reader, set().union(*self._tables.values()), organization_calls(), rows)
        self._results.materialise(repeated_macros(self._sql.values()))
        if self.condition:
            self._require_condition()

    @property
    def day(self) -> date:
        """Return the day of the run. Suppressions expire by this day, so that a run has the same results on every day."""
        return (self.facts.started_at or datetime.now(UTC)).astimezone(UTC).date()

    @property
    def totals(self) -> Counter[str]:
        """Return the number of results by status; a control that is selected several times counts once."""
        return sum(self._counts.values(), Counter())

    @property
    def not_evaluated(self) -> str:
        """Return a sentence with the number of results that could not be evaluated; '' if there are none."""
        errors = self.totals["error"]
        if not errors:
            return ""
        controls = counted(len(self.errors[0]), "control")
        return f"{counted(errors, 'result')} of {controls} could not be evaluated: the data was not read."

    @property
    def unmatched(self) -> list[Suppression]:
        """Return the suppressions that match no result although their controls ran."""
        ran = {job[0] for job in self._counts}
        return [
            mute
            for position, mute in enumerate(self.mutes)
            if position not in self._results.matched and (mute.control in ran or (mute.control == "*" and ran))
        ]

    @property
    def coverage(self) -> Coverage:
        """Return how complete the tables of the controls are."""
        return coverage_of(self.reader, set().union(*self._tables.values()))

    def run(self) -> Iterator[ControlResults]:
        """Yield the results of each selected control. A control that several benchmarks select is evaluated once."""
        remaining = Counter(control.job for control in self.chosen.all_controls)
        tables: dict[Job, str] = {}
        for control in self.chosen.all_controls:
            job = control.job
            if job not in tables and job not in self.failures:
                self._evaluate(control, tables)
            yield (
                ControlResults(control, failure=self.failures[job])
                if job in self.failures
                else self._at(control, tables[job])
            )
            remaining[job] -= 1
            if not remaining[job] and job in tables:
                self._results.drop(tables[job])

    def _prepare(self, job: Job, plans: ReferencedColumns) -> None:
        query = self._queries[job]
        try:
            translated = to_duckdb(self.reader, query, query.sql)
            with explained_errors(self.reader, translated.sql):
                sql, _ = stand_ins(self.reader, translated, translated.sql)
                self._sql[job], self._tables[job] = sql, tables_depended_on(self.reader, sql)
                self._unread[job] = unread_calls(self.reader, sql, self._tables[job], plans)
        except IamsqlError as error:
            self.failures[job] = f"{query.path}: {error}"

    def _evaluate(self, control: ControlRef, tables: dict[Job, str]) -> None:
        job, name = control.job, control.query.name
        muted = any(mute.control in ("*", name) for mute in self.mutes)
        try:
            with explained_errors(self.reader, self._sql[job]):
                depends_on = (self._tables[job], muted, self._unread[job])
                tables[job] = self._results.evaluate(name, self._sql[job], control.values, *depends_on)
        except IamsqlError as error:
            self.failures[job] = f"{control.query.path}: {error}"

    def _at(self, control: ControlRef, table: str) -> ControlResults:
        columns, where = control.columns, self.condition
        if where or control.job not in self._by_status:  # the condition may depend on the benchmark or section
            self._by_status[control.job] = self._results.counts(table, columns, where)
        counts, accounts = self._by_status[control.job]
        # | takes the larger count: a condition can exclude the results of a control in one of several benchmarks.
        self._counts[control.job] = self._counts.get(control.job, Counter()) | Counter(counts)
        if accounts:
            self.errors[0].add(control.query.name)
            self.errors[1].update(accounts)

        def read(names: Sequence[str], statuses: Sequence[str]) -> Iterator[Row]:
            return self._results.rows(table, columns, where, names, statuses)

        return ControlResults(control, counts, "", read, partial(self._results.lines, table, columns, where))

    def _require_condition(self) -> None:
        try:
            self._results.require_condition(self.condition)
        except IamsqlError as error:
            raise IamsqlError(f"--where: {error}") from error

    def notes(self) -> list[str]:
        """Return the notes on the results. Call this after `run` has yielded all of them."""
        valid = [position for position in self._results.matched if self.mutes[position].expires >= self.day]
        notes = [*self.origin, *local_mutes_note(valid, self.local_mutes, self.totals["muted"]), *self.run_notes]
        controls, accounts = self.errors
        if controls:
            where = f"in full in {counted(len(accounts), 'account')}. See: iamsql query skipped_accounts"
            notes.append(f"{counted(len(controls), 'control')} could not be evaluated {where}")
        notes += organization_note(self.coverage)
        uncollected = {job[0] for job, tables in self._tables.items() if tables & self._results.uncollected}
        if uncollected:
            command = "".join(f" --for {name}" for name in self.names)
            data = f"the data of {counted(len(uncollected), 'control')}"
            notes.append(f"The run did not collect {data}; collect it with: iamsql sync{command}")
        notes += [f"{mute.at}: this mute matches no alarm or error; remove it." for mute in self.unmatched]
        return notes


@contextmanager
def run_controls(
    checks: CheckCatalog,
    names: Sequence[str],
    *,
    args: Mapping[str, str],
    result_filter: ResultFilter,
    settings: Config,
    run: str,
    runs_dir: Path,
    limits: StatementLimits | None = None,
) -> Iterator[ControlRun]:
    """Open a run and yield the named controls over it. Raise IamsqlError for invalid names, values and suppressions."""
    settings.validate_all([query for versions in checks.queries.values() for query in versions], checks.invalid)
    chosen = select_controls(checks, names, severity=result_filter.severity, args=args, settings=settings)
    local = read_suppressions(settings.suppressions, checks.controls)
    others = [path for path in result_filter.mutes if path not in settings.suppressions]
    mutes = [*local, *read_suppressions(others, checks.controls)]
    queries = chosen.queries
    choice = choose_run(queries, runs_dir, run, result_filter.accounts)
    with closing(open_for(queries, choice.path, limits)) as reader:
        require_accounts(reader, result_filter.accounts)
        control_run = ControlRun(reader, names, chosen, result_filter, mutes)
        control_run.run_notes = choice.notes
        control_run.origin = [*catalog.query_notes(queries, settings, args), *chosen.origin()]
        control_run.local_mutes = len(local) if settings.is_local else 0
        yield control_run
