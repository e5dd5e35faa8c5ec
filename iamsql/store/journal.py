"""Coverage that a run has collected so far, written in one transaction with the items that it is about.

Whoever opens an interrupted run finds each account and call in its coverage: with its status, or as not reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Row = Sequence[Any]
KEY = 5  # leading columns that identify rows of coverage: account, its name, region, service, operation
INTERRUPTED = "The run was interrupted before this call was made."
# Adds a row for every call that is to be made in every account that has not been collected yet.
EXPECT = f"""
insert into iamsql.coverage
select a.account_id, a.name, w.region, w.service, w.operation, 'skipped', 'not_reached', '{INTERRUPTED}', 0, 0, 0, 0, 0, null, null
from iamsql.accounts a, (
  select unnest(?::varchar[]) as region, unnest(?::varchar[]) as service, unnest(?::varchar[]) as operation) w
where a.outcome = 'not_reached' and not exists (
  from iamsql.coverage c where c.account_id = a.account_id and c.region = w.region
    and c.service = w.service and c.operation = w.operation)
"""
DELETE_COVERAGE = """
delete from iamsql.coverage where (account_id, region, service, operation) in (
  select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]))
"""
DELETE_ACCOUNTS = "delete from iamsql.accounts where account_id in (select unnest(?::varchar[]))"
DELETE_NOT_REACHED = (
    "delete from iamsql.coverage where error_code = 'not_reached' and account_id in (select unnest(?::varchar[]))"
)


class Journal:
    """Rows of iamsql.coverage, iamsql.event_coverage and iamsql.accounts that wait to be written."""

    def __init__(self) -> None:
        """Start empty."""
        self._coverage: dict[tuple[Any, ...], list[Row]] = {}
        self._events: list[Row] = []
        self._accounts: list[Row] = []

    def __bool__(self) -> bool:
        """Return whether rows wait."""
        return bool(self._coverage or self._events or self._accounts)

    def add(self, coverage: Iterable[Row] = (), events: Iterable[Row] = (), accounts: Iterable[Row] = ()) -> None:
        """Add rows. New rows of coverage replace earlier ones of the same account and call.

        A row of an account says that the account is finished: its calls that were not reached are not to come any more.
        """
        rows: dict[tuple[Any, ...], list[Row]] = {}
        for row in coverage:
            rows.setdefault(tuple(row[:KEY]), []).append(row)
        self._coverage |= rows
        self._events += events
        self._accounts += accounts

    def deletions(self) -> Iterator[tuple[str, list[list[Any]]]]:
        """Yield the statements, with their values, that delete the rows that waiting rows replace."""
        if self._accounts:
            account_ids = [row[0] for row in self._accounts]
            yield DELETE_ACCOUNTS, [account_ids]
            yield DELETE_NOT_REACHED, [account_ids]
        if self._coverage:
            account, _, *call = map(list, zip(*self._coverage, strict=True))
            yield DELETE_COVERAGE, [account, *call]

    def rows(self) -> dict[str, list[Row]]:
        """Return the waiting rows by table."""
        coverage = [row for rows in self._coverage.values() for row in rows]
        return {"accounts": self._accounts, "coverage": coverage, "event_coverage": self._events}

    def clear(self) -> None:
        """Drop the waiting rows, which are written."""
        self._coverage, self._events, self._accounts = {}, [], []
