"""Compare the content of two run files, whenever and in however many sessions they were written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

TIMES = ("synced_at", "_ctx", "sp_ctx", "reused_from", "reused_until", "seconds", "started_at")
STORED = """
select schema_name, table_name from duckdb_tables() where not internal and schema_name <> 'iamsql'
union all select schema_name, view_name from duckdb_views() where not internal and schema_name = 'raw'
"""
SELECTED = {
    "accounts": "account_id, name, state, ou_path, selected, outcome, reason, role_used, position",
    "coverage": "account_id, region, service, operation, status, error_code, items",
    "event_coverage": "account_id, region, source, look_up, status, error_code, window_start, window_end",
}


def content(path: Path) -> dict[str, list[str]]:
    """Return the rows of each table as text, without the columns that say when a row was read."""
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        tables = {
            name: con.execute(f"select {select} from iamsql.{name}").fetchall() for name, select in SELECTED.items()
        }
        for schema, name in con.execute(STORED).fetchall():
            sql = "select column_name from duckdb_columns() where schema_name = ? and table_name = ?"
            columns = [column for (column,) in con.execute(sql, [schema, name]).fetchall() if column not in TIMES]
            column_list = ", ".join(f'"{column}"' for column in columns)
            tables[f"{schema}.{name}"] = con.execute(f'select {column_list} from {schema}."{name}"').fetchall()
    return {name: sorted(map(repr, rows)) for name, rows in tables.items()}


def differences(first: Path, second: Path, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the rows that only one of the files has, by table; an empty dict if they are equal."""
    left, right = content(first), content(second)
    assert left.keys() == right.keys()
    assert sum(map(len, left.values())) > 100
    return {
        name: (sorted({*left[name]} - {*right[name]})[:3], sorted({*right[name]} - {*left[name]})[:3])
        for name in left
        if left[name] != right[name] and name not in without
    }
