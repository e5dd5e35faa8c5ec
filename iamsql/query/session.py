"""A run that stays open for several queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.coverage.table_states import table_states
from iamsql.model import Query, Result
from iamsql.query.compat import make_compatible
from iamsql.query.run import Answer, answer, dependencies_of
from iamsql.store.limits import StatementLimits
from iamsql.store.reader import Reader, open_run

MACROS = """
select function_name, parameters from system.main.duckdb_functions()
where function_type = 'table_macro' and not internal and schema_name = 'main' order by all
"""


class Session:
    """An open run. One thread runs queries; another may call `interrupt`."""

    def __init__(
        self, path: Path, allow_files: bool = False, limits: StatementLimits | None = None, allow_copy: bool = False
    ) -> None:
        """Open the run file; raise IamsqlError if it cannot be read."""
        self.path, self._allow_files, self._allow_copy, self._limits = path, allow_files, allow_copy, limits
        self._reader: Reader | None = None
        self._options: dict[str, Any] = {}
        with self._opening(path, allow_files=allow_files) as reader:
            self.facts = reader.facts

    def run(self, query: Query, args: Mapping[str, str] | None = None) -> Answer:
        """Run a query."""
        values = catalog.bind(query, args or {})
        allowed = {"allow_files": self._allow_files, "allow_copy": self._allow_copy}
        return answer(query, values, self.path, **allowed, opening=self._opening)

    def explain(self, query: Query) -> Answer:
        """Return the dependencies of a query."""
        return dependencies_of(query, self.path, opening=self._opening)

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> Result:
        """Run iamsql's own SQL."""
        with self._opening(self.path, allow_files=self._allow_files) as reader:
            return reader.run(sql, values)

    def columns(self) -> dict[str, dict[str, str]]:
        """Map each table and view of the file to its columns and their types; names outside the schema main have their schema."""
        with self._opening(self.path, allow_files=self._allow_files) as reader:
            return reader.columns()

    def states(self, tables: Sequence[str]) -> dict[str, str]:
        """Return the state of each table; tables that the coverage of the run does not know are left out."""
        with self._opening(self.path, allow_files=self._allow_files) as reader:
            return {name: str(state) for name, state in table_states(reader, tables).items()}

    def macros(self) -> dict[str, list[str]]:
        """Map each table macro of the file to its parameters."""
        return {name: list(params) for name, params in self.rows(MACROS).rows}

    def interrupt(self) -> None:
        """Stop the running statement; its caller gets KeyboardInterrupt."""
        if self._reader:
            self._reader.interrupt()

    def close(self) -> None:
        """Close the file; the next query opens it again."""
        if self._reader:
            self._reader.close()
        self._reader = None

    @contextmanager
    def _opening(self, path: Path, *, sql: str = "", write_to: Sequence[str] = (), **options: Any) -> Iterator[Reader]:
        """Yield the open reader, or open the file again if a query needs other permissions, such as a file that COPY writes.

        DuckDB opens a file once in a process, with a locked configuration, so the old reader is closed first.
        """
        wanted = {**options, "write_to": list(write_to)}
        if self._reader is None or wanted != self._options:
            self.close()
            self._reader, self._options = open_run(path, limits=self._limits, **wanted), wanted
        if sql:  # TEMP objects of earlier queries stay, and are replaced
            make_compatible(self._reader, sql)
        try:
            yield self._reader
        finally:
            self._reader.require_checked()  # before the caller uses what it has read, or an error that a macro caused


def facts_line(session: Session) -> str:
    """Return a line with the open run and its status."""
    facts = session.facts
    if not facts.run_id:
        return f"{session.path}, a DuckDB file that is not a run of iamsql."
    return f"Run {facts.run_id} of {facts.started_at:%Y-%m-%d %H:%M} UTC, {facts.status}."
