"""A run of two accounts that has the CloudTrail records of an example as its events, for the tests of a detection."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from iamsql.catalog import load, macro_sql, shipped_folder
from iamsql.model import Query, View
from iamsql.runs.store.run_schema import TABLES
from iamsql.tables.compiler import compiler, run_macros
from iamsql.tables.fragments import events as _events
from iamsql.tables.registry import all_tables

OWN, OTHER_OWN, FOREIGN = "111122223333", "222233334444", "999999999999"
ORGANIZATION = "o-exampleorg1"
NOON = "2026-03-01 12:00:00+00"
EXAMPLES = Path(__file__).parent / "examples"
DETECTIONS = {
    query.macro: query
    for versions in load([shipped_folder() / "detections"]).values()
    for query in versions
    if query.kind == "detection"
}
BATCH = (
    "select null as account_hint, null as region_hint, cast(unnest(cast($records as varchar[])) as json) as event, "
    "'trail' as data_source, 'log.json.gz' as log_file, null as lookup_resources, null as position, "
    f"cast('{NOON}' as timestamptz) as synced_at"
)

Record = Mapping[str, Any]


class Example:
    """The records that a detection finds and those that it must not find, with `found_ids` and `tables` where needed.

    Without `found_ids` every record of `found` gives a row. `tables` holds rows of other tables, by table name.
    """

    def __init__(self, name: str) -> None:
        document = json.loads((EXAMPLES / f"{name}.json").read_text())
        self.keys = set(document)
        self.found: list[Record] = document.get("found", [])
        self.not_found: list[Record] = document.get("not_found", [])
        self.found_ids: list[str] = sorted(document.get("found_ids") or [record["eventID"] for record in self.found])
        self.tables: Mapping[str, Sequence[Record]] = document.get("tables", {})


def empty_run() -> duckdb.DuckDBPyConnection:
    """Create a run with two accounts and no rows in any other table."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'; create schema iamsql; create schema raw")
    for name, columns in TABLES.items():
        con.execute(f"create table iamsql.{name} ({columns})")
    con.execute(
        "insert into iamsql.run by name select 'r' as run_id, 'aws' as \"partition\", 'ok' as status, "
        f"'{NOON}' as started_at, '2025-12-01 12:00:00+00' as window_start, '{NOON}' as window_end, "
        f"'{ORGANIZATION}' as organization_id"
    )
    for position, account in enumerate((OWN, OTHER_OWN)):
        row = "'ACTIVE' as state, true as selected, 'iamsql-audit' as role_used, 'complete' as outcome, ? as position"
        con.execute(
            f"insert into iamsql.accounts by name select ? as account_id, ? as name, {row}",
            [account, f"own-{position}", position],
        )
    con.execute("create macro as_of() as (select r.started_at from iamsql.run r)")
    for statement in (
        *_events.CREATE_EVENTS,
        *run_macros.scalar_macros(),
        *_tables(),
        *run_macros.stubs(),
        *run_macros.table_macros(),
    ):
        con.execute(statement)
    return con


def _tables() -> Iterator[str]:
    for name, relation in all_tables().items():
        if isinstance(relation, View) and not relation.stored:
            yield f'create view "{name}" as {compiler.select(relation)}'
        else:
            has_account = relation.common_columns != "none"
            columns = {"account_id": "VARCHAR", "region": "VARCHAR"} if has_account else {}
            columns |= {
                column.name: compiler.duckdb_type(column) for column in (*relation.columns, *relation.extra_columns)
            }
            yield f"create table {name} (" + ", ".join(f'"{column}" {kind}' for column, kind in columns.items()) + ")"


def load_records(con: duckdb.DuckDBPyConnection, example: Example, records: Sequence[Record]) -> None:
    """Replace the events of the run by these records, and the rows of other tables by the rows of the example."""
    load_events(con, records)
    for name, rows in example.tables.items():
        columns = con.execute("select column_name, column_type from (describe from query_table(?))", [name]).fetchall()
        shaped = json.dumps([dict(columns)])
        con.execute(f"delete from {name}")
        con.execute(
            f"insert into {name} by name select unnest(from_json(?, ?), recursive := true)", [json.dumps(rows), shaped]
        )


def load_events(con: duckdb.DuckDBPyConnection, records: Sequence[Record]) -> None:
    """Replace the events of the run by these records."""
    con.execute(f"delete from {_events.EVENTS_TABLE}")
    texts = [json.dumps(record) for record in records]
    con.execute(_events.insert_events(_events.parse_records(BATCH)), {"records": texts})


def macro_rows(con: duckdb.DuckDBPyConnection, query: Query, verb: str = "") -> list[dict[str, Any]]:
    """Return the rows of a detection's macro; `verb` may be `describe`."""
    con.execute(macro_sql(query))
    return _rows(con.execute(f"{verb} from {query.macro}()"))


def detection_rows(con: duckdb.DuckDBPyConnection, query: Query, **values: object) -> list[dict[str, Any]]:
    """Return the rows of a detection, with the defaults of its parameters unless given."""
    return _rows(con.execute(query.sql, {param.name: param.default for param in query.params} | values))


def _rows(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
