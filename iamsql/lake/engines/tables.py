"""The stored tables of a run with the DuckDB types of their columns: what another engine reads from the files of a lake."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from iamsql.runs.store.run_schema import TABLES, split_columns
from iamsql.tables.compiler.compiler import columns, duckdb_type
from iamsql.tables.fragments.events import EVENT_TYPES, EVENTS_TABLE, STORED_COLUMNS
from iamsql.tables.registry import all_tables


@cache
def stored_tables() -> Mapping[str, Mapping[str, str]]:
    """Map each stored table to its columns and their types: aws_iam_user, iamsql.coverage, iamsql.events."""
    typed_tables = {
        name: {column.name: duckdb_type(column) for column in columns(relation)}
        for name, relation in all_tables().items()
        if relation.stored
    }
    run_tables = {f"iamsql.{name}": dict(split_columns(text)) for name, text in TABLES.items()}
    events = {column: EVENT_TYPES.get(column, "VARCHAR") for column in STORED_COLUMNS}
    return {**typed_tables, **run_tables, EVENTS_TABLE: events}
