"""The results of controls over one open run, as TEMP tables: SQL mutes, filters and counts them.

An organization can have millions of results, so they are never all in memory.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from iamsql.check.status_sql import (
    CONTROL_COLUMNS,
    CONTROL_ROWS_TABLE,
    CREATE_ACCOUNT_VIEW_SQL,
    CREATE_EMPTY_ACCOUNT_VIEW_SQL,
    CREATE_MUTED_RESULTS_SQL,
    CREATE_MUTES_SQL,
    CREATE_RESULTS_SQL,
    LINES_SQL,
    MATCHING_MUTES_SQL,
    RESULT_COLUMNS,
    WITH_CONTROL_SQL,
)
from iamsql.model import IamsqlError
from iamsql.runs.coverage.by_account import create_gaps_table
from iamsql.runs.store.reader import Reader
from iamsql.sqltext import identifier, literal
from iamsql.tables.registry import organization_calls

FIRST_COLUMNS = ("resource", "status", "reason", "account_id", "region")
STATUSES = ("ok", "alarm", "info", "skip", "error")
NAMING_DIMENSION_PATTERN = re.compile(
    r"(^|_)(name|id|arn|sid)$"
)  # dimensions that distinguish rows of one resource, in every run
EMPTY_TABLE = "iamsql_results_0"  # a table without rows, to check a condition


@dataclass(frozen=True)
class Statement:
    """The SQL of a control and the tables that it depends on.

    `unused` lists the calls of these tables, as `table service:operation`, that the control does not depend on.
    """

    sql: str
    tables: set[str]
    unused: frozenset[str]

    def reads(self, calls: Collection[str]) -> bool:
        """Return whether the control depends on one of the calls, each as `table service:operation`."""
        return any(call.partition(" ")[0] in self.tables and call not in self.unused for call in calls)


@dataclass(frozen=True)
class ResultTable:
    """The results of a control in a TEMP table, with the columns of the control, that meet the SQL condition `where`."""

    reader: Reader
    name: str
    control: Mapping[str, Any]
    where: str = ""

    @property
    def sql(self) -> str:
        """Return the SELECT of the results."""
        sql = WITH_CONTROL_SQL.format(table=self.name)
        return f"select * from ({sql}) where (\n{self.where}\n)" if self.where else sql

    def counts(self) -> tuple[dict[str, int], set[str]]:
        """Return the number of results by status, and the accounts with a result of status error."""
        sql = "select status, count(*), case when status = 'error' then list(distinct account_id) end"
        rows = _fetch_all(self.reader, f"{sql} from ({self.sql}) group by status", self.control)
        accounts = {account for *_, account_ids in rows for account in account_ids or ()}
        return {status: count for status, count, _ in rows}, accounts

    def rows(self, columns: Sequence[str], statuses: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the results of some statuses in their order."""
        select_sql = f"select {', '.join(columns)} from ({self.sql})"
        sql = f"{select_sql} where list_contains($statuses, status) order by row_position"
        for batch in self.reader.batches(sql, {**self.control, "statuses": list(statuses)}):
            yield from batch

    def lines(self, statuses: Sequence[str], limit: int) -> list[tuple[Any, ...]]:
        """Return results to print, ordered as `statuses`; identical results of several accounts are grouped.

        The columns are status, reason, account ID, account name, region, resource, ident, number, first account names,
        dimensions, and owner, date and reason of the mute.
        """
        sql = LINES_SQL.format(results=self.sql, limit=limit)
        return _fetch_all(self.reader, sql, {**self.control, "statuses": list(statuses)})


def materialize_macros(reader: Reader, macros: Sequence[str]) -> None:
    """Replace table macros without arguments with tables, so a macro is evaluated once for several statements.

    A macro that fails is not replaced; the statement that calls it reports the error.
    """
    for name in macros:
        table = identifier(f"materialized {name}")
        with suppress(IamsqlError):
            reader.execute(f"create or replace temp table {table} as from {identifier(name)}()")
            reader.execute(f"create or replace temp macro {identifier(name)}() as table select * from {table}")


