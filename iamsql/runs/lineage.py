"""Find the calls that an answer does not depend on, because its SQL reads none of their columns.

The rows of a table come from its own call; its columns come from that call and from joined calls. If a joined call that
returns tags failed, an answer that reads no tags is still complete.
"""

from __future__ import annotations

from contextlib import closing

from iamsql.runs.coverage.caveats import with_other_policies
from iamsql.runs.coverage.joined_calls import columns_of_calls, without_columns
from iamsql.runs.coverage.newer_version import is_newer
from iamsql.runs.coverage.summary import Coverage, summarize_coverage
from iamsql.runs.file.known_reads import KnownReads
from iamsql.runs.store.reader import Reader

# In an account where no role could be assumed, rows are missing as well.
SUCCEEDED_CALLS_SQL = """
select c.service || ':' || c.operation from iamsql.coverage c
join iamsql.accounts a on a.account_id = c.account_id and a.outcome in ('complete', 'incomplete')
group by all having bool_and(c.status in ('ok', 'not_applicable'))
"""


def unused_calls(
    reader: Reader, sql: str, tables: set[str], plans: KnownReads | None = None, every: bool = False
) -> frozenset[str]:
    """Return the calls that failed in some account and return no column that SQL reads, as `table service:operation`.

    With `every`, calls that succeeded in all accounts are included. If DuckDB's plan does not list the columns of a table,
    all calls of the table count.
    """
    candidates = {(table, call): columns for table in tables for call, columns in columns_of_calls(table).items()}
    if not candidates or not reader.metadata.run_id or is_newer(reader.metadata):
        return frozenset()
    if not every:
        succeeded_calls = reader.cache.get("succeeded calls", lambda: _succeeded_calls(reader))
        candidates = {key: columns for key, columns in candidates.items() if key[1] not in succeeded_calls}
    if not candidates:  # planning the SQL takes longest
        return frozenset()
    if plans:
        read_columns = plans.reads(sql).columns
    else:
        with closing(KnownReads()) as new_plans:
            read_columns = new_plans.reads(sql).columns
    return without_columns(candidates, read_columns)


def _succeeded_calls(reader: Reader) -> frozenset[str]:
    """Return the calls, as service:operation, that succeeded in every account that was read."""
    return frozenset(call for (call,) in reader.query(SUCCEEDED_CALLS_SQL))


def coverage(reader: Reader, sql: str, tables: set[str], plans: KnownReads | None = None) -> Coverage:
    """Return the completeness of the tables, as far as the answer to SQL depends on them."""
    # The SQL is planned, which takes time, only if data is missing.
    summary = summarize_coverage(reader, tables)
    if (summary.gaps or summary.uncollected) and (ignored_calls := unused_calls(reader, sql, tables, plans)):
        summary = summarize_coverage(reader, tables, ignored_calls)
    return with_other_policies(summary, reader.metadata, sql)
