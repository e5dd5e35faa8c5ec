"""Run controls over one open run. Each control is evaluated once; an error of a control does not affect the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from iamsql import catalog
from iamsql.check.dependencies import repeated_macros, stored_tables, tables_depended_on
from iamsql.check.mutes import Mute, configured_mutes, local_mutes_note, read_mutes
from iamsql.check.open_run import Evaluation, opened_run
from iamsql.check.result_filter import ResultFilter
from iamsql.check.result_store import ResultStore
from iamsql.check.results import ResultTable, Statement, materialize_macros, require_condition
from iamsql.check.selection import CheckCatalog, ControlRef, Job, Selection, select_controls
from iamsql.model import IamsqlError, Query
from iamsql.query.errors import explained_errors
from iamsql.query.foreign_files import create_stand_ins
from iamsql.query.translate import to_duckdb
from iamsql.render.cells import pluralize
from iamsql.runs.coverage.caveats import organization_note, past_note, shard_note
from iamsql.runs.coverage.summary import Coverage, summarize_coverage
from iamsql.runs.file.known_reads import KnownReads
from iamsql.runs.lineage import unused_calls
from iamsql.runs.store.reader import Reader

COLUMNS = (
    "benchmark", "section", "id", "control", "title", "severity", "status", "resource", "reason", "account_id",
    "account_name", "region", "dimensions",
)  # fmt: skip
TYPES = (*("VARCHAR",) * (len(COLUMNS) - 1), "JSON")
STATUSES = ("alarm", "error", "muted", "info", "skip", "ok")  # the most urgent first
RETRY_COMMANDS = (
    "iamsql query skipped_accounts",
    "iamsql sync --retry-gaps",
)  # the first says what to change before the second

Row = tuple[Any, ...]


@dataclass(frozen=True)
class ControlResults:
    """The results of a selected control: the number of results by status, and the rows on demand.

    A control that failed has no table; `failure` has its error. `collect` has the commands that collect the data of unknown
    results.
    """

    control: ControlRef
    counts: Mapping[str, int] = field(default_factory=dict)
    table: ResultTable | None = None
    failure: str = ""
    collect: Sequence[str] = ()

    def rows(self, columns: Sequence[str] = COLUMNS, statuses: Sequence[str] = STATUSES) -> Iterator[Row]:
        """Yield the rows of some statuses."""
        return self.table.rows(columns, statuses) if self.table else iter(())

    def lines(self, statuses: Sequence[str], limit: int) -> list[Row]:
        """Return the first results of some statuses to print, as `ResultTable.lines` does."""
        return self.table.lines(statuses, limit) if self.table else []


class ControlRun:
    """The selected controls over one run. `run` yields their results; totals and notes are complete afterwards."""

    def __init__(self, reader: Reader, selection: Selection, condition: str, mutes: Sequence[Mute]) -> None:
        """Find what the controls depend on. Raise IamsqlError for a condition that is not valid."""
        self.reader, self.selection = reader, selection
        self.failures: dict[Job, str] = {}
        self.names: Sequence[str] = ()  # the benchmarks, controls and tags that were selected
        self.origin_notes: list[str] = []  # what comes from the working folder: controls, benchmarks, settings
        self.run_notes: list[str] = []  # why this run was chosen, if it is not the newest
        self.has_fixes = False  # whether the output has the commands for each result
        self.local_mutes = 0  # the number of mutes from ./iamsql.toml, which come first
        self._condition, self.mutes = condition, mutes
        self._unknown_names: tuple[set[str], set[str]] = (set(), set())  # controls and accounts with unknown results
        self._counts: dict[Job, Counter[str]] = {}
        self.statements: dict[Job, Statement] = {}
        with closing(KnownReads()) as plans:
            queries = {control.job: control.query for control in selection.all_controls}
            for job, query in queries.items():
                self._prepare(job, query, plans)
        if len(queries) > 1:  # the controls read the same views
            reader.materialize(stored_tables())
        rows = [mute.row(position, self.day) for position, mute in enumerate(mutes)]
        self._results = ResultStore(reader, self.tables, rows)
        materialize_macros(reader, repeated_macros(statement.sql for statement in self.statements.values()))
        if condition:
            require_condition(reader, condition)

    @property
    def day(self) -> date:
        """Return the day of the run. Mutes expire by this day, so the results of a run do not depend on the current day."""
        return (self.reader.metadata.started_at or datetime.now(UTC)).astimezone(UTC).date()

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
        controls = pluralize(len(self._unknown_names[0]), "control")
        return f"{pluralize(errors, 'result')} of {controls} could not be evaluated: the data was not read."

    @property
    def coverage(self) -> Coverage:
        """Return how complete the tables of the controls are."""
        return summarize_coverage(self.reader, self.tables)

    @property
    def tables(self) -> set[str]:
        """Return the tables that the controls depend on."""
        return set().union(*(statement.tables for statement in self.statements.values()))

    def run(self, jobs: Container[Job] | None = None) -> Iterator[ControlResults]:
        """Yield the results of the selected controls, or of some of them. A control of several benchmarks is evaluated once."""
        for results_of_controls in self.batches(jobs):
            yield from results_of_controls

    def batches(self, jobs: Container[Job] | None = None) -> Iterator[list[ControlResults]]:
        """Yield the results that `run` yields in lists. The results of a list can be read until the next list is requested."""
        controls = [control for control in self.selection.all_controls if jobs is None or control.job in jobs]
        remaining_uses = Counter(control.job for control in controls)
        while controls:
            batch = self._evaluate_batch(controls)
            yield [self._results_of(control) for control in batch]
            controls = controls[len(batch) :]
            remaining_uses.subtract(control.job for control in batch)
            self._results.keep({job for job, uses in remaining_uses.items() if uses})

    def _evaluate_batch(self, controls: Sequence[ControlRef]) -> list[ControlRef]:
        """Evaluate the first controls, as many as the store can convert at once, and return them."""
        batch: list[ControlRef] = []
        for control in controls:
            if control.job not in self._results.jobs and control.job not in self.failures:
                self._evaluate(control)
            batch.append(control)
            if self._results.is_full:
                break
        self._results.convert()
        return batch

    def _prepare(self, job: Job, query: Query, plans: KnownReads) -> None:
        try:
            translated = to_duckdb(self.reader, query, query.sql)
            with explained_errors(self.reader, translated.sql):
                sql, _ = create_stand_ins(self.reader, translated, translated.sql)
                tables = tables_depended_on(self.reader, sql, query.resource_types)
                self.statements[job] = Statement(sql, tables, unused_calls(self.reader, sql, tables, plans))
        except IamsqlError as error:
            self.failures[job] = f"{query.path}: {error}"

    def _evaluate(self, control: ControlRef) -> None:
        statement, name = self.statements[control.job], control.query.name
        muted = any(mute.control in ("*", name) for mute in self.mutes)
        try:
            with explained_errors(self.reader, statement.sql):
                self._results.evaluate(control.job, statement, control.values, muted)
        except IamsqlError as error:
            self.failures[control.job] = f"{control.query.path}: {error}"
            if self.reader.is_lost:
                raise IamsqlError(self.failures[control.job]) from error

    def _results_of(self, control: ControlRef) -> ControlResults:
        """Return the results of a control, and add them to the totals."""
        if error := self._results.failures.get(control.job):
            self.failures[control.job] = f"{control.query.path}: {error}"
        if control.job in self.failures:
            return ControlResults(control, failure=self.failures[control.job])
        table = ResultTable(self.reader, *self._results.tables[control.job], control.columns, self._condition)
        # The condition may depend on the benchmark or section.
        counts, accounts = table.counts() if self._condition else self._results.counts[control.job]
        # | takes the larger count: a condition can exclude the results of a control in one of several benchmarks.
        self._counts[control.job] = self._counts.get(control.job, Counter()) | Counter(counts)
        if accounts:
            self._unknown_names[0].add(control.query.name)
            self._unknown_names[1].update(accounts)
        return ControlResults(control, counts, table, collect=self._collect_commands(control))

    def _collect_commands(self, control: ControlRef) -> tuple[str, ...]:
        """Return the commands that collect the missing data of a control; () for a file that is not a run."""
        if not self.reader.metadata.run_id:
            return ()
        has_uncollected_data = self.statements[control.job].reads(self._results.uncollected)
        return (f"iamsql sync --for {control.query.name}",) if has_uncollected_data else RETRY_COMMANDS

    def notes(self) -> list[str]:
        """Return the notes on the results. Call this after `run` has yielded all of them."""
        matched_positions = self._results.matched
        valid_positions = [position for position in matched_positions if self.mutes[position].expires >= self.day]
        notes = [
            *self.origin_notes,
            *local_mutes_note(valid_positions, self.local_mutes, self.totals["muted"]),
            *self.run_notes,
        ]
        controls, accounts = self._unknown_names
        if controls:
            location_text = f"in full in {pluralize(len(accounts), 'account')}. See: iamsql query skipped_accounts"
            notes.append(f"{pluralize(len(controls), 'control')} could not be evaluated {location_text}")
        notes += past_note(self.reader.metadata) + shard_note(self.reader.metadata) + organization_note(self.coverage)
        missing_calls = self._results.uncollected
        uncollected_controls = {job[0] for job, statement in self.statements.items() if statement.reads(missing_calls)}
        if uncollected_controls:
            command = " ".join(("iamsql sync", *(f"--for {name}" for name in self.names)))
            data = f"the data of {pluralize(len(uncollected_controls), 'control')}"
            notes.append(f"The run did not collect {data}; collect it with: {command}")
        evaluated_names = {name for name, *_ in self._counts}
        other_mutes = (mute for position, mute in enumerate(self.mutes) if position not in matched_positions)
        unmatched_mutes = (
            mute for mute in other_mutes if mute.control in evaluated_names or (mute.control == "*" and evaluated_names)
        )
        return [*notes, *(f"{mute.at}: this mute matches no alarm or error; remove it." for mute in unmatched_mutes)]


@contextmanager
def run_controls(
    checks: CheckCatalog,
    names: Sequence[str],
    evaluation: Evaluation,
    result_filter: ResultFilter | None = None,
    other_queries: Sequence[Query] = (),
) -> Iterator[ControlRun]:
    """Open a run and yield the named controls over it. `other_queries` are queries that the caller runs with the same reader.

    Raise IamsqlError for invalid names, values and mutes.
    """
    args, settings, result_filter = evaluation.args, evaluation.settings, result_filter or ResultFilter()
    selection = select_controls(checks, names, severity=result_filter.severity, args=args, settings=settings)
    configured = configured_mutes(settings, checks.controls)
    other_mute_files = [path for path in result_filter.mutes if path not in settings.mute_files]
    mutes = [*configured, *read_mutes(other_mute_files, checks.controls)]
    queries = [*selection.queries, *other_queries]
    with opened_run(queries, evaluation, result_filter.accounts) as (reader, run_notes):
        control_run = ControlRun(reader, selection, result_filter.condition, mutes)
        control_run.names, control_run.run_notes = names, run_notes
        control_run.origin_notes = [*catalog.query_notes(selection.queries, settings, args), *selection.origin_notes()]
        control_run.local_mutes = len(configured) if settings.is_local else 0
        yield control_run
