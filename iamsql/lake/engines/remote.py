"""Statements of a run over a lake on another engine: certified queries run there, and DuckDB runs the others or none.

Only the rows of the query come from the engine; the notes on missing data come from the run file over the lake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from iamsql import catalog
from iamsql.lake.engines.certified import OMIT_ENGINE_HINT
from iamsql.lake.engines.tables import stored_tables
from iamsql.model import IamsqlError, Query, Result
from iamsql.render.cells import pluralize
from iamsql.runs.file.template import template
from iamsql.runs.store.parquet import write_parquet
from iamsql.runs.store.reader import open_run
from iamsql.tables.fragments.events import EVENTS_TABLE


class Engine(Protocol):
    """An engine that runs shipped queries over the files of a run."""

    def refusal_reason(self, query: Query) -> str:
        """Return why the engine does not run a query; '' if it does."""

    def run(self, query: Query, values: Mapping[str, Any], types: Sequence[tuple[str, str]]) -> Result:
        """Return the rows of a query, with the names and types of its columns in DuckDB."""

    def events_for(self, query: Query, values: Mapping[str, Any]) -> Result:
        """Return the events that a query needs. Raise IamsqlError if it needs all of them."""

    def close(self) -> None:
        """End the session."""


class RemoteQueries:
    """Runs the statements of a reader on an engine, if they are certified queries: see `store.source.RemoteEngine`.

    `local` has the queries that DuckDB ran instead, with the reasons. If `is_strict`, DuckDB runs only queries over events, such as
    evaluations of policies, over the events that the engine selects. Other queries are errors.
    """

    def __init__(self, engine: Engine, *, is_strict: bool) -> None:
        """Use an engine for a run."""
        self._engine, self._is_strict = engine, is_strict
        self.local: dict[str, str] = {}
        self._events_file: Path | None = None

    def selects_events(self, sql: str, file: Path) -> bool:
        """Return whether DuckDB runs a statement over events that the engine selects; see `RemoteEngine`."""
        query = shipped_queries().get(sql)
        if not query or not self._engine.refusal_reason(query):
            return False
        self._events_file = file
        columns = stored_tables()[EVENTS_TABLE]
        self._write_events(Result(tuple(columns), [], tuple(columns.values())))
        return True

    def result(self, sql: str, values: Mapping[str, Any]) -> Result | None:
        """Return the rows of a statement; None if DuckDB has to run it. Raise IamsqlError for errors of the engine."""
        query = shipped_queries().get(sql)
        reason = (
            self._engine.refusal_reason(query) if query else "only queries that iamsql ships are compared with DuckDB"
        )
        if query and not reason:
            try:
                return self._engine.run(query, values, column_types(query, values))
            except IamsqlError as error:  # a server can lack a function in one of its modes
                if self._is_strict:
                    raise
                reason = str(error).partition("\n")[0].rstrip(".")
        name = query.name if query else "The SQL"
        refusal_error = IamsqlError(f"{name} is not offered on this engine: {reason}.\n{OMIT_ENGINE_HINT}")
        if query and self._events_file:
            try:
                events = self._engine.events_for(query, values)
            except IamsqlError as error:
                raise refusal_error from error
            self._write_events(events)
            self.local[name] = f"over {pluralize(len(events.rows), 'event')} that the server selected, because {reason}"
            return None
        if self._is_strict:
            raise refusal_error
        if query:  # iamsql runs other SQL, such as a report's
            self.local[name] = reason
        return None

    def _write_events(self, events: Result) -> None:
        if self._events_file:
            self._events_file.touch(0o600)
            write_parquet(events, self._events_file, str, dict)

    def close(self) -> None:
        """End the session of the engine."""
        self._engine.close()


@cache
def shipped_queries() -> Mapping[str, Query]:
    """Return the shipped queries by their SQL."""
    versions_by_name = catalog.load([catalog.shipped_folder()])
    return {query.sql: query for versions in versions_by_name.values() for query in versions}


def column_types(query: Query, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the names and DuckDB types of the columns of a query, which its SQL determines for every run."""
    with closing(open_run(template())) as reader:
        parameter_values = {param.name: values.get(param.name) for param in query.params}
        rows = reader.query(f"describe {query.sql}", parameter_values)
    return [(str(name), str(column_type)) for name, column_type, *_ in rows]
