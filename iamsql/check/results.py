"""The verdicts of controls, judged, muted, filtered and counted inside DuckDB: TEMP tables beside a run, read in batches.

A verdict that stands on what did not come in is struck: `ok`, and what is said of the account as a whole. One row with
the reason takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import duckdb

from iamsql.check.results_sql import ACCOUNTS, HITS, JUDGED, LINES, MUTED, MUTES, NOBODY, PLACE, PLACED, RAW, TELLS
from iamsql.coverage.by_account import EMPTY, note_shortfalls
from iamsql.model import IamsqlError
from iamsql.sqltext import identifier, literal
from iamsql.store.messages import type_name, words
from iamsql.store.reader import Reader

FIRST = ("resource", "status", "reason", "account_id", "region")
STATUSES = ("ok", "alarm", "info", "skip", "error")
NAMING = re.compile(r"(^|_)(name|id|arn|sid)$")  # dimensions that tell rows of one resource apart, run after run
BATCH = 5000


class Ledger:
    """Verdicts over one open run; those of a control stay until they are dropped."""

    def __init__(
        self, reader: Reader, tables: set[str], once: Collection[str], mutes: Sequence[Mapping[str, Any]]
    ) -> None:
        """Note what the tables are short of, and the mutes: place, control, account, pattern, owner, reason, expires, expired."""
        self._connection = reader._connection
        self._partition = reader.facts.partition or "aws"
        self._made = 0
        self.matched: set[int] = set()  # the mutes that spoke of a verdict, by place
        self.uncollected: set[str] = set()  # the tables of which the run asked nothing
        if reader.facts.run_id:
            self.uncollected = note_shortfalls(self._connection, tables, once)
            self._run(ACCOUNTS)
        else:
            self._run(EMPTY)
            self._run(NOBODY)
        self._run(MUTES)
        for mute in mutes:
            slots = ", ".join(f"${name}" for name in mute)
            self._connection.execute(f"insert into iamsql_mutes ({', '.join(mute)}) values ({slots})", dict(mute))

    def settle(self, questions: Sequence[str]) -> None:
        """Answer table macros without arguments once for all that ask them."""
        for name in questions:
            held = identifier(f"settled {name}")
            with suppress(IamsqlError):  # what cannot be answered is told by the control that asks it
                self._run(f"create or replace temp table {held} as from {identifier(name)}()")
                self._run(f"create or replace temp macro {identifier(name)}() as table select * from {held}")

    def judge(
        self,
        control: str,
        sql: str,
        values: Mapping[str, Any],
        tables: set[str],
        mutes: bool,
        unread: Collection[str] = (),
    ) -> str:
        """Run a control and give the name of the table of its verdicts; what it says that no control may say is an error.

        `unread` lists the calls, each as `table service:operation`, that the control does not depend on.
        """
        self._draw(sql, values)
        self._made += 1
        table = f"iamsql_judged_{self._made}"
        columns = [
            (str(name), type_name(kind)) for name, kind, *_ in self._connection.execute(f"describe {RAW}").fetchall()
        ]
        self._hold(columns)
        more = columns[len(FIRST) :]
        spelled = ", ".join(f"{literal(name)}, d.{identifier(name)}" for name, _ in more)
        naming = [_told(identifier(name)) for name, kind in more if kind == "VARCHAR" and NAMING.search(name)]
        parts = {
            "table": table,
            "dimensions": f"json_object({spelled})::varchar" if more else "null::varchar",
            "ident": f"nullif(concat_ws(' ', {', '.join(naming)}), '')" if naming else "null::varchar",
        }
        stands_on = {"tables": sorted(tables), "unread": sorted(unread)}
        self._run(JUDGED.format(**parts), {**stands_on, "partition": self._partition})
        self._run(f"drop table {RAW}")
        if mutes:
            hits = self._run("select distinct m.place" + HITS.format(table=table), {"control": control})
            self.matched |= {place for (place,) in hits.fetchall()}
            self._run(MUTED.format(table=table, muted=f"{table}_muted"), {"control": control})
            self._run(f"drop table {table}")
            return f"{table}_muted"
        return table

    def _draw(self, sql: str, values: Mapping[str, Any]) -> None:
        """Run the control's SQL into a table; only what the run's sandbox lets through."""
        try:
            statements = self._connection.extract_statements(sql)
            if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
                raise IamsqlError("A control is one SELECT.")
            text = statements[0].query.rstrip().rstrip(";")
            needed = {name: values[name] for name in statements[0].named_parameters if name in values}
            self._connection.execute(f"create or replace temp table {RAW} as\n{text}\n", needed)
        except (duckdb.Error, ValueError, OverflowError) as error:
            raise IamsqlError(words(error)) from error

    def _hold(self, columns: Sequence[tuple[str, str]]) -> None:
        """Hold a control to its first columns and to the words of a verdict."""
        if tuple(name for name, _ in columns[: len(FIRST)]) != FIRST:
            raise IamsqlError(f"the first columns of a control are {', '.join(FIRST)}.")
        known = ", ".join(map(literal, STATUSES))
        wrong = f"select status from {RAW} where status is null or status not in ({known}) limit 1"
        if found := self._connection.execute(wrong).fetchone():
            raise IamsqlError(f"a status is {', '.join(STATUSES[:-1])} or {STATUSES[-1]}, not {found[0]!r}.")
        if self._connection.execute(
            f"select 1 from {RAW} where resource is null or account_id is null limit 1"
        ).fetchone():
            raise IamsqlError("a row of a control has a resource and an account_id.")

    def counts(self, table: str, place: Mapping[str, Any], where: str) -> tuple[dict[str, int], set[str]]:
        """Count the verdicts by status, and list the accounts that have one of status error."""
        sql = "select status, count(*), case when status = 'error' then list(distinct account_id) end"
        found = self._run(f"{sql} from ({self._placed(table, where)}) group by status", place).fetchall()
        return {status: count for status, count, _ in found}, {one for *_, listed in found for one in listed or ()}

    def rows(
        self, table: str, place: Mapping[str, Any], where: str, columns: Sequence[str], statuses: Sequence[str]
    ) -> Iterator[tuple[Any, ...]]:
        """Give verdicts of some statuses in their order, batch by batch."""
        placed = self._placed(table, where)
        sql = f"select {', '.join(columns)} from ({placed}) where list_contains($statuses, status) order by place"
        found = self._run(sql, {**place, "statuses": list(statuses)})
        while batch := found.fetchmany(BATCH):
            yield from batch

    def lines(
        self, table: str, place: Mapping[str, Any], where: str, statuses: Sequence[str], limit: int
    ) -> list[tuple[Any, ...]]:
        """Give verdicts for people, those of the first status first: what is said of several accounts as a whole is one.

        Each is status, reason, account, its name, region, resource, ident, how many there are, and the first names.
        """
        values = {**place, "statuses": list(statuses)}
        return self._run(LINES.format(placed=self._placed(table, where), limit=limit), values).fetchall()

    def drop(self, table: str) -> None:
        """Let go of a control's verdicts."""
        self._run(f"drop table if exists {table}")

    def hold_where(self, where: str) -> None:
        """Raise IamsqlError when a condition cannot be asked of verdicts."""
        self._run("create or replace temp table iamsql_judged_0 (" + ", ".join(f"{one} varchar" for one in TELLS) + ")")
        sql = self._placed("iamsql_judged_0", where)
        try:
            kinds = [one.type for one in self._connection.extract_statements(sql)]
            if kinds == [duckdb.StatementType.SELECT]:
                self._connection.execute(sql, dict.fromkeys(PLACE))
                return
        except duckdb.Error as error:
            raise IamsqlError(words(error, 2)) from error
        raise IamsqlError("it is one condition, such as: status = 'alarm'")

    def _placed(self, table: str, where: str) -> str:
        placed = PLACED.format(table=table)
        return f"select * from ({placed}) where (\n{where}\n)" if where else placed

    def _run(self, sql: str, values: Mapping[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(sql, dict(values) if values else None)
        except duckdb.Error as error:
            raise IamsqlError(words(error)) from error


def _told(column: str) -> str:
    """Give what names a row, unless the resource ends with it already."""
    return f"case when not suffix(d.resource::varchar, d.{column}) then d.{column} end"
