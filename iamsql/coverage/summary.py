"""The completeness of some tables of a run, counted by account, for the notes of an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from iamsql.coverage.calls import calls_of, calls_table, gaps_of_tables, raw_calls
from iamsql.coverage.gaps import INACTIVE
from iamsql.store.reader import Reader

# min(): one reason for each account, so that the counts of a sentence add up to the accounts.
SUMMARIES = f"""
select a.account_id, coalesce(min(g.summary), ''), coalesce(bool_or(g.error_code in {INACTIVE}), false),
    coalesce(bool_or(g.operation in ('LookupEvents', 'GetObject', 'ListObjectsV2')), false)
from (select distinct account_id from asked) a left join gaps g using (account_id)
group by all order by all
"""
# Calls that the run made in no account, without a stand-in that succeeded.
UNCOLLECTED = """
select t.table_name, list_sort(list(distinct t.service || ':' || t.operation))
from {calls} t
where list_contains($tables, t.table_name) and t.fallback_for is null
    and not list_contains($unread, t.table_name || ' ' || t.service || ':' || t.operation) and not exists (
    from iamsql.coverage c
    where c.service = t.service and c.operation = t.operation
        and not (c.status = 'skipped' and c.error_code in ('not_selected', 'account_not_selected'))
) and not exists (
    from {calls} s join iamsql.coverage c using (service, operation)
    where s.table_name = t.table_name and s.fallback_for = t.operation and c.status = 'ok')
group by all order by all
"""
# Why the list of accounts could not be read.
ORGANIZATION = """
select coalesce(error_code, status) || coalesce(' on ' || operation, '') from iamsql.coverage
where service = 'organizations' and operation in ('DescribeOrganization', 'ListAccounts')
    and status in ('denied', 'throttled', 'expired', 'error', 'partial') order by operation limit 1
"""


@dataclass(frozen=True)
class Coverage:
    """The completeness of some tables.

    `tables` are the tables with known calls. `gaps` counts active accounts by the summary of their missing data, `inactive`
    the accounts that are suspended, closed or pending. `uncollected` has the calls of each table that were made in no
    account. `organization` is why the accounts could not be listed.
    """

    tables: tuple[str, ...] = ()
    accounts: int = 0
    gaps: Counter[str] | None = None
    inactive: Counter[str] | None = None
    lookups_failed: int = 0
    uncollected: tuple[tuple[str, tuple[str, ...]], ...] = ()
    organization: str = ""

    @property
    def missing(self) -> int:
        """Return the number of active accounts with incomplete data."""
        return (self.gaps or Counter()).total()

    @property
    def not_attempted(self) -> int:
        """Return the number of accounts that are not active, in which no role can be assumed."""
        return (self.inactive or Counter()).total()

    @property
    def read(self) -> int:
        """Return the number of accounts with complete data."""
        return self.accounts - self.missing - self.not_attempted


def coverage_of(reader: Reader, tables: set[str], unread: Collection[str] = ()) -> Coverage:
    """Return the completeness of the tables. The calls `unread`, each as `table service:operation`, do not count."""
    if not reader.facts.run_id:
        return Coverage()
    typed, raw = sorted(calls_of(reader, tables)), raw_calls(reader, tables)
    if not typed and not raw:
        return Coverage()
    values = {"tables": typed, "unread": sorted(unread)}
    rows = reader.query(gaps_of_tables(reader) + SUMMARIES, {**values, "raw": raw})
    organization = reader.query(ORGANIZATION)
    return Coverage(
        tables=(*typed, *(name for name, _, _ in raw)),
        accounts=len(rows),
        gaps=Counter(summary for _, summary, inactive, _ in rows if summary and not inactive),
        inactive=Counter(summary for _, summary, inactive, _ in rows if summary and inactive),
        lookups_failed=sum(lookups for *_, inactive, lookups in rows if not inactive),
        uncollected=uncollected_calls(reader, typed, unread),
        organization=organization[0][0] if organization else "",
    )


def uncollected_calls(
    reader: Reader, tables: Collection[str], unread: Collection[str] = ()
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return (table, calls) for the tables with calls that the run made in no account, each as service:operation."""
    sql = UNCOLLECTED.format(calls=calls_table(reader))
    rows = reader.query(sql, {"tables": sorted(tables), "unread": sorted(unread)})
    return tuple((table, tuple(calls)) for table, calls in rows)
