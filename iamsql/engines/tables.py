"""The stored tables of a run with the DuckDB types of their columns: what another engine reads from the files of a lake."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from iamsql.schema.compiler import columns, duck_type
from iamsql.schema.registry import all_tables
from iamsql.schema.views._events import CREATE_EVENTS, EVENTS_TABLE
from iamsql.store.layout import TABLES

_DECLARED = re.compile(r'"?(\w+)"? (\w+)')


@cache
def stored_tables() -> Mapping[str, Mapping[str, str]]:
    """Map each stored table to its columns and their types: aws_iam_user, iamsql.coverage, iamsql.events."""
    typed = {
        name: {column.name: duck_type(column) for column in columns(relation)}
        for name, relation in all_tables().items()
        if relation.stored
    }
    own = {f"iamsql.{name}": _declared(text) for name, text in TABLES.items()}
    return {**typed, **own, EVENTS_TABLE: _declared(CREATE_EVENTS[0].partition("(")[2])}


def _declared(text: str) -> dict[str, str]:
    """Return the columns of a CREATE TABLE statement."""
    found = (_DECLARED.match(part.strip()) for part in text.split(","))
    return {match[1]: match[2].upper() for match in found if match}