class ResultStore:
    """The results of controls over one run. The results of a control stay until they are dropped."""

    def __init__(self, reader: Reader, tables: set[str], mutes: Sequence[Mapping[str, Any]]) -> None:
        """Create the tables of gaps, accounts and mutes."""
        self._reader = reader
        self._partition = reader.metadata.partition or "aws"
        self._created_count = 0
        self.matched: set[int] = set()  # the positions of the mutes that match a result
        # The calls that the run made in no account.
        self.uncollected = create_gaps_table(reader, tables, organization_calls())
        reader.execute(CREATE_ACCOUNT_VIEW_SQL if reader.metadata.run_id else CREATE_EMPTY_ACCOUNT_VIEW_SQL)
        reader.execute(CREATE_MUTES_SQL)
        for mute in mutes:
            slots = ", ".join(f"${name}" for name in mute)
            reader.execute(f"insert into iamsql_mutes ({', '.join(mute)}) values ({slots})", dict(mute))

    def evaluate(self, control: str, statement: Statement, values: Mapping[str, Any], mutes: bool) -> str:
        """Run a control and return the name of the table of its results.

        Raise IamsqlError for an error in its SQL, and for columns or values that a control must not have.
        """
        # The names and types of the dimensions are known only when DuckDB has bound the control's SELECT.
        columns = self._reader.store_select(CONTROL_ROWS_TABLE, statement.sql, values)
        if columns is None:
            raise IamsqlError("a control must be one SELECT statement.")
        self._created_count += 1
        table = f"iamsql_results_{self._created_count}"
        self._require_valid_rows(columns)
        other_columns = columns[len(FIRST_COLUMNS) :]
        dimensions = ", ".join(f"{literal(name)}, d.{identifier(name)}" for name, _ in other_columns)
        naming_dimensions = [
            _dimension_sql(identifier(name))
            for name, column_type in other_columns
            if column_type == "VARCHAR" and NAMING_DIMENSION_PATTERN.search(name)
        ]
        parts = {
            "table": table,
            "dimensions": f"json_object({dimensions})::varchar" if other_columns else "null::varchar",
            "ident": f"nullif(concat_ws(' ', {', '.join(naming_dimensions)}), '')"
            if naming_dimensions
            else "null::varchar",
        }
        depends_on = {"tables": sorted(statement.tables), "unused": sorted(statement.unused)}
        self._reader.execute(CREATE_RESULTS_SQL.format(**parts), {**depends_on, "partition": self._partition})
        self._reader.execute(f"drop table {CONTROL_ROWS_TABLE}")
        return self._apply_mutes(table, control) if mutes else table

    def _apply_mutes(self, table: str, control: str) -> str:
        """Apply the mutes to a control's results and return the name of the new table."""
        muted = f"{table}_muted"
        matching = f"select distinct m.position{MATCHING_MUTES_SQL.format(table=table)}"
        self.matched |= {position for (position,) in _fetch_all(self._reader, matching, {"control": control})}
        self._reader.execute(CREATE_MUTED_RESULTS_SQL.format(table=table, muted=muted), {"control": control})
        self._reader.execute(f"drop table {table}")
        return muted

    def _require_valid_rows(self, columns: Sequence[tuple[str, str]]) -> None:
        """Raise IamsqlError unless the rows of a control have its first columns, statuses, resources and accounts."""
        if tuple(name for name, _ in columns[: len(FIRST_COLUMNS)]) != FIRST_COLUMNS:
            raise IamsqlError(f"the first columns of a control must be {', '.join(FIRST_COLUMNS)}.")
        valid_statuses = ", ".join(map(literal, STATUSES))
        wrong = (
            f"select status from {CONTROL_ROWS_TABLE} where status is null or status not in ({valid_statuses}) limit 1"
        )
        if invalid_rows := _fetch_all(self._reader, wrong):
            raise IamsqlError(
                f"status must be {', '.join(STATUSES[:-1])} or {STATUSES[-1]}, not {invalid_rows[0][0]!r}."
            )
        if _fetch_all(
            self._reader, f"select 1 from {CONTROL_ROWS_TABLE} where resource is null or account_id is null limit 1"
        ):
            raise IamsqlError("each row of a control must have a resource and an account_id.")

    def drop(self, table: str) -> None:
        """Drop a control's results."""
        self._reader.execute(f"drop table if exists {table}")


def require_condition(reader: Reader, where: str) -> None:
    """Raise IamsqlError if a condition of --where is not valid SQL over results."""
    columns = ", ".join(f"{name} varchar" for name in RESULT_COLUMNS)
    reader.execute(f"create or replace temp table {EMPTY_TABLE} ({columns})")
    sql = ResultTable(reader, EMPTY_TABLE, dict.fromkeys(CONTROL_COLUMNS), where).sql
    try:
        if reader.is_select(sql):
            _fetch_all(reader, sql, dict.fromkeys(CONTROL_COLUMNS))
            return
    except IamsqlError as error:
        message = str(error).partition("\nLINE ")[0]
        raise IamsqlError("--where: " + "\n".join(message.splitlines()[:2])) from error
    raise IamsqlError("--where: expected one condition, such as: status = 'alarm'")


def _fetch_all(reader: Reader, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    # All rows at once, because the next statement of the connection ends a result that is not read completely.
    return [row for batch in reader.batches(sql, values) for row in batch]


def _dimension_sql(column: str) -> str:
    """Return SQL for a dimension that names a row; NULL if the resource ends with it."""
    return f"case when not suffix(d.resource::varchar, d.{column}) then d.{column} end"
