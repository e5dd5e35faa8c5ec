"""The columns of the stored tables of a run, by schema.table, for engines that infer types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from iamsql.schema.compiler import RAW_COLUMNS, columns, duck_type
from iamsql.schema.registry import all_calls, all_tables
from iamsql.schema.views._events import STORED_COLUMNS
from iamsql.store.layout import TABLES

EVENTS = "iamsql.events"
_COLUMN = re.compile(r'"?(\w+)"? (\w+)(?:,|$)')


@cache
def stored_columns() -> Mapping[str, Mapping[str, str]]:
    """Map each stored table to its columns and their DuckDB types; tables outside the schema main have their schema."""
    typed = {
        name: {column.name: duck_type(column) for column in columns(relation)}
        for name, relation in all_tables().items()
    }
    stored = {name: typed[name] for name, relation in all_tables().items() if relation.stored}
    events = {column: typed["aws_cloudtrail_event"][column] for column in STORED_COLUMNS}
    internal = {f"iamsql.{name}": dict(_COLUMN.findall(text)) for name, text in TABLES.items()}
    raw = {f"raw.{call.raw}": dict(_COLUMN.findall(RAW_COLUMNS)) for call in all_calls()}
    return {**stored, **internal, **raw, EVENTS: events}
