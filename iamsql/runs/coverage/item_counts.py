"""Compare the coverage of a run file with its raw tables: a call with the status ok must not count more items than there are.

A sync and an import write both together, so a difference shows that the file was altered. Queries over the remaining rows would
not report the missing data. Log files are not compared: their rows count files, and an event of two files is stored once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from iamsql.catalog import shortened_list
from iamsql.render.cells import pluralize
from iamsql.sqltext import identifier, literal
from iamsql.tables.calls.account import RECORDS
from iamsql.tables.registry import all_calls

MAX_SHOWN = 3  # calls that a clause names
COUNT_SQL = "select {raw}, account_id::varchar, region::varchar, count(*) from {prefix}raw.{table} group by all"
# Coverage has the region 'global' for calls without regions; their items have the region of the request.
SELECT = """
with counted (raw, account_id, region, items) as ({counts}),
calls (service, operation, raw) as (values {calls}),
stored as (
  select c.service, c.operation, n.account_id, n.region, sum(n.items) as items
  from counted n join calls c using (raw) group by all),
by_region as (
  select service, operation, account_id, 'global' as region, sum(items) as items from stored group by all
  union all
  from stored where region <> 'global')
select v.account_id::varchar, v.region::varchar, v.service::varchar, v.operation::varchar, v.items::bigint,
  coalesce(s.items, 0)::bigint
from {prefix}iamsql.coverage v
left join by_region s using (account_id, region, service, operation)
where v.status = 'ok' and (v.service, v.operation) in (select (service, operation) from calls)
  and v.items::bigint > coalesce(s.items, 0)
order by all
"""


class Difference(NamedTuple):
    """A call whose coverage counts more items than the raw tables have."""

    account_id: str
    region: str
    service: str
    operation: str
    items: int
    stored: int


def items_select(tables: Collection[str], prefix: str = "") -> str:
    """Return the SELECT of the columns of `Difference`.

    `tables` are the stored tables of the file, as raw.NAME; `prefix` is the name of its database with a dot.
    """
    raws = [raw for names in raw_tables().values() for raw in names]
    counts = [
        COUNT_SQL.format(raw=literal(raw), prefix=prefix, table=identifier(raw))
        for raw in raws
        if f"raw.{raw}" in tables
    ]
    calls = ", ".join(
        f"({literal(service)}, {literal(operation)}, {literal(raw)})"
        for (service, operation), names in raw_tables().items()
        for raw in names
    )
    none = "select null::varchar, null::varchar, null::varchar, 0 where false"
    return SELECT.format(counts=" union all ".join(counts) or none, calls=calls, prefix=prefix)


def differences_from_rows(rows: Iterable[Sequence[object]]) -> list[Difference]:
    """Convert the rows of `items_select` to differences."""
    return [Difference(*row) for row in rows]  # type: ignore[arg-type]


def differences_clause(altered: Sequence[Difference]) -> str:
    """Return a clause that names the calls with differences."""
    return f"it lacks items that its coverage counts: {shortened_list([*_calls_with_counts(altered)], MAX_SHOWN)}"


def _calls_with_counts(altered: Sequence[Difference]) -> Iterator[str]:
    """Yield each call with the number of its accounts."""
    calls = Counter(dict.fromkeys((row.service, row.operation, row.account_id) for row in altered))
    accounts = Counter((service, operation) for service, operation, _ in calls)
    for (service, operation), number in sorted(accounts.items()):
        yield f"{service}:{operation} ({pluralize(number, 'account')})"


@cache
def raw_tables() -> dict[tuple[str, str], tuple[str, ...]]:
    """Map service and operation of each call to the raw tables that have its items."""
    tables_by_call: dict[tuple[str, str], tuple[str, ...]] = {}
    for call in all_calls():
        if call != RECORDS:
            key = (call.service, call.operation)
            tables_by_call[key] = tuple(dict.fromkeys((*tables_by_call.get(key, ()), call.raw)))
    return tables_by_call
