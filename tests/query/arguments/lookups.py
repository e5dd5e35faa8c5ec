"""The rows of the statements that checks of arguments run, in place of a run."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from iamsql.query.arguments.lookup import Lookup

Rows = list[tuple[Any, ...]]


def lookup_of(module: ModuleType, **rows: Rows) -> Lookup:
    """Return a function that answers the statements of a module, by their names; other statements return no rows."""
    statements = {getattr(module, name): result for name, result in rows.items()}

    def lookup(sql: str, values: Mapping[str, Any]) -> Rows:
        return statements.get(sql, [])

    return lookup
