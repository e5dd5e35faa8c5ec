"""Which calls a run made nowhere: a table whose own call is among them was not collected, and empty rows of it mean nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import duckdb

from iamsql.coverage.gaps import by_known
from iamsql.store.reader import Reader

# Rows of coverage that say that a call was left out on purpose, or that no imported file answers it.
LEFT_OUT = "status = 'skipped' and coalesce(error_code, '') in ('not_selected', 'account_not_selected', 'not_imported')"
MADE = f"select distinct service, operation from iamsql.coverage where not ({LEFT_OUT})"
CALLS = f"""
with made as ({MADE}), calls as (
    select distinct t.table_name, t.service, t.operation,
        m.operation is not null or exists (
            from iamsql.table_calls s join made n on n.service = s.service and n.operation = s.operation
            where s.table_name = t.table_name and s.stand_in_for = t.operation) as made
    from iamsql.table_calls t
    left join made m on m.service = t.service and m.operation = t.operation
    where t.stand_in_for is null and ($tables is null or list_contains($tables, t.table_name))
)
select table_name, coalesce(list_sort(list(service || ':' || operation) filter (where not made)), []), bool_or(made)
from calls group by table_name having not bool_and(made)
"""


@dataclass(frozen=True)
class Unmade:
    """The calls of a table that the run made in no account, and whether those are all that the table stands on."""

    calls: tuple[str, ...]
    every: bool


def unmade_calls(reader: Reader, tables: Collection[str] | None = None) -> dict[str, Unmade]:
    """Return the tables with calls that the run made nowhere; a call whose stand-in was made counts as made."""
    sql = by_known(reader._connection, CALLS)
    values = {"tables": None if tables is None else sorted(tables)}
    rows = reader._connection.execute(sql, values).fetchall()
    return {name: Unmade(tuple(calls), not some) for name, calls, some in rows}


def made_calls(reader: Reader) -> set[str]:
    """Return the calls, as service:operation, that the run made in some account or read from some file."""
    return {f"{service}:{operation}" for service, operation in reader._connection.execute(MADE).fetchall()}


def is_counted(reader: Reader, sql: str) -> bool:
    """Tell whether a statement aggregates or writes a file, so that its rows do not show whether there was anything."""
    copies = duckdb.StatementType.COPY
    return any(one.type == copies or reader._names.aggregates(one.query) for one in reader._statements(sql))
