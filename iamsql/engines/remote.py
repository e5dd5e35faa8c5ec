"""Statements of a run over a lake on another engine: certified queries run there, and DuckDB runs the others or none.

Everything but the rows of the query, such as the notes on missing data, comes from the run file over the lake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cache
from typing import Any, Protocol

from iamsql import catalog
from iamsql.engines.certified import OMIT
from iamsql.model import IamsqlError, Query, Result
from iamsql.runfile.template import template
from iamsql.store.reader import open_run


class Engine(Protocol):
    """An engine that runs shipped queries over the files of a run."""

    def supports(self, query: Query) -> str:
        """Return why the engine does not run a query; '' if it does."""

    def run(self, query: Query, values: Mapping[str, Any], types: Sequence[tuple[str, str]]) -> Result:
        """Return the rows of a query, with the names and types of its columns in DuckDB."""

    def close(self) -> None:
        """End the session."""


class RemoteQueries:
    """Runs the statements of a reader on an engine, if they are certified queries: see `store.deferred.RemoteEngine`.

    `local` has the queries that DuckDB ran instead, with the reasons. If `is_strict`, they are errors.
    """

    def __init__(self, engine: Engine, *, is_strict: bool) -> None:
        """Use an engine for a run."""
        self._engine, self._is_strict = engine, is_strict
        self.local: dict[str, str] = {}

    def result(self, sql: str, values: Mapping[str, Any]) -> Result | None:
        """Return the rows of a statement; None if DuckDB has to run it. Raise IamsqlError for errors of the engine."""
        query = shipped().get(sql)
        reason = self._engine.supports(query) if query else "only queries that iamsql ships are compared with DuckDB"
        if query and not reason:
            return self._engine.run(query, values, column_types(query, values))
        name = query.name if query else "The SQL"
        if self._is_strict:
            raise IamsqlError(f"{name} is not offered on this engine: {reason}.\n{OMIT}")
        self.local[name] = reason
        return None

    def close(self) -> None:
        """End the session of the engine."""
        self._engine.close()


@cache
def shipped() -> Mapping[str, Query]:
    """Return the shipped queries by their SQL."""
    loaded = catalog.load([catalog.shipped_folder()])
    return {query.sql: query for versions in loaded.values() for query in versions}


def column_types(query: Query, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the names and DuckDB types of the columns of a query, which its SQL determines for every run."""
    with closing(open_run(template())) as reader:
        needed = {param.name: values.get(param.name) for param in query.params}
        rows = reader.query(f"describe {query.sql}", needed)
    return [(str(name), str(kind)) for name, kind, *_ in rows]
