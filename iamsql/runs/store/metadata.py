"""The row of `iamsql.run`, with checked types because anyone may have edited the file."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.open_errors import REQUIRED_COLUMNS, altered_file_error, is_newer_version, newer_file_error
from iamsql.sqltext import identifier

# Functions have the prefix system.main, because a macro of the file with the same name would replace them.
COLUMNS = """
select c.table_name, c.column_name, v.view_name is not null
from system.main.duckdb_columns() c left join system.main.duckdb_views() v
    on v.database_oid = c.database_oid and v.schema_oid = c.schema_oid and v.view_name = c.table_name
where c.schema_name = 'iamsql' and not c.is_generated and c.database_name = system.main.current_database()
"""
TIMES = ("started_at", "finished_at", "window_start", "window_end", "resumed_at", "reused_started_at")
MAX_TEXT = 2_048  # characters: the longest ARN


@dataclass(frozen=True)
class RunMetadata:
    """The metadata of a run file; all fields are empty for a file that iamsql did not write."""

    run_id: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    iamsql_version: str = ""
    schema_fingerprint: str = ""
    caller_arn: str = ""
    partition: str = ""
    organization_id: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    window_start: datetime | None = None
    window_end: datetime | None = None
    management_account_id: str = ""
    resumed_at: datetime | None = None
    reused_from: str = ""
    reused_started_at: datetime | None = None


def read_metadata(path: Path, connection: duckdb.DuckDBPyConnection) -> RunMetadata | None:
    """Return the metadata of the current database; None for a file without the table iamsql.run.

    Raise ValueError for a value of an unexpected type. Raise OpenError for a run file without a table or column of
    REQUIRED_COLUMNS, or with a view instead of such a table.
    """
    catalog = connection.execute(COLUMNS).fetchall()
    tables = {table for table, _, is_view in catalog if not is_view}
    if "run" not in tables:
        if any(table == "run" for table, *_ in catalog):
            raise altered_file_error(path, "it has no table iamsql.run, but a view of that name")
        return None
    # Not *, which would compute generated columns: SQL of whoever made the file.
    names = [name for table, name, _ in catalog if table == "run"]
    rows = connection.execute(f"select {', '.join(map(identifier, names))} from iamsql.run limit 1").fetchall()
    metadata = parse_metadata(dict(zip(names, rows[0], strict=True))) if rows else RunMetadata()
    columns: dict[str, set[str]] = {table: set() for table in tables}
    for table, name, is_view in catalog:
        if not is_view:
            columns[table].add(name)
    require_core(path, metadata, columns)
    return metadata


def require_core(path: Path, metadata: RunMetadata, columns: Mapping[str, Collection[str]]) -> None:
    """Raise OpenError for a run file without a table or column of REQUIRED_COLUMNS.

    `columns` has the columns of the tables in the schema iamsql.
    """
    missing_objects = [f"table iamsql.{table}" for table in REQUIRED_COLUMNS if table not in columns]
    missing_objects += [
        f"column iamsql.{table}.{name}"
        for table, column_names in REQUIRED_COLUMNS.items()
        for name in column_names.split()
        if name not in columns.get(table, ())
    ]
    if metadata.run_id and missing_objects:
        is_newer = is_newer_version(metadata.iamsql_version)
        raise (
            newer_file_error(path, metadata.iamsql_version)
            if is_newer
            else altered_file_error(path, f"it has no {missing_objects[0]}")
        )


def parse_metadata(row: dict[str, Any]) -> RunMetadata:
    """Return the metadata of a row of `iamsql.run`, by column. Raise ValueError for a value of another type."""
    try:
        row["options"] = json.loads(row.get("options") or "{}")
    except (TypeError, RecursionError) as error:
        raise ValueError("its options are not JSON") from error
    values = {name: row[name] for name in RunMetadata.__dataclass_fields__ if row.get(name) is not None}
    for name, value in values.items():
        if not isinstance(value, datetime if name in TIMES else dict if name == "options" else str):
            raise ValueError(f"its {name} has another type")
        if isinstance(value, datetime) and value.tzinfo is None:  # DuckDB's infinity
            raise ValueError(f"its {name} is not a time")
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise ValueError(f"its {name} has more than {MAX_TEXT} characters")
    return RunMetadata(**values)
