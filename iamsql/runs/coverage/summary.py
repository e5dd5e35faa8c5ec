"""The completeness of tables of a run: counted by account for the notes of an answer, and in a few words for each table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from iamsql.render.cells import pluralize
from iamsql.runs.coverage.calls import gaps_of_tables
from iamsql.runs.coverage.event_names import EVENT_TABLES, event_names_note
from iamsql.runs.coverage.gaps import INACTIVE
from iamsql.runs.store.reader import Reader

# Why the list of accounts could not be read.
ORGANIZATION = """
select coalesce(error_code, status) || coalesce(' on ' || operation, '') from iamsql.coverage
where service = 'organizations' and operation in ('DescribeOrganization', 'ListAccounts')
    and status in ('denied', 'throttled', 'expired', 'error', 'partial') order by operation limit 1
"""
# min(): one reason for each account, so the counts of a sentence add up to the accounts.
SUMMARY = f""", by_account as (
    select a.account_id, coalesce(min(g.summary), '') as summary,
        coalesce(bool_or(g.error_code in {INACTIVE}), false) as inactive,
        coalesce(bool_or(g.operation in ('LookupEvents', 'GetObject', 'ListObjectsV2')), false) as lookup_failed
    from (select distinct account_id from asked) a left join gaps g using (account_id)
    group by all
)
select (select list(distinct table_name) from calls),
    (select list((summary, inactive, lookup_failed) order by account_id) from by_account),
    (select list((table_name, calls) order by table_name) from uncollected),
    ({ORGANIZATION})
"""
# min(): one kind for each account, so the counts add up to the accounts.
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


@dataclass(frozen=True)
class Coverage:
    """The completeness of some tables.

    - `tables`: the tables with known calls.
    - `gaps`: the number of active accounts by the summary of their missing data.
    - `inactive`: the number of accounts that are suspended, closed or pending, by this summary.
    - `uncollected`: the calls of each table that were made in no account.
    - `organization`: why the accounts could not be listed.
    - `event_names`: the note on events that were read by their names only.
    """

    tables: tuple[str, ...] = ()
    accounts: int = 0
    gaps: Counter[str] = field(default_factory=Counter)
    inactive: Counter[str] = field(default_factory=Counter)
    lookups_failed: int = 0
    uncollected: tuple[tuple[str, tuple[str, ...]], ...] = ()
    organization: str = ""
    event_names: str = ""

    @property
    def missing(self) -> int:
        """Return the number of active accounts with incomplete data."""
        return self.gaps.total()

    @property
    def not_attempted(self) -> int:
        """Return the number of accounts that are not active, where no role can be assumed."""
        return self.inactive.total()

    @property
    def read(self) -> int:
        """Return the number of accounts with complete data."""
        return self.accounts - self.missing - self.not_attempted


def summarize_coverage(reader: Reader, tables: set[str], unused: Collection[str] = ()) -> Coverage:
    """Return the completeness of the tables. The calls `unused`, each as `table service:operation`, do not count."""
    if not reader.metadata.run_id or not tables:
        return Coverage()
    key = ("coverage", frozenset(tables), frozenset(unused))
    return reader.cache.get(key, partial(_read_coverage, reader, tables, unused))


def _read_coverage(reader: Reader, tables: set[str], unused: Collection[str]) -> Coverage:
    ctes, values = gaps_of_tables(reader, tables, unused)
    ((names, accounts, uncollected, organization),) = reader.query(ctes + SUMMARY, values)
    if not names:
        return Coverage()
    by_account = accounts or ()
    return Coverage(
        tables=tuple(names),
        accounts=len(by_account),
        gaps=Counter(summary for summary, inactive, _ in by_account if summary and not inactive),
        inactive=Counter(summary for summary, inactive, _ in by_account if summary and inactive),
        lookups_failed=sum(failed for _, inactive, failed in by_account if not inactive),
        uncollected=tuple((table, tuple(calls)) for table, calls in uncollected or ()),
        organization=organization or "",
        event_names=event_names_note(reader) if EVENT_TABLES.intersection(names) else "",
    )


@dataclass
class TableState:
    """The number of accounts by kind of gap ('' is complete data), and the calls that were made in no account."""

    accounts: Counter[str] = field(default_factory=Counter)
    uncollected: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the state in a few words; '' if the run says nothing about the table."""
        gaps = {outcome: number for outcome, number in self.accounts.items() if outcome}
        total = pluralize(self.accounts.total(), "account")
        by_outcome = f"{', '.join(f'{outcome} in {number}' for outcome, number in gaps.items())} of {total}"
        if self.accounts[""]:
            phrases = [
                *([by_outcome] if gaps else []),
                *([f"without {', '.join(self.uncollected)}"] if self.uncollected else []),
            ]
            return f"partly: {'; '.join(phrases)}" if phrases else "read"
        return by_outcome if gaps else "not collected" if self.uncollected else ""


def table_states(reader: Reader, tables: Sequence[str]) -> dict[str, TableState]:
    """Return the state of each table; tables without calls in the run are left out."""
    if not reader.metadata.run_id:
        return {}
    states: dict[str, TableState] = defaultdict(TableState)
    ctes, values = gaps_of_tables(reader, tables)
    for table, kind, accounts, calls in reader.query(ctes + KINDS, values):
        if calls:
            states[table].uncollected = tuple(calls)
        else:
            states[table].accounts[kind] = accounts
    return dict(states)
