"""The state of each table of a run in a few words, such as `read` or `denied in 2 of 14 accounts`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from iamsql.coverage.calls import gaps_of_tables
from iamsql.coverage.gaps import INACTIVE
from iamsql.coverage.words import counted
from iamsql.store.reader import Reader

# min(): one kind for each account, so that the counts add up to the accounts.
KINDS = f"""
select a.table_name, coalesce(k.kind, ''), count(*), null
from (
    select distinct table_name, account_id from asked where not coalesce(status = 'skipped' and error_code in {INACTIVE}, false)
) a left join (
    select table_name, account_id, min(kind) as kind from gaps group by all
) k using (table_name, account_id)
group by all
union all select table_name, null, null, calls from uncollected
order by all
"""


@dataclass
class TableState:
    """The number of accounts by kind of gap ('' is complete data), and the calls that were made in no account."""

    accounts: Counter[str] = field(default_factory=Counter)
    uncollected: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the state in a few words; '' if the run says nothing about the table."""
        gaps = {kind: number for kind, number in self.accounts.items() if kind}
        total = counted(self.accounts.total(), "account")
        by_kind = f"{', '.join(f'{kind} in {number}' for kind, number in gaps.items())} of {total}"
        if self.accounts[""]:
            missing = [
                *([by_kind] if gaps else []),
                *([f"without {', '.join(self.uncollected)}"] if self.uncollected else []),
            ]
            return f"partly: {'; '.join(missing)}" if missing else "read"
        return by_kind if gaps else "not collected" if self.uncollected else ""


def table_states(reader: Reader, tables: Sequence[str]) -> dict[str, TableState]:
    """Return the state of each table; tables without calls in the run are left out."""
    if not reader.facts.run_id:
        return {}
    found: dict[str, TableState] = defaultdict(TableState)
    ctes, values = gaps_of_tables(reader, tables)
    for table, kind, accounts, calls in reader.query(ctes + KINDS, values):
        if calls:
            found[table].uncollected = tuple(calls)
        else:
            found[table].accounts[kind] = accounts
    return dict(found)
