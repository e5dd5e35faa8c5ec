"""The runs where an engine must answer as DuckDB does: the sample organization, three altered copies, and hostile names."""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from iamsql.lake.engines.tables import stored_tables
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from iamsql.tables.fragments import events as _events
from tests.conftest import sample_run
from tests.detections.harness import BATCH, EXAMPLES, Example
from tests.hostile.names import NAMES, hostile_aws

SEEDS = (11, 23, 47)
HOSTILE = (
    *NAMES,
    "%",
    "_",
    "a%b_c",
    "\\",
    "'",
    '"',
    "{}",
    "[]",
    '{"a":1}',
    '["x"]',
    "true",
    "12",
    "2026-01-01",
    "\x01\x1f",
)
# Members of records that decide which detection reads them.
_KEPT = {"eventName", "eventSource", "eventTime", "eventID", "awsRegion", "recipientAccountId", "type", "accountId"}
_KEPT |= {"eventType", "eventCategory", "arn", "errorCode"}
_KEYS = {
    "account_id",
    "region",
    "arn",
    "event_id",
    "event_time",
    "status",
    "service",
    "operation",
    "partition",
    "run_id",
}
_KEYS |= {
    "event",
    "event_name",
    "event_source",
    "started_at",
    "organization_id",
    "outcome",
    "selected",
    "state",
    "position",
}


def runs(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the file of each run; those that are made are written to the folder."""
    yield "demo", sample_run()
    for seed in SEEDS:
        path = folder / f"random-{seed}.duckdb"
        shutil.copyfile(sample_run(), path)
        alter(path, seed, hostile=False)
        yield f"random-{seed}", path
    with hostile_aws({}) as aws:
        result = sync(Options(runs=folder / "hostile", demo=True, tables=("all",), trail="auto"), Progress(), aws)
    if result.path is None:
        raise ValueError("the sync wrote no run file")
    path = folder / "hostile.duckdb"
    shutil.copyfile(result.path, path)
    alter(path, 5, hostile=True)
    yield "hostile", path


def alter(path: Path, seed: int, *, hostile: bool) -> None:
    """Add the records of the examples of detections, copy and shift events, and change values of all tables."""
    rng = random.Random(seed)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        _add_examples(connection, rng, hostile=hostile)
        _copy_events(connection, seed)
        for table, columns in stored_tables().items():
            first = _sort(connection, table)
            if table not in ("iamsql.run", "iamsql.queries", "iamsql.table_calls"):
                for index, (column, kind) in enumerate(columns.items()):
                    if column not in _KEYS:
                        _change(connection, table, column, kind, f"rowid - {first}, {seed * 1000 + index}")


def _sort(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Store the rows of a table in the same order after every sync, which chooses the values to change; return the first row ID."""
    connection.execute(f"create temp table sorted as from {table} order by all")
    connection.execute(f"delete from {table}; insert into {table} from sorted; drop table sorted")
    (first,) = connection.execute(f"select coalesce(min(rowid), 0) from {table}").fetchone() or (0,)
    return int(first)


def _add_examples(connection: duckdb.DuckDBPyConnection, rng: random.Random, *, hostile: bool) -> None:
    records: list[str] = []
    tables: set[str] = {name for name, columns in stored_tables().items() if columns}
    for file in sorted(EXAMPLES.glob("*.json")):
        example = Example(file.stem)
        shift = timedelta(minutes=rng.randrange(0, 3000))
        for record in (*example.found, *example.not_found):
            altered = _altered(dict(record), rng, hostile=hostile)
            altered["eventTime"] = _shifted(altered["eventTime"], shift)
            altered["eventID"] = f"{file.stem}/{record['eventID']}"
            records.append(json.dumps(altered))
        for name, rows in example.tables.items():
            if name in tables:
                shaped = connection.execute(
                    "select column_name, column_type from (describe from query_table(?))", [name]
                ).fetchall()
                connection.execute(
                    f"insert into {name} by name select unnest(from_json(?, ?), recursive := true)",
                    [json.dumps(rows), json.dumps([dict(shaped)])],
                )
    connection.execute(_events.insert_events(_events.parse_records(BATCH)), {"records": records})


def _shifted(text: str, shift: timedelta) -> str:
    return (datetime.fromisoformat(text) + shift).strftime("%Y-%m-%dT%H:%M:%SZ")


def _altered(value: Any, rng: random.Random, *, hostile: bool, key: str = "") -> Any:
    """Return a record where some texts are hostile, and some members missing, empty or null."""
    if isinstance(value, dict):
        members = {
            name: _altered(item, rng, hostile=hostile, key=name)
            for name, item in value.items()
            if name in _KEPT or rng.random() > 0.02
        }
        return {} if key not in ("", "userIdentity") and rng.random() < 0.01 else members
    if isinstance(value, list):
        return [] if rng.random() < 0.02 else [_altered(item, rng, hostile=hostile, key=key) for item in value]
    if key in _KEPT or rng.random() > (0.15 if hostile else 0.03):
        return copy.copy(value)
    if hostile and isinstance(value, str):
        return rng.choice(HOSTILE)
    return rng.choice((None, value, f"{value}-{rng.randrange(99)}")) if isinstance(value, str) else value


def _copy_events(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Copy events: the same calls a few minutes or days later, so bursts happen, in part of other callers and denied."""
    columns = stored_tables()[_events.EVENTS_TABLE]
    changed = {
        "event_id": "e.event_id || '+' || n.copy",
        "event_time": "e.event_time + to_seconds(cast(hash(e.event_id, n.copy, $seed) % 7200 as bigint)) "
        "- to_days(cast(n.copy * 3 as integer))",
        "source_ip_address": "case when hash(e.event_id, n.copy) % 3 = 0 then '203.0.113.' || n.copy else e.source_ip_address end",
        "error_code": "case when hash(e.event_id, n.copy, 1) % 9 = 0 then 'AccessDenied' else e.error_code end",
        "username": "case when hash(e.event_id, n.copy, 2) % 5 = 0 then e.username || n.copy else e.username end",
    }
    selected = ", ".join(changed.get(column, f'e."{column}"') for column in columns)
    connection.execute(
        f"insert into {_events.EVENTS_TABLE} select {selected} from {_events.EVENTS_TABLE} as e "
        "cross join (select unnest(range(1, 4)) as copy) as n where hash(e.event_id, n.copy, $seed) % 3 <> 0",
        {"seed": seed},
    )


def _change(connection: duckdb.DuckDBPyConnection, table: str, column: str, kind: str, hashed: str) -> None:
    """Set some values of a column to NULL, an empty list, another time or a large number; the hash of SQL chooses them."""
    other = {
        "BOOLEAN": f'not "{column}"',
        "BIGINT": f'"{column}" * 1000003',
        "INTEGER": f'"{column}" + 7',
        "DOUBLE": f'"{column}" * 1000.5',
        "TIMESTAMP": f'"{column}" - to_hours(31)',
        "TIMESTAMPTZ": f'"{column}" - to_hours(731)',
        "VARCHAR": f"\"{column}\" || 'é'",
        "JSON": f"case json_type(\"{column}\") when 'ARRAY' then '[]'::json when 'OBJECT' then '{{}}'::json else \"{column}\" end",
    }.get(kind, f'"{column}"')
    dice = f"hash({hashed}) % 100"
    connection.execute(
        f'update {table} set "{column}" = case when {dice} < 3 then null when {dice} < 8 then {other} else "{column}" end '
        f"where {dice} < 8"
    )
