"""`aws_iam_action_use` over five million events, in a process of its own."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.measurement import Measurement
from benchmarks.processes import run_process
from iamsql.runs.file.template import template
from iamsql.tables.calls.account import ACTIONS, RECORDS
from iamsql.tables.compiler import compiler
from iamsql.tables.iam_actions import ActionCatalog

EVENTS, ACCOUNTS, ROLES, SESSIONS, NAMES = (
    5_000_000,
    100,
    60,
    40,
    50,
)  # roles of an account, sessions and actions of a role
SECONDS, MEMORY = 20, 1_536
# One in ten calls fails, and one in twenty is denied.
INSERT = f"""
insert into iamsql.events by name
select printf('%012d', 100000000000 + n % {ACCOUNTS}) as account_id, 'us-east-' || (1 + n % 2) as region,
  timestamp '2026-01-01' + to_seconds(cast(n * 1.5 as bigint)) as event_time, a.name as event_name, a.source as event_source,
  case when n % 20 = 0 then 'AccessDenied' when n % 10 = 0 then 'ThrottlingException' end as error_code,
  'AssumedRole' as user_type, r.role || '/session-' || (n // 7 % {SESSIONS}) as actor_arn, r.issuer as issuer_arn,
  'trail' as data_source, 'file-' || (n // 200) as log_file, printf('%036d', n) as event_id,
  json_object('eventID', printf('%036d', n), 'requestParameters', json_object('name', 'resource-' || n)) as event
from range({EVENTS}) as t(n),
  lateral (select 'arn:aws:iam::' || printf('%012d', 100000000000 + n % {ACCOUNTS}) || ':role/team/role-' || (n // 3 % {ROLES})
    as issuer, 'arn:aws:sts::' || printf('%012d', 100000000000 + n % {ACCOUNTS}) || ':assumed-role/role-' || (n // 3 % {ROLES})
    as role) as r
  join names as a on a.number = (n % {ACCOUNTS} * 31 + n // 3 % {ROLES} * 7 + n // 1000 % {NAMES}) % 2000
"""
QUERY = "select count(*), count(action), sum(uses), max(last_used) from aws_iam_action_use"


def measure() -> Iterator[Measurement]:
    """Write the run file, and run the query over the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "use.duckdb")
        line = [sys.executable, "-m", "iamsql", "query", QUERY, "--run", str(path), "--output", "csv"]
        cost = run_process(line)
        name = f"`aws_iam_action_use` over {EVENTS:,} events, {ACCOUNTS} accounts × {ROLES} roles"
        is_met = cost.exit_code == 0 and cost.wall < SECONDS
        yield Measurement(
            name, f"{cost.wall:.1f} s", f"{path.stat().st_size / 2**20:,.0f} MiB file", "", f"under {SECONDS} s", is_met
        )
        memory = f"{cost.memory:,.0f} MiB"
        yield Measurement(f"peak memory, {name}", memory, "", "", f"under {MEMORY / 1024:g} GiB", cost.memory < MEMORY)


def write(path: Path) -> Path:
    """Write a run file with the events, and with the list of IAM actions."""
    shutil.copy(template(), path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as con:
        con.execute("set memory_limit = '1GB'; set preserve_insertion_order = false")
        con.execute(
            "insert into iamsql.run by name select '20260401T000000Z-o-1' as run_id, timestamptz '2026-04-01' as started_at, "
            "'complete' as status, 'aws' as \"partition\", ? as schema_fingerprint, '{}' as options",
            [compiler.fingerprint()],
        )
        con.executemany(
            "insert into iamsql.coverage by name select 'global' as region, ? as service, ? as operation, 'ok' as status",
            [(call.service, call.operation) for call in (ACTIONS, RECORDS)],
        )
        actions = [(service.bound, item) for service in ActionCatalog().services() for item in service.items]
        con.execute("create temp table listed (bound json, item json)")
        con.executemany("insert into listed values (?, ?)", actions)
        con.execute(
            "insert into aws_iam_action by name select lower(concat(bound ->> '$.service', ':', item ->> '$.name')) as action, "
            "bound ->> '$.service' as prefix, item ->> '$.accessLevel' as access_level from listed"
        )
        con.execute(
            "create temp table names as select row_number() over () - 1 as number, item ->> '$.name' as name, "
            "concat(bound ->> '$.service', '.amazonaws.com') as source from listed limit 2000"
        )
        con.execute(INSERT)
    return path
