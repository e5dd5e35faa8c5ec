"""One run kept open: statement after statement is asked of it, each on the way that `ask` takes for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.model import Query, Result
from iamsql.query.run import Answer, answer, standing_of
from iamsql.store.bounds import Bounds
from iamsql.store.read import Prelude, Reader, open_run

NAMES = """
select schema_name, table_name, column_name, data_type from system.main.duckdb_columns()
where not internal order by schema_name, table_name, column_index
"""
MACROS = """
select function_name, parameters from system.main.duckdb_functions()
where function_type = 'table_macro' and not internal and schema_name = 'main' order by all
"""


class Session:
    """An open run. One thread asks; `interrupt` may come from another."""

    def __init__(
        self, path: Path, allow_files: bool = False, bounds: Bounds | None = None, allow_copy: bool = False
    ) -> None:
        """Open the run file; raise IamsqlError when it cannot be read."""
        self.path, self._allow_files, self._allow_copy, self._bounds = path, allow_files, allow_copy, bounds
        self._reader: Reader | None = None
        self._how: dict[str, Any] = {}
        with self._opening(path, allow_files=allow_files) as reader:
            self.facts = reader.facts

    def ask(self, query: Query, args: Mapping[str, str] | None = None) -> Answer:
        """Run a query; what COPY writes is written, and nothing else."""
        values = catalog.bind(query, args or {})
        allowed = {"allow_files": self._allow_files, "allow_copy": self._allow_copy}
        return answer(query, values, self.path, **allowed, opening=self._opening)

    def explain(self, query: Query) -> Answer:
        """Say what a query stands on."""
        return standing_of(query, self.path, opening=self._opening)

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> Result:
        """Run SQL that iamsql wrote itself."""
        with self._opening(self.path, allow_files=self._allow_files) as reader:
            return reader.run(sql, values)

    def columns(self) -> dict[str, dict[str, str]]:
        """Map each table and view of the file to its columns and their types; those beyond main with their schema."""
        found: dict[str, dict[str, str]] = {}
        for schema, table, column, kind in self.rows(NAMES).rows:
            found.setdefault(table if schema == "main" else f"{schema}.{table}", {})[column] = kind
        return found

    def states(self, tables: Sequence[str]) -> dict[str, str]:
        """Judge how far the run has each table; those that it says nothing of are left out."""
        with self._opening(self.path, allow_files=self._allow_files) as reader:
            return {name: str(state) for name, state in reader.states(tables).items()}

    def macros(self) -> dict[str, list[str]]:
        """Map each table macro of the file to its parameters."""
        return {name: list(params) for name, params in self.rows(MACROS).rows}

    def interrupt(self) -> None:
        """Stop what is running; whoever asked gets a KeyboardInterrupt."""
        if self._reader:
            self._reader.interrupt()

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        if self._reader:
            self._reader.close()
        self._reader = None

    @contextmanager
    def _opening(
        self, path: Path, *, prelude: Prelude | None = None, write_to: Sequence[str] = (), **how: Any
    ) -> Iterator[Reader]:
        """Give the open reader, or where a question needs another sandbox, such as a file that COPY writes, a new one.

        DuckDB keeps one database a file and process, whose sandbox is locked: the old reader goes before the new one comes.
        """
        wanted = {**how, "write_to": list(write_to)}
        if self._reader is None or wanted != self._how:
            self.close()
            self._reader, self._how = open_run(path, prelude=prelude, bounds=self._bounds, **wanted), wanted
        elif prelude and self.facts.run_id:
            self._reader.shadow(prelude(self._reader.facts))
        yield self._reader
        self._reader.require_checked()


def facts_line(session: Session) -> str:
    """Put into a line which run is open and how it fared."""
    facts = session.facts
    if not facts.run_id:
        return f"{session.path}, a DuckDB file that is no run of iamsql."
    return f"Run {facts.run_id} of {facts.started_at:%Y-%m-%d %H:%M} UTC, {facts.status}."
