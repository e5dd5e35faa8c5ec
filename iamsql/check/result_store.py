"""The results of controls over one open run, as TEMP tables: SQL mutes and counts them.

An organization can have millions of results, so they are never all in memory. DuckDB plans a statement in milliseconds, so one
statement converts, mutes and counts the results of many controls.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iamsql.check.results import FIRST_COLUMNS, STATUSES, Statement, fetch_all
from iamsql.check.selection import Job
from iamsql.check.status_sql import (
    CONTROL_ROWS_SQL,
    COUNTS_SQL,
    CREATE_ACCOUNT_VIEW_SQL,
    CREATE_EMPTY_ACCOUNT_VIEW_SQL,
    CREATE_MUTED_RESULTS_SQL,
    CREATE_MUTES_SQL,
    CREATE_RESULTS_SQL,
    INVALID_ROWS_SQL,
    MATCHING_MUTES_SQL,
    TEMP_COLUMNS_SQL,
)
from iamsql.model import IamsqlError
from iamsql.query.errors import explained_errors
from iamsql.runs.coverage.by_account import create_gaps_table
from iamsql.runs.store.reader import Reader
from iamsql.sqltext import identifier, literal
from iamsql.tables.registry import organization_calls

NAMING_DIMENSION_PATTERN = re.compile(
    r"(^|_)(name|id|arn|sid)$"
)  # dimensions that distinguish rows of one resource, in every run
MAX_ROWS, MAX_CONTROLS = 50_000, 64  # that one statement converts, unless a control alone has more rows

Counts = tuple[dict[str, int], set[str]]  # results by status, and accounts with unknown results


@dataclass(frozen=True)
class ControlRows:
    """The rows of a control in a TEMP table, before they are converted to results. `number` identifies the control in SQL."""

    number: int
    job: Job
    statement: Statement
    muted: bool

    @property
    def table(self) -> str:
        """Return the name of the table."""
        return _rows_table(self.number)

    def sql(self, columns: Sequence[tuple[str, str]]) -> str:
        """Return the SELECT of the rows, which have these columns, with the columns that all controls have."""
        # The names and types of the dimensions are known only when DuckDB has bound the control's SELECT.
        other_columns = columns[len(FIRST_COLUMNS) :]
        dimensions = ", ".join(f"{literal(name)}, d.{identifier(name)}" for name, _ in other_columns)
        naming_dimensions = [
            _dimension_sql(identifier(name))
            for name, column_type in other_columns
            if column_type == "VARCHAR" and NAMING_DIMENSION_PATTERN.search(name)
        ]
        return CONTROL_ROWS_SQL.format(
            number=self.number,
            table=self.table,
            dimensions=f"json_object({dimensions})::varchar" if other_columns else "null::varchar",
            ident=f"nullif(concat_ws(' ', {', '.join(naming_dimensions)}), '')"
            if naming_dimensions
            else "null::varchar",
        )


class ResultStore:
    """The results of controls over one run. `evaluate` stores the rows of controls, and `convert` converts them to results.

    The results of a control stay until their table is dropped.
    """

    def __init__(self, reader: Reader, tables: set[str], mutes: Sequence[Mapping[str, Any]]) -> None:
        """Create the tables of gaps, accounts and mutes."""
        self._reader = reader
        self._partition = reader.metadata.partition or "aws"
        self._created_count = 0
        self._waiting: list[ControlRows] = []
        self._waiting_rows = 0
        # The table of the results of each control, and the number of the control in SQL.
        self.tables: dict[Job, tuple[str, int]] = {}
        self.counts: dict[Job, Counts] = {}
        self.failures: dict[Job, IamsqlError] = {}  # of the conversion
        self.matched: set[int] = set()  # the positions of the mutes that match a result
        # The calls that the run made in no account.
        self.uncollected = create_gaps_table(reader, tables, organization_calls())
        reader.execute(CREATE_ACCOUNT_VIEW_SQL if reader.metadata.run_id else CREATE_EMPTY_ACCOUNT_VIEW_SQL)
        reader.execute(CREATE_MUTES_SQL)
        for mute in mutes:
            slots = ", ".join(f"${name}" for name in mute)
            reader.execute(f"insert into iamsql_mutes ({', '.join(mute)}) values ({slots})", dict(mute))

    @property
    def jobs(self) -> set[Job]:
        """Return the controls with stored rows or results."""
        return {*self.tables, *(rows.job for rows in self._waiting)}

    @property
    def is_full(self) -> bool:
        """Return whether the stored rows should be converted before another control is evaluated."""
        return self._waiting_rows >= MAX_ROWS or len(self._waiting) >= MAX_CONTROLS

    def evaluate(self, job: Job, statement: Statement, values: Mapping[str, Any], muted: bool) -> None:
        """Run a control and store its rows. Raise IamsqlError for an error in its SQL."""
        self._created_count += 1
        rows = self._reader.store_select(_rows_table(self._created_count), statement.sql, values)
        if rows is None:
            raise IamsqlError("a control must be one SELECT statement.")
        self._waiting_rows += rows
        self._waiting.append(ControlRows(self._created_count, job, statement, muted))

    def convert(self) -> None:
        """Convert the stored rows to results, and set `tables`, `counts` and `failures` of their controls.

        A control fails if it has columns or values that a control must not have.
        """
        waiting, self._waiting, self._waiting_rows = self._waiting, [], 0
        if not waiting:
            return
        try:
            self._convert_rows(waiting)
        except IamsqlError:
            if self._reader.is_lost:
                raise
            self._convert_separately(waiting)
        self._drop(rows.table for rows in waiting)

    def _convert_separately(self, waiting: Sequence[ControlRows]) -> None:
        """Convert the rows of each control with a statement of its own, so the error of a control does not affect others."""
        for rows in waiting:
            try:
                with explained_errors(self._reader, rows.statement.sql):
                    self._convert_rows([rows])
            except IamsqlError as error:
                self.failures[rows.job] = error

    def _convert_rows(self, stored: Sequence[ControlRows]) -> None:
        columns = self._columns_by_table()
        self.failures |= self._find_invalid_rows(stored, columns)
        waiting = [rows for rows in stored if rows.job not in self.failures]
        if not waiting:
            return
        table = f"iamsql_results_{waiting[0].number}"
        values = {
            "numbers": [rows.number for rows in waiting],
            "tables": [sorted(rows.statement.tables) for rows in waiting],
            "unused": [sorted(rows.statement.unused) for rows in waiting],
            "partition": self._partition,
        }
        sql = " union all".join(rows.sql(columns[rows.table]) for rows in waiting)
        self._reader.execute(CREATE_RESULTS_SQL.format(table=table, rows=sql), values)
        if muted := [rows for rows in waiting if rows.muted]:
            table = self._apply_mutes(table, muted)
        counts: dict[int, Counts] = {rows.number: ({}, set()) for rows in waiting}
        for number, status, count, accounts in fetch_all(self._reader, COUNTS_SQL.format(table=table)):
            counts[number][0][status] = count
            counts[number][1].update(accounts or ())
        for rows in waiting:
            self.tables[rows.job], self.counts[rows.job] = (table, rows.number), counts[rows.number]

    def _columns_by_table(self) -> dict[str, list[tuple[str, str]]]:
        """Return the columns of each TEMP table as (name, type)."""
        columns: dict[str, list[tuple[str, str]]] = {}
        for table, name, column_type in fetch_all(self._reader, TEMP_COLUMNS_SQL):
            columns.setdefault(table, []).append((name, column_type))
        return columns

    def _find_invalid_rows(
        self, stored: Sequence[ControlRows], columns: Mapping[str, Sequence[tuple[str, str]]]
    ) -> dict[Job, IamsqlError]:
        """Return an error for each control without the first columns, statuses, resources and accounts of a control."""
        errors, readable = dict[Job, IamsqlError](), dict[int, Job]()
        statuses, selects = ", ".join(map(literal, STATUSES)), []
        for rows in stored:
            if tuple(name for name, _ in columns[rows.table][: len(FIRST_COLUMNS)]) != FIRST_COLUMNS:
                errors[rows.job] = IamsqlError(f"the first columns of a control must be {', '.join(FIRST_COLUMNS)}.")
                continue
            readable[rows.number] = rows.job
            selects.append(INVALID_ROWS_SQL.format(number=rows.number, table=rows.table, statuses=statuses))
        for number, wrong, status in fetch_all(self._reader, " union all".join(selects)) if selects else ():
            errors[readable[number]] = IamsqlError(
                f"status must be {', '.join(STATUSES[:-1])} or {STATUSES[-1]}, not {status!r}."
                if wrong
                else "each row of a control must have a resource and an account_id."
            )
        return errors

    def _apply_mutes(self, table: str, muted: Sequence[ControlRows]) -> str:
        """Apply the mutes to the results of controls and return the name of the new table."""
        new_table = f"{table}_muted"
        values = {"numbers": [rows.number for rows in muted], "controls": [rows.job[0] for rows in muted]}
        matching = f"select distinct m.position{MATCHING_MUTES_SQL.format(table=table)}"
        self.matched |= {position for (position,) in fetch_all(self._reader, matching, values)}
        self._reader.execute(CREATE_MUTED_RESULTS_SQL.format(table=table, muted=new_table), values)
        self._drop([table])
        return new_table

    def keep(self, jobs: Container[Job]) -> None:
        """Drop the results of other controls, except where their table has results of one of these."""
        used_tables = {table for job, (table, _) in self.tables.items() if job in jobs}
        if unused_tables := {table for table, _ in self.tables.values()} - used_tables:
            self._drop(unused_tables)
        self.tables = {job: place for job, place in self.tables.items() if place[0] in used_tables}

    def _drop(self, tables: Iterable[str]) -> None:
        self._reader.execute(";".join(f"drop table if exists {table}" for table in tables))


def _rows_table(number: int) -> str:
    return f"iamsql_control_rows_{number}"


def _dimension_sql(column: str) -> str:
    """Return SQL for a dimension that names a row; NULL if the resource ends with it."""
    return f"case when not suffix(d.resource::varchar, d.{column}) then d.{column} end"
