"""The values of --arg for several queries: NAME applies to each of them, and QUERY.NAME to a single query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iamsql.catalog.params import require_parameters
from iamsql.model import Query


def require_arguments(queries: Iterable[Query], args: Mapping[str, str], noun: str) -> None:
    """Raise IamsqlError for a value of --arg that no query has a parameter for; `noun` names the queries in the message."""
    params = [(query.name, param.name) for query in queries for param in query.params]
    require_parameters(args, {key for query, name in params for key in (name, f"{query}.{name}")}, noun)


def select_arguments(query: Query, args: Mapping[str, str]) -> dict[str, str]:
    """Return the values of --arg for a query; QUERY.NAME overrides NAME."""
    keys = [(param.name, key) for param in query.params for key in (param.name, f"{query.name}.{param.name}")]
    return {name: args[key] for name, key in keys if key in args}
