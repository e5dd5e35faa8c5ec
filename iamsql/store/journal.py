"""What a run knows of its accounts while it goes on: written in one transaction with the items that it speaks of.

Whoever opens a run that was cut off finds each pair of account and call in its coverage: as it fared, or as not reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Row = Sequence[Any]
Execute = Callable[[str, Sequence[Any]], None]
Note = Callable[[str, Sequence[Row]], None]
KEYS = 5  # columns of coverage by which a row is known: account, its name, region, service, operation
CUT_OFF = "The run was cut off before this was asked."
# What every account is to be asked, which is told of those that were asked it already too.
EXPECT = f"""
insert into iamsql.coverage
select a.account_id, a.name, w.region, w.service, w.operation, 'skipped', 'not_reached', '{CUT_OFF}', 0, 0, 0, 0, 0, null, null
from iamsql.accounts a, (
  select unnest(?::varchar[]) as region, unnest(?::varchar[]) as service, unnest(?::varchar[]) as operation) w
where a.outcome = 'not_reached' and not exists (
  from iamsql.coverage c where c.account_id = a.account_id and c.region = w.region
    and c.service = w.service and c.operation = w.operation)
"""
REPLACED = """
delete from iamsql.coverage where (account_id, region, service, operation) in (
  select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]))
"""
VISITED = (
    "delete from iamsql.accounts where account_id in (select unnest(?::varchar[]))",
    "delete from iamsql.coverage where error_code = 'not_reached' and account_id in (select unnest(?::varchar[]))",
)


class Journal:
    """Rows of coverage, of event_coverage and of accounts that wait to be written."""

    def __init__(self) -> None:
        """Begin empty."""
        self._coverage: dict[tuple[Any, ...], list[Row]] = {}
        self._events: list[Row] = []
        self._accounts: list[Row] = []

    def __bool__(self) -> bool:
        """Tell whether something waits."""
        return bool(self._coverage or self._events or self._accounts)

    def add(self, coverage: Iterable[Row] = (), events: Iterable[Row] = (), accounts: Iterable[Row] = ()) -> None:
        """Take rows; an account's row says that it was visited: what it was not asked by then is no longer to come.

        What is told of an account and call takes the place of what was told of them before.
        """
        told: dict[tuple[Any, ...], list[Row]] = {}
        for row in coverage:
            told.setdefault(tuple(row[:KEYS]), []).append(row)
        self._coverage |= told
        self._events += events
        self._accounts += accounts

    def write(self, execute: Execute, note: Note) -> None:
        """Write what waits, each row in the place of what was told of its account and call before."""
        if self._accounts:
            for sql in VISITED:
                execute(sql, [[row[0] for row in self._accounts]])
        if self._coverage:
            account, _, *call = map(list, zip(*self._coverage, strict=True))
            execute(REPLACED, [account, *call])
        note("accounts", self._accounts)
        note("coverage", [row for rows in self._coverage.values() for row in rows])
        note("event_coverage", self._events)
        self.__init__()  # type: ignore[misc]
