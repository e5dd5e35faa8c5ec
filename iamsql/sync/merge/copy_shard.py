"""The SQL that copies the rows of a shard, which is attached as `source`, into the run that the shards make.

Each account's rows come from the shard that reads it, and the rows of the organization from the first available shard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from iamsql.model import Call, IamsqlError
from iamsql.runs.coverage.item_counts import differences_clause, differences_from_rows, items_select
from iamsql.runs.store.open_errors import stored_columns
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.merge.shard_files import ShardFile
from iamsql.sync.shards import SHARD_OF
from iamsql.tables.calls.account import ACTIONS, CALLER
from iamsql.tables.registry import all_calls

Tables = Mapping[str, Mapping[str, str]]
EVENTS_TABLE = "iamsql.events"
TABLES = ("accounts", "coverage", "event_coverage", "phases", "rate_limits")
# The calls that a shard would make in an account that another shard reads.
EXPECTED = """
create or replace temp table expected as select distinct region, service, operation from source.iamsql.coverage
where status = 'skipped' and error_code = 'account_not_selected'
"""
OUTCOMES_SQL = """
update iamsql.accounts a set selected = e.selected, role_used = e.role_used, outcome = e.outcome, reason = e.reason
from source.iamsql.accounts e where e.account_id = a.account_id and {shard_rows}
"""
# Accounts that were created between the lists of two shards.
NEW_ACCOUNTS = """
insert into iamsql.accounts
select e.* replace (e.position + (select coalesce(max(position), 0) from iamsql.accounts) as position)
from source.iamsql.accounts e where {shard_rows} and not exists (from iamsql.accounts a where a.account_id = e.account_id)
"""
RATES_SQL = """
insert into iamsql.rate_limits from source.iamsql.rate_limits e where not exists (
  from iamsql.rate_limits r where (r.account_id, r.region, r.quota) = (e.account_id, e.region, e.quota))
"""
# The identity of the caller is in every shard.
IDENTITIES = """
insert into raw."{raw}" from source.raw."{raw}" e where {shard_rows} and not exists (
  from raw."{raw}" r where r.account_id = e.account_id)
"""
PHASES_SQL = """
create or replace temp table phases as select phase, min(start_seconds) as start_seconds,
  max(start_seconds + seconds) - min(start_seconds) as seconds, sum(requests)::bigint as requests from iamsql.phases group by all
"""


def own_tables(writer: RunWriter) -> Tables:
    """Return the tables of the new run, with their columns and types."""
    with writer.side_connection() as connection:
        return stored_columns(connection, "r")


def copy_shard(writer: RunWriter, file: ShardFile, tables: Tables, *, is_first: bool) -> None:
    """Copy the rows of a shard in one transaction. `tables` are the tables of the run. Raise IamsqlError for an altered file."""
    with writer.attached(file.path, {}) as shard_tables, writer.transaction():
        names = [*(f"raw.{raw}" for raw in raw_calls(tables)), EVENTS_TABLE, *(f"iamsql.{name}" for name in TABLES)]
        for name in names:
            if shard_tables.get(name, {}) != tables[name]:
                raise IamsqlError(
                    f"{file.path} was altered: its table {name} was not written by a sync.\nSync it again."
                )
        if differences := differences_from_rows(writer.rows(items_select(shard_tables, "source."))):
            raise IamsqlError(f"{file.path} was altered: {differences_clause(differences)}.\nSync it again.")
        for statement in _copy_statements(file, raw_calls(tables), is_first):
            writer.execute(statement)


def raw_calls(tables: Tables) -> dict[str, Call]:
    """Map each raw table of the new run to a call that fills it."""
    return {call.raw: call for call in all_calls() if f"raw.{call.raw}" in tables}


def _copy_statements(file: ShardFile, calls: Mapping[str, Call], is_first: bool) -> Iterator[str]:
    shard = SHARD_OF.format(account="e.account_id", total=file.shard.total)
    shard_rows = f"{shard} = {file.shard.number}"
    if is_first:
        yield EXPECTED
        yield "insert into iamsql.accounts from source.iamsql.accounts order by position"
    else:
        yield OUTCOMES_SQL.format(shard_rows=shard_rows)
        yield NEW_ACCOUNTS.format(shard_rows=shard_rows)
    of_organization = f"(e.service, e.operation) in ({_organization_operations()})"
    condition = f"{of_organization} or {shard_rows}" if is_first else f"not {of_organization} and {shard_rows}"
    yield f"insert into iamsql.coverage from source.iamsql.coverage e where {condition}"
    yield f"insert into iamsql.event_coverage from source.iamsql.event_coverage e where {shard_rows}"
    yield "insert into iamsql.phases from source.iamsql.phases"
    yield RATES_SQL
    yield f"insert into {EVENTS_TABLE} from source.{EVENTS_TABLE}"
    for raw, call in calls.items():
        if call == CALLER:
            yield IDENTITIES.format(raw=raw, shard_rows="true" if is_first else shard_rows)
        elif call in _organization_calls():
            if is_first:
                yield f'insert into raw."{raw}" from source.raw."{raw}"'
        else:
            yield f'insert into raw."{raw}" from source.raw."{raw}" e where {shard_rows}'


def sum_phases(writer: RunWriter) -> None:
    """Replace the phases of the shards with the phases of the run."""
    writer.execute(PHASES_SQL)
    writer.execute("delete from iamsql.phases")
    writer.execute("insert into iamsql.phases from temp.phases order by start_seconds")


def _organization_operations() -> str:
    """Return the calls of the organization as a list in SQL; each has one row of coverage, under the management account."""
    calls = {(call.service, call.operation) for call in (*_organization_calls(), CALLER)}
    return ", ".join(f"('{service}', '{operation}')" for service, operation in sorted(calls))


@cache
def _organization_calls() -> frozenset[Call]:
    return frozenset(call for call in all_calls() if call.org or call == ACTIONS)
