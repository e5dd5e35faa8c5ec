"""The results of controls over one open run: TEMP tables, which are suppressed, filtered and counted in SQL.

An organization can have millions of results, so they are never all in memory.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from iamsql.check.results_sql import (
    ACCOUNTS,
    CONTROL_COLUMNS,
    LINES,
    MATCHING,
    MUTED,
    MUTES,
    NO_ACCOUNTS,
    RAW,
    RESULT_COLUMNS,
    RESULTS,
    WITH_CONTROL,
)
from iamsql.coverage.by_account import create_gaps_table
from iamsql.model import IamsqlError
from iamsql.sqltext import identifier, literal
from iamsql.store.reader import Reader

FIRST_COLUMNS = ("resource", "status", "reason", "account_id", "region")
STATUSES = ("ok", "alarm", "info", "skip", "error")
NAMING = re.compile(r"(^|_)(name|id|arn|sid)$")  # dimensions that distinguish rows of one resource, in every run
EMPTY = "iamsql_results_0"  # a table without rows, to check a condition


class ResultStore:
    """The results of controls over one run. The results of a control stay until they are dropped."""

    def __init__(
        self, reader: Reader, tables: set[str], once: Collection[str], mutes: Sequence[Mapping[str, Any]]
    ) -> None:
        """Create the tables of gaps, accounts and suppressions.

        `once` lists the calls, as service:operation, that are made once for the organization.
        """
        self._reader = reader
        self._partition = reader.facts.partition or "aws"
        self._created = 0
        self.matched: set[int] = set()  # the positions of the suppressions that match a result
        self.uncollected = create_gaps_table(reader, tables, once)  # tables of which the run collected nothing
        reader.execute(ACCOUNTS if reader.facts.run_id else NO_ACCOUNTS)
        reader.execute(MUTES)
        for mute in mutes:
            slots = ", ".join(f"${name}" for name in mute)
            reader.execute(f"insert into iamsql_mutes ({', '.join(mute)}) values ({slots})", dict(mute))

    def materialise(self, macros: Sequence[str]) -> None:
        """Replace table macros without arguments by tables, so that a macro is evaluated once for several controls.

        A macro that fails is not replaced; the control that calls it reports the error.
        """
        for name in macros:
            table = identifier(f"materialised {name}")
            with suppress(IamsqlError):
                self._reader.execute(f"create or replace temp table {table} as from {identifier(name)}()")
                self._reader.execute(
                    f"create or replace temp macro {identifier(name)}() as table select * from {table}"
                )

    def evaluate(
        self,
        control: str,
        sql: str,
        values: Mapping[str, Any],
        tables: set[str],
        mutes: bool,
        unread: Collection[str] = (),
    ) -> str:
        """Run a control and return the name of the table of its results.

        `unread` lists the calls, as `table service:operation`, that the control does not depend on. Raise IamsqlError for
        an error in its SQL, and for columns or values that a control must not have.
        """
        # The names and types of the dimensions are known only when DuckDB has bound the control's SELECT.
        columns = self._reader.store_select(RAW, sql, values)
        if columns is None:
            raise IamsqlError("a control must be one SELECT statement.")
        self._created += 1
        table = f"iamsql_results_{self._created}"
        self._require_valid(columns)
        further = columns[len(FIRST_COLUMNS) :]
        dimensions = ", ".join(f"{literal(name)}, d.{identifier(name)}" for name, _ in further)
        naming = [
            _unless_in_resource(identifier(name)) for name, kind in further if kind == "VARCHAR" and NAMING.search(name)
        ]
        parts = {
            "table": table,
            "dimensions": f"json_object({dimensions})::varchar" if further else "null::varchar",
            "ident": f"nullif(concat_ws(' ', {', '.join(naming)}), '')" if naming else "null::varchar",
        }
        depends_on = {"tables": sorted(tables), "unread": sorted(unread)}
        self._reader.execute(RESULTS.format(**parts), {**depends_on, "partition": self._partition})
        self._reader.execute(f"drop table {RAW}")
        return self._muted(table, control) if mutes else table

    def _muted(self, table: str, control: str) -> str:
        """Apply the suppressions to a control's results and return the name of the new table."""
        muted = f"{table}_muted"
        matching = self._query("select distinct m.position" + MATCHING.format(table=table), {"control": control})
        self.matched |= {position for (position,) in matching}
        self._reader.execute(MUTED.format(table=table, muted=muted), {"control": control})
        self._reader.execute(f"drop table {table}")
        return muted

    def _require_valid(self, columns: Sequence[tuple[str, str]]) -> None:
        """Raise IamsqlError unless the rows of a control have its first columns, statuses, resources and accounts."""
        if tuple(name for name, _ in columns[: len(FIRST_COLUMNS)]) != FIRST_COLUMNS:
            raise IamsqlError(f"the first columns of a control must be {', '.join(FIRST_COLUMNS)}.")
        known = ", ".join(map(literal, STATUSES))
        wrong = f"select status from {RAW} where status is null or status not in ({known}) limit 1"
        if found := self._query(wrong):
            raise IamsqlError(f"status must be {', '.join(STATUSES[:-1])} or {STATUSES[-1]}, not {found[0][0]!r}.")
        if self._query(f"select 1 from {RAW} where resource is null or account_id is null limit 1"):
            raise IamsqlError("each row of a control must have a resource and an account_id.")

    def counts(self, table: str, control: Mapping[str, Any], where: str) -> tuple[dict[str, int], set[str]]:
        """Return the number of results by status, and the accounts with a result of status error."""
        sql = "select status, count(*), case when status = 'error' then list(distinct account_id) end"
        found = self._query(f"{sql} from ({self._with_control(table, where)}) group by status", control)
        accounts = {account for *_, listed in found for account in listed or ()}
        return {status: count for status, count, _ in found}, accounts

    def rows(
        self, table: str, control: Mapping[str, Any], where: str, columns: Sequence[str], statuses: Sequence[str]
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the results of some statuses in their order."""
        results = self._with_control(table, where)
        sql = (
            f"select {', '.join(columns)} from ({results}) where list_contains($statuses, status) order by row_position"
        )
        for batch in self._reader.batches(sql, {**control, "statuses": list(statuses)}):
            yield from batch

    def lines(
        self, table: str, control: Mapping[str, Any], where: str, statuses: Sequence[str], limit: int
    ) -> list[tuple[Any, ...]]:
        """Return results to print, ordered as `statuses`; equal results about several accounts are one line.

        The columns are status, reason, account ID, account name, region, resource, ident, number, first account names.
        """
        values = {**control, "statuses": list(statuses)}
        return self._query(LINES.format(results=self._with_control(table, where), limit=limit), values)

    def drop(self, table: str) -> None:
        """Drop a control's results."""
        self._reader.execute(f"drop table if exists {table}")

    def require_condition(self, where: str) -> None:
        """Raise IamsqlError if a condition is not valid SQL over results."""
        columns = ", ".join(f"{name} varchar" for name in RESULT_COLUMNS)
        self._reader.execute(f"create or replace temp table {EMPTY} ({columns})")
        sql = self._with_control(EMPTY, where)
        try:
            if self._reader.is_select(sql):
                self._query(sql, dict.fromkeys(CONTROL_COLUMNS))
                return
        except IamsqlError as error:
            message = str(error).partition("\nLINE ")[0]
            raise IamsqlError("\n".join(message.splitlines()[:2])) from error
        raise IamsqlError("expected one condition, such as: status = 'alarm'")

    def _with_control(self, table: str, where: str) -> str:
        sql = WITH_CONTROL.format(table=table)
        return f"select * from ({sql}) where (\n{where}\n)" if where else sql

    def _query(self, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        # All rows at once, because the next statement of the connection ends a result that is not read completely.
        return [row for batch in self._reader.batches(sql, values) for row in batch]


def _unless_in_resource(column: str) -> str:
    """Return SQL for a dimension that names a row; NULL if the resource ends with it."""
    return f"case when not suffix(d.resource::varchar, d.{column}) then d.{column} end"
