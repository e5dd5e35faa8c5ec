"""Coverage rows that wait to be written, in one transaction with the items that they describe.

Therefore an interrupted file has a row for each account and call: with the status of the call, or as not reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

INTERRUPTED_MESSAGE = "The run was interrupted before this call was made."
# Adds a row for each call that is to be made in each account, after a position, that has not been collected yet.
EXPECT = f"""
insert into iamsql.coverage
select a.account_id, a.name, w.region, w.service, w.operation, 'skipped', 'not_reached', '{INTERRUPTED_MESSAGE}',
  0, 0, 0, 0, 0, null, null
from iamsql.accounts a, (
  select unnest(?::varchar[]) as region, unnest(?::varchar[]) as service, unnest(?::varchar[]) as operation) w
where a.outcome = 'interrupted' and a.position > ? and not exists (
  from iamsql.coverage c where c.account_id = a.account_id and c.region = w.region
    and c.service = w.service and c.operation = w.operation)
"""
# Accounts are updated, not replaced, so the rows keep the order that the organization lists the accounts.
UPDATE_ACCOUNTS = """
update iamsql.accounts a set role_used = n.role_used, outcome = n.outcome, reason = n.reason from (
  select unnest(?::varchar[]) as account_id, unnest(?::varchar[]) as role_used, unnest(?::varchar[]) as outcome,
    unnest(?::varchar[]) as reason) n
where a.account_id = n.account_id
"""
DELETE_NOT_REACHED = (
    "delete from iamsql.coverage where error_code = 'not_reached' and account_id in (select unnest(?::varchar[]))"
)
# By table: deletes the rows with the keys of new rows.
DELETE = {
    "coverage": """
delete from iamsql.coverage where (account_id, region, service, operation) in (
  select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]))
""",
    "event_coverage": """
delete from iamsql.event_coverage where (account_id, region, source) in (
  select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]))
""",
}


class Row(Protocol):
    """A row of coverage or of event coverage. All rows with the same key are replaced together."""

    @property
    def key(self) -> tuple[str, ...]:
        """Return the account, the region, and what identifies the rows in the region."""

    def values(self) -> list[Any]:
        """Return the values in the order of the columns."""


class Journal:
    """Outcomes of accounts, and rows of iamsql.coverage and iamsql.event_coverage, that wait to be written.

    A row replaces the written and waiting rows with its key. Nothing else changes coverage, so a file needs no final pass.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._accounts: dict[str, tuple[str | None, ...]] = {}  # role, outcome and reason by account
        self._rows: dict[str, dict[tuple[str, ...], list[Row]]] = {table: {} for table in DELETE}  # by table and key

    def __bool__(self) -> bool:
        """Return whether rows wait."""
        return bool(self._accounts) or any(self._rows.values())

    def add(self, coverage: Iterable[Row] = (), events: Iterable[Row] = ()) -> None:
        """Add rows. All rows of a key are added together, such as one for each log file that could not be read."""
        for waiting, rows in zip(self._rows.values(), (coverage, events), strict=True):
            by_key: dict[tuple[str, ...], list[Row]] = {}
            for row in rows:
                by_key.setdefault(row.key, []).append(row)
            waiting |= by_key

    def add_account(self, account_id: str, role_used: str | None, outcome: str, reason: str | None) -> None:
        """Add the outcome of a finished account. Its rows of calls that were not reached are deleted: no call follows."""
        self._accounts[account_id] = (role_used, outcome, reason)

    def statements(self) -> Iterator[tuple[str, list[list[Any]]]]:
        """Yield the statements, with their values, that update accounts and delete the rows that waiting rows replace."""
        if self._accounts:
            columns = [list(column) for column in zip(*self._accounts.values(), strict=True)]
            yield UPDATE_ACCOUNTS, [[*self._accounts], *columns]
            yield DELETE_NOT_REACHED, [[*self._accounts]]
        for table, waiting in self._rows.items():
            if waiting:
                yield DELETE[table], [list(column) for column in zip(*waiting, strict=True)]

    def rows(self) -> dict[str, list[list[Any]]]:
        """Return the waiting rows by table."""
        return {
            table: [row.values() for rows in waiting.values() for row in rows] for table, waiting in self._rows.items()
        }

    def clear(self) -> None:
        """Remove the waiting rows, after they were written."""
        self._accounts.clear()
        for waiting in self._rows.values():
            waiting.clear()
