"""Whether two run files hold the same, whenever and in how many sittings it was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

TIMES = ("synced_at", "_ctx", "sp_ctx", "carried_from", "carried_until", "seconds", "started_at")
STORED = """
select schema_name, table_name from duckdb_tables() where not internal and schema_name <> 'iamsql'
union all select schema_name, view_name from duckdb_views() where not internal and schema_name = 'raw'
"""
TOLD = {
    "accounts": "account_id, name, state, ou_path, selected, outcome, reason, role_used, position",
    "coverage": "account_id, region, service, operation, status, error_code, items",
    "event_coverage": "account_id, region, source, look_up, status, error_code, window_start, window_end",
}


def holds(path: Path) -> dict[str, list[str]]:
    """Give the rows of a file as texts, by table, whatever says when they were read left out."""
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        found = {name: con.execute(f"select {told} from iamsql.{name}").fetchall() for name, told in TOLD.items()}
        for schema, name in con.execute(STORED).fetchall():
            sql = "select column_name from duckdb_columns() where schema_name = ? and table_name = ?"
            columns = [one for (one,) in con.execute(sql, [schema, name]).fetchall() if one not in TIMES]
            shown = ", ".join(f'"{one}"' for one in columns)
            found[f"{schema}.{name}"] = con.execute(f'select {shown} from {schema}."{name}"').fetchall()
    return {name: sorted(map(repr, rows)) for name, rows in found.items()}


def differences(one: Path, other: Path, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Give what the one has and the other has not, by table; nothing where they hold the same."""
    left, right = holds(one), holds(other)
    assert left.keys() == right.keys()
    assert sum(map(len, left.values())) > 100
    return {
        name: (sorted({*left[name]} - {*right[name]})[:3], sorted({*right[name]} - {*left[name]})[:3])
        for name in left
        if left[name] != right[name] and name not in without
    }
