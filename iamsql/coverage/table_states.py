"""How far a run has each of its tables, in a word or a few: read, partly, not collected, denied in 2 of 14 accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from iamsql.coverage.gaps import GAPS, UNCOLLECTED

KINDS = (
    GAPS
    + """
select a.table_name, coalesce(k.kind, ''), count(*)
from (
    select distinct table_name, account_id from asked
    where not (status = 'skipped' and error_code in ('account_suspended', 'account_closed', 'account_pending'))
) a left join (
    select table_name, account_id, min(case
        when error_code in ('AssumeRole', 'account_not_entered') then 'not entered'
        when status = 'skipped' then replace(replace(error_code, 'account_', ''), '_', ' ')
        when status = 'not_asked' then 'not asked'
        else status end) as kind
    from gaps group by all
) k using (table_name, account_id)
group by all order by all
"""
)


@dataclass
class State:
    """A table's accounts by what kept them out, '' for nothing, and the calls that the run made in none of them."""

    accounts: Counter[str] = field(default_factory=Counter)
    uncollected: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in a few words; nothing where the run says nothing of the table."""
        bad = {kind: number for kind, number in self.accounts.items() if kind}
        kept_out = (
            f"{', '.join(f'{kind} in {number}' for kind, number in bad.items())} of {_many(self.accounts.total())}"
        )
        if self.accounts[""]:
            lacks = [
                *([kept_out] if bad else []),
                *([f"without {', '.join(self.uncollected)}"] if self.uncollected else []),
            ]
            return f"partly: {'; '.join(lacks)}" if lacks else "read"
        return kept_out if bad else "not collected" if self.uncollected else ""


def states(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> dict[str, State]:
    """Judge each table by itself; those that no account's call tells of are not among them."""
    found: dict[str, State] = {}
    for table, kind, number in connection.execute(KINDS, {"tables": list(tables), "raw": [], "unread": []}).fetchall():
        found.setdefault(table, State()).accounts[kind] = number
    for table, calls in connection.execute(UNCOLLECTED, {"tables": list(tables), "unread": []}).fetchall():
        found.setdefault(table, State()).uncollected = tuple(calls)
    return found


def _many(accounts: int) -> str:
    return f"{accounts} account" if accounts == 1 else f"{accounts} accounts"
