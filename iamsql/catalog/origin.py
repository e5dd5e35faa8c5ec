"""What the working folder contributes to an answer without having been named: queries of ./queries, values of ./iamsql.toml."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence

from iamsql.catalog.config import FILE, Settings
from iamsql.catalog.files import HERE
from iamsql.model import Query

SHOWN = 5  # queries that a line lists


def place_of(path: str) -> str:
    """Return a file of ./queries as ./queries/x.sql; '' for a shipped file, and for one of a folder that was named."""
    return f"./{path}" if path.startswith(f"{HERE}{os.sep}") else ""


def query_notes(queries: Iterable[Query], settings: Settings, args: Collection[str] = ()) -> list[str]:
    """Return a line on the queries that are from ./queries, and a line on those with a value from ./iamsql.toml.

    `args` are the parameters, `days` or `stale_keys.days`, that the user gives a value.
    """
    once = {(query.name, query.version): query for query in queries}.values()
    local = [place for query in once if not query.shipped and (place := place_of(query.path))]
    said = [f"From ./{HERE}: {listed(local)}."] if local else []
    if settings.unnamed:
        changed = {query.name: _values(query, settings, args) for query in once}
        told = [f"{name} ({', '.join(names)})" for name, names in changed.items() if names]
        said += [f"./{FILE} sets parameters of {listed(told)}."] if told else []
    return said


def _values(query: Query, settings: Settings, args: Collection[str]) -> list[str]:
    return [name for name in settings.of(query) if name not in args and f"{query.name}.{name}" not in args]


def listed(names: Sequence[str]) -> str:
    """List the first names, and count the others."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
