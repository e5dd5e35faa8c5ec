"""The results of a control over one open run, in a TEMP table: SQL filters and counts them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from iamsql.check.status_sql import (
    CONTROL_COLUMNS,
    LINES_SQL,
    RESULT_COLUMNS,
    WITH_CONTROL_SQL,
)
from iamsql.model import IamsqlError
from iamsql.runs.store.reader import Reader
from iamsql.sqltext import identifier

FIRST_COLUMNS = ("resource", "status", "reason", "account_id", "region")  # of the rows of a control
STATUSES = ("ok", "alarm", "info", "skip", "error")
Row = tuple[Any, ...]
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
    """The results of a control in a TEMP table, with the columns of the control, that meet the SQL condition `where`.

    The table has results of several controls. `number` selects the results of this control.
    """

    reader: Reader
    name: str
    number: int
    control: Mapping[str, Any]
    where: str = ""

    @property
    def sql(self) -> str:
        """Return the SELECT of the results."""
        sql = WITH_CONTROL_SQL.format(table=self.name, number=self.number)
        return f"select * from ({sql}) where (\n{self.where}\n)" if self.where else sql

    def counts(self) -> tuple[dict[str, int], set[str]]:
        """Return the number of results by status, and the accounts with a result of status error."""
        sql = "select status, count(*), case when status = 'error' then list(distinct account_id) end"
        rows = fetch_all(self.reader, f"{sql} from ({self.sql}) group by status", self.control)
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
        return fetch_all(self.reader, sql, {**self.control, "statuses": list(statuses)})


def read_tables(tables: Iterable[ResultTable], select: str, rest: str, values: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the number of the control and the columns `select` of results of controls, with one statement for each TEMP table.

    `rest` follows the WHERE clause, and may begin with `and` and a condition. Raise ValueError for a table with a condition, which
    can depend on columns of the control.
    """
    tables_by_name: dict[str, list[ResultTable]] = defaultdict(list)
    for table in tables:
        if table.where:
            raise ValueError("results with a condition are read from one table at a time")
        tables_by_name[table.name].append(table)
    for name, same_name in tables_by_name.items():
        sql = f"select number, {select} from {name} where list_contains($numbers::integer[], number) {rest}"
        for batch in same_name[0].reader.batches(sql, {**values, "numbers": [table.number for table in same_name]}):
            yield from batch


def materialize_macros(reader: Reader, macros: Sequence[str]) -> None:
    """Replace table macros without arguments with tables, so a macro is evaluated once for several statements.

    A macro that fails is not replaced; the statement that calls it reports the error.
    """
    for name in macros:
        table = identifier(f"materialized {name}")
        with suppress(IamsqlError):
            reader.execute(f"create or replace temp table {table} as from {identifier(name)}()")
            reader.execute(f"create or replace temp macro {identifier(name)}() as table select * from {table}")


def require_condition(reader: Reader, where: str) -> None:
    """Raise IamsqlError if a condition of --where is not valid SQL over results."""
    columns = ", ".join(f"{name} varchar" for name in RESULT_COLUMNS)
    reader.execute(f"create or replace temp table {EMPTY_TABLE} ({columns}, number integer)")
    sql = ResultTable(reader, EMPTY_TABLE, 0, dict.fromkeys(CONTROL_COLUMNS), where).sql
    try:
        if reader.is_select(sql):
            fetch_all(reader, sql, dict.fromkeys(CONTROL_COLUMNS))
            return
    except IamsqlError as error:
        message = str(error).partition("\nLINE ")[0]
        raise IamsqlError("--where: " + "\n".join(message.splitlines()[:2])) from error
    raise IamsqlError("--where: expected one condition, such as: status = 'alarm'")


def fetch_all(reader: Reader, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Return all rows of a SELECT. The next statement of the connection ends a result that is not read completely."""
    return [row for batch in reader.batches(sql, values) for row in batch]
