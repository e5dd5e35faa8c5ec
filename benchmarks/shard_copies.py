"""Write further shards with the rows of a shard that was read: each account has the items of another account, under its own ID."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb

from iamsql.sync.shards import Shard, account_reason, shard_of

NAME = re.compile(r"-shard-(\d+)-of-(\d+)")
MAPPED = ("coverage", "event_coverage", "events")  # tables of iamsql with rows of accounts
ACCOUNTS = """
update iamsql.accounts a set selected = o.selected, role_used = replace(o.role_used, o.account_id, a.account_id),
  outcome = o.outcome, reason = o.reason
from iamsql.accounts o join renamed n on n.old = o.account_id where n.new = a.account_id
"""
OTHERS = """
update iamsql.accounts set selected = false, outcome = 'not_selected', reason = ? where list_contains(?, account_id)
"""


def copy_shard(runs: Path, number: int) -> Path:
    """Write a shard with the rows of the first one in the folder. If it has more accounts than that one, the rest is not read."""
    first = next(runs.glob("*-shard-1-of-*.duckdb"))
    total = int(NAME.findall(first.name)[0][1])
    shard = Shard(number, total)
    path = first.with_name(NAME.sub(shard.suffix, first.name))
    shutil.copy(first, path)
    with duckdb.connect(str(path)) as con:
        con.execute("set memory_limit = '2GB'")
        accounts = [account for (account,) in con.execute("select account_id from iamsql.accounts").fetchall()]
        shares = {
            each: [account for account in accounts if shard_of(account, total).number == each] for each in (1, number)
        }
        pairs = [*zip(shares[1], shares[number], strict=False)]
        con.execute(
            "create temp table renamed as select unnest(?::varchar[]) as old, unnest(?::varchar[]) as new",
            [list(column) for column in zip(*pairs, strict=True)],
        )
        con.execute(ACCOUNTS)
        con.execute(OTHERS, [account_reason(str(Shard(1, total))), shares[1]])
        for table in MAPPED:
            _rename(con, f"iamsql.{table}", "")
        raw = "select table_name from duckdb_tables() where schema_name = 'raw' and estimated_size > 0"
        for (table,) in con.execute(raw).fetchall():
            _rename(con, f'raw."{table}"', ", replace(t.item::varchar, n.old, n.new)::json as item")
        shard_option = f'{{"shard": "{number}/{total}"}}'
        con.execute(
            "update iamsql.run set run_id = ?, options = json_merge_patch(options, ?)", [path.stem, shard_option]
        )
    return path


def _rename(con: duckdb.DuckDBPyConnection, table: str, further: str) -> None:
    """Replace the accounts in the rows of a table; rows of other accounts are deleted."""
    con.execute(
        f"create or replace temp table copied as select t.* replace (n.new as account_id{further}) "
        f"from {table} t join renamed n on n.old = t.account_id"
    )
    con.execute(f"delete from {table}")
    con.execute(f"insert into {table} from copied")
    con.execute("drop table copied")
