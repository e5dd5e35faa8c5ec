"""Report the parts of an answer that come from the working folder without an option: ./queries and ./iamsql.toml."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence

from iamsql.catalog.settings.file import FILE
from iamsql.catalog.settings.query_values import Config
from iamsql.catalog.settings.untrusted_files import HERE
from iamsql.model import Query

MAX_SHOWN = 5  # queries that a line lists


def local_path(path: str) -> str:
    """Return the path of a file in ./queries as ./queries/x.sql, and '' for any other file."""
    return f"./{path}" if path.startswith(f"{HERE}{os.sep}") else ""


def query_notes(queries: Iterable[Query], settings: Config, args: Collection[str] = ()) -> list[str]:
    """Return a line on the queries that come from ./queries, and a line on the queries that ./iamsql.toml sets parameters of.

    `args` are the parameters, `days` or `stale_keys.days`, that the user sets.
    """
    unique = {(query.name, query.version): query for query in queries}.values()
    local = [path for query in unique if not query.shipped and (path := local_path(query.path))]
    notes = [f"From ./{HERE}: {shortened_list(local)}."] if local else []
    if settings.is_local:
        changed = {query.name: _local_values(query, settings, args) for query in unique}
        changes = [f"{name} ({', '.join(names)})" for name, names in changed.items() if names]
        notes += [f"./{FILE} sets parameters of {shortened_list(changes)}."] if changes else []
    return notes


def _local_values(query: Query, settings: Config, args: Collection[str]) -> list[str]:
    return [name for name in settings.of(query) if name not in args and f"{query.name}.{name}" not in args]


def shortened_list(names: Sequence[str], limit: int = MAX_SHOWN) -> str:
    """Return the first names, separated by commas, and the number of the others, such as `a, b and 3 more`."""
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
