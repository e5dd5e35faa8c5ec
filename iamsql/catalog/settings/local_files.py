"""Report the parts of an answer that come from the working folder without an option: ./queries and ./iamsql.toml."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence

from iamsql.catalog.settings.file import CONFIG_FILE_NAME
from iamsql.catalog.settings.query_values import Config
from iamsql.catalog.settings.untrusted_files import LOCAL_QUERIES_FOLDER
from iamsql.model import Query

MAX_LISTED_NAMES = 5  # queries that a line lists


def local_path(path: str) -> str:
    """Return the path of a file in ./queries as ./queries/x.sql, and '' for any other file."""
    return f"./{path}" if path.startswith(f"{LOCAL_QUERIES_FOLDER}{os.sep}") else ""


def query_notes(queries: Iterable[Query], settings: Config, args: Collection[str] = ()) -> list[str]:
    """Return a line on the queries that come from ./queries, and a line on the queries that ./iamsql.toml sets parameters of.

    `args` are the parameters, `days` or `stale_keys.days`, that the user sets.
    """
    unique_queries = {(query.name, query.version): query for query in queries}.values()
    local_paths = [path for query in unique_queries if not query.shipped and (path := local_path(query.path))]
    notes = [f"From ./{LOCAL_QUERIES_FOLDER}: {shortened_list(local_paths)}."] if local_paths else []
    if settings.is_local:
        changed_params = {query.name: _locally_set_params(query, settings, args) for query in unique_queries}
        changes = [f"{name} ({', '.join(names)})" for name, names in changed_params.items() if names]
        notes += [f"./{CONFIG_FILE_NAME} sets parameters of {shortened_list(changes)}."] if changes else []
    return notes


def _locally_set_params(query: Query, settings: Config, args: Collection[str]) -> list[str]:
    return [name for name in settings.of(query) if name not in args and f"{query.name}.{name}" not in args]


def shortened_list(names: Sequence[str], limit: int = MAX_LISTED_NAMES) -> str:
    """Return the first names, separated by commas, and the number of the others, such as `a, b and 3 more`."""
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
