"""Run queries on a run file that stays open, and add notes on missing data to their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.arguments import checked_arguments
from iamsql.query.compat import make_compatible
from iamsql.query.copy_files import staged
from iamsql.query.errors import NotARun, explained_errors
from iamsql.query.foreign_files import stand_ins
from iamsql.query.translate import hinted_dialect, to_duckdb
from iamsql.render.provenance import Provenance
from iamsql.runs.coverage.calls import explain_calls
from iamsql.runs.coverage.caveats import caveats
from iamsql.runs.coverage.not_collected import (
    OPTIONAL_READS,
    NotCollected,
    is_about_runs,
    require_collected,
    tables_needed,
)
from iamsql.runs.coverage.plural import counted
from iamsql.runs.coverage.resource_types import tables_of
from iamsql.runs.coverage.summary import coverage_of, table_states
from iamsql.runs.file.known_reads import KnownReads
from iamsql.runs.lineage import coverage, unread_calls
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.reader import Reader, open_run

MACROS = """
select function_name, parameters from system.main.duckdb_functions()
where function_type = 'table_macro' and not internal and schema_name = 'main' order by all
"""
INCOMPLETE = "select count(*) filter (outcome <> 'complete'), count(*) from iamsql.accounts where selected"


@dataclass(frozen=True)
class Answer:
    """The rows, the query with the values of its parameters, the run file with its metadata, and the notes on missing data."""

    result: Result
    query: Query
    run: Path
    notes: list[str] = field(default_factory=list)
    facts: RunMetadata = field(default_factory=RunMetadata)
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def provenance(self) -> Provenance:
        """Return what a file with the rows says about them. The title of SQL that the user typed is the SQL."""
        is_typed = not self.query.path
        title = self.query.sql.strip() if is_typed else self.query.title
        name = "" if is_typed else f"{self.query.name}@{self.query.version}"
        run_id = self.facts.run_id or self.run.name
        return Provenance(title, name, self.values, run_id, self.facts.started_at, self.notes)


def answer(
    reader: Reader, query: Query, values: Mapping[str, Any], sql: str = "", *, allow_uncollected: bool = False
) -> Answer:
    """Run a query. `sql` is the SQL of the query with other targets of COPY.

    Raise NotCollected if the answer depends on a table that the run did not collect, unless `allow_uncollected` is set.
    """
    with _named_errors(query):
        translated = to_duckdb(reader, query, sql or query.sql)
        with hinted_dialect(reader, query, values), explained_errors(reader, translated.sql):
            sql, notes = stand_ins(reader, translated, translated.sql)
            result = reader.run(sql, values)
            # The translated SQL, not `sql`, whose stand-ins read tables that coverage does not know.
            tables = tables_needed(reader, translated.sql, query.resource_types)
            with closing(KnownReads()) as plans:
                if not allow_uncollected:
                    require_collected(
                        reader,
                        query,
                        translated.sql,
                        tables,
                        result,
                        lambda: plans.reads(translated.sql).optional,
                    )
                is_empty = bool(result.columns) and not result.rows
                notes += caveats(coverage(reader, translated.sql, tables, plans), reader.facts, is_empty)
    return Answer(result, query, reader.path, notes, reader.facts, values)


def dependencies_of(reader: Reader, query: Query) -> Answer:
    """Return the dependencies of a query: tables, their calls, and the number of accounts in which each call succeeded."""
    with _named_errors(query):
        sql = to_duckdb(reader, query, query.sql).sql
        with explained_errors(reader, sql):
            tables = tables_needed(reader, sql, query.resource_types)
        unread = unread_calls(reader, sql, tables, every=True)
        dependencies = explain_calls(reader, tables)
        rows = [row for row in dependencies.rows if f"{row[0]} {row[1]}" not in unread]
        notes = caveats(coverage_of(reader, tables, unread), reader.facts, False)
        return Answer(replace(dependencies, rows=rows), query, reader.path, notes, reader.facts)


@contextmanager
def _named_errors(query: Query) -> Iterator[None]:
    """Prefix errors with the path of the query file."""
    try:
        yield
    except (NotCollected, NotARun):
        raise
    except IamsqlError as error:
        message = str(error).replace("\t", "    ")  # of DuckDB's candidates
        raise IamsqlError(f"{query.path}: {message}" if query.path else message) from error


class Session:
    """A run file on which queries run. One thread runs queries; another may call `interrupt`.

    COPY in SQL that the user typed, and in a query file with `allow_copy`, replaces files. COPY in other query files creates
    new data files. With `allow_files`, SQL reads and writes any file. With `is_read_only`, a query is one SELECT.
    """

    def __init__(
        self,
        path: Path,
        allow_files: bool = False,
        limits: StatementLimits | None = None,
        allow_copy: bool = False,
        *,
        is_read_only: bool = False,
    ) -> None:
        """Set the permissions and limits of SQL. The first query opens the file."""
        self.path, self._allow_files, self._allow_copy, self._limits = path, allow_files, allow_copy, limits
        self._is_read_only = is_read_only
        self._reader: Reader | None = None
        self._write_to: Sequence[str] = ()

    @property
    def facts(self) -> RunMetadata:
        """Return the metadata of the file."""
        with self._open() as reader:
            return reader.facts

    def run(self, query: Query, args: Mapping[str, str] | None = None, *, protected: Sequence[Path] = ()) -> Answer:
        """Run a query with the texts of its arguments, as `answer` does."""
        return self.answer(query, catalog.bind(query, args or {}), protected=protected)

    def answer(self, query: Query, values: Mapping[str, Any], *, protected: Sequence[Path] = ()) -> Answer:
        """Run a query with the values of its parameters. Raise OpenError if the file cannot be read.

        Raise IamsqlError for values that `iamsql.query.arguments` refuses. COPY in a query file creates no file in
        `protected` folders.
        """
        if self._is_read_only:
            self._require_select(query)
        is_trusted = self._allow_files or self._allow_copy or not query.path
        with (
            staged(query.sql, self.path, is_trusted=is_trusted, protected=protected) as (sql, copies),
            self._open(query.sql, tuple(copies.targets)) as reader,
        ):
            values, notes = checked_arguments(reader, query, values)
            found = answer(reader, query, values, sql)
        return replace(found, notes=[*copies.notes, *notes, *found.notes])

    def _require_select(self, query: Query) -> None:
        with self._open(query.sql) as reader, _named_errors(query):
            if not reader.is_select(to_duckdb(reader, query, query.sql).sql):
                raise IamsqlError(
                    "Only one SELECT can run here.\nRemove the other statements; COPY needs: iamsql query"
                )

    def explain(self, query: Query) -> Answer:
        """Return the dependencies of a query."""
        with self._open(query.sql) as reader:
            return dependencies_of(reader, query)

    def tables_needed(self, query: Query) -> set[str]:
        """Return the tables that a run must have collected for a query; none for a query about the run itself."""
        with self._open(query.sql) as reader:
            sql = to_duckdb(reader, query, query.sql).sql
            return set() if is_about_runs(query, sql) else tables_of(reader, sql, query.resource_types, OPTIONAL_READS)

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> Result:
        """Run iamsql's own SQL."""
        with self._open() as reader:
            return reader.run(sql, values)

    def columns(self) -> dict[str, dict[str, str]]:
        """Map each table and view of the file to its columns and their types; names outside the schema main have their schema."""
        with self._open() as reader:
            return reader.columns()

    def states(self, tables: Sequence[str]) -> dict[str, str]:
        """Return the state of each table; tables that the coverage of the run does not know are left out."""
        with self._open() as reader:
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
        reader, self._reader = self._reader, None
        if reader:
            reader.close()

    @contextmanager
    def _open(self, sql: str = "", write_to: Sequence[str] = ()) -> Iterator[Reader]:
        """Yield a reader that can answer `sql` and write the files `write_to`. The file stays open.

        DuckDB opens a file once in a process, with a locked configuration. The file is therefore closed and opened again if a
        query writes other files. It is also opened again after a statement that could only be ended with its process.
        """
        if self._reader is None or self._reader.is_lost or write_to != self._write_to:
            self.close()
            self._reader = open_run(
                self.path, allow_files=self._allow_files, write_to=write_to, limits=self._limits, sql=sql
            )
            self._write_to = write_to
        if sql:  # TEMP objects of earlier queries stay, and are replaced
            make_compatible(self._reader, sql)
        try:
            yield self._reader
        finally:
            self._reader.require_checked()  # before the caller uses rows, or an error that a macro caused


def facts_line(session: Session) -> str:
    """Return a line with the open run and its status."""
    facts = session.facts
    if not facts.run_id:
        return f"{session.path}, a DuckDB file that is not a run of iamsql."
    opened = f"Run {facts.run_id} of {facts.started_at:%Y-%m-%d %H:%M} UTC"
    if facts.status == "incomplete" and (counts := session.rows(INCOMPLETE).rows[0])[0]:
        return f"{opened}, {counts[0]} of {counted(counts[1], 'account')} incomplete."
    return f"{opened}, {facts.status}."
