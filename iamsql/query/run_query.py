"""Run one query over one run: find it by name, file or text, bind its arguments, choose the run, and execute the query."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import Any

from iamsql import catalog
from iamsql.model import Query
from iamsql.query import execute
from iamsql.query.answer import Answer
from iamsql.query.execute import OpenReader, add_notes, collected_tables
from iamsql.runs.coverage.not_collected import NotCollected
from iamsql.runs.directory import Folder, expand_user, folder_path
from iamsql.runs.latest import Choice, Requirements, RunName, choose, newest_run_with_tables
from iamsql.runs.store.limits import StatementLimits, with_limits
from iamsql.runs.store.reader import Reader, open_run
from iamsql.runs.store.source import Openable, run_path


@dataclass
class OpenRuns:
    """Run files that stay open for the next statement, until `close`. Statements of several threads run one after the other."""

    allow_files: bool = False
    limits: StatementLimits | None = None
    readers: dict[Path, Reader] = field(default_factory=dict, repr=False)
    lock: RLock = field(default_factory=RLock, repr=False)

    @contextmanager
    def reader(self, run: Openable, sql: str | None = None, write_to: Sequence[str] = ()) -> Iterator[Reader]:
        """Yield a reader of a run that can answer `sql` and write files."""
        path = run_path(run)
        with self.lock:
            if reader := self.readers.pop(path, None):
                reader.ready_for(sql, write_to)
            else:
                options: dict[str, Any] = {"allow_files": self.allow_files, "limits": self.limits}
                reader = open_run(run, write_to=write_to, sql=sql or "", **options)
            self.readers[path] = reader
            try:
                yield reader
            finally:
                reader.require_checked()  # before the caller uses rows, or an error that a macro caused

    def close(self) -> None:
        """Close the files; the next statement opens them again."""
        with self.lock:
            while self.readers:
                self.readers.popitem()[1].close()


@dataclass(frozen=True)
class QueryRequest:
    """The run to use, where queries and their parameters are found, and what the SQL may do.

    `config` replaces ./iamsql.toml. `language` (duckdb or postgres) replaces the dialect that the query declares. SQL reads and
    writes no other files, unless `allow_files` is set; `allow_copy` lets COPY in a query file write anywhere. With
    `is_read_only`, the query is one SELECT.
    """

    run: RunName
    runs_dir: Folder
    query_dirs: Sequence[str] = ()
    config: Path | None = None
    language: str | None = None
    allow_files: bool = False
    allow_copy: bool = False
    is_read_only: bool = False


def run_query(
    text: str | Query, args: Mapping[str, Any], request: QueryRequest, opened: OpenRuns | None = None
) -> Answer:
    """Run a query by name, a .sql file, standard input ('-') or SQL, or a Query, over a run.

    A query of the catalog takes parameter values from `args`, then from iamsql.toml. If the run is latest and that run did not
    collect the tables that the query needs, use the newest run with these tables; raise NotCollected if there is none.
    `opened` has runs that stay open, with the limits of statements; without it, the run is open for the query.
    """
    runs_dir, query_dirs, config = request.runs_dir, request.query_dirs, request.config
    query = text if isinstance(text, Query) else find_query(text, query_dirs, request.language)
    if not query.path:
        query = catalog.set_parameter_types(query, args)
    settings, origin_notes = catalog.Config(), list[str]()
    if isinstance(text, str) and catalog.is_name(text):
        if config or os.path.lexists(catalog.CONFIG_FILE_NAME):
            settings = catalog.read_config(config, catalog.names(catalog.folders(query_dirs)))
            settings.validate(query)
        if settings.is_local or not query.shipped:
            origin_notes = catalog.query_notes([query], settings, args)
    values = catalog.bind(query, {**settings.of(query), **args} if settings.args else args)
    protected = (folder_path(runs_dir), *catalog.configured_query_folders(query_dirs), *settings.mute_files)
    options: dict[str, Any] = {"protected": protected, "is_read_only": request.is_read_only}
    options["is_trusted"] = request.allow_files or request.allow_copy
    with nullcontext(opened) if opened else closing(OpenRuns(request.allow_files)) as runs, with_limits(runs.limits):
        choice = _choose_run(request, query, runs.reader)
        try:
            answer = execute.execute(runs.reader, choice.run, query, values, **options)
        except NotCollected as error:
            older_choice = newest_run_with_tables(runs_dir, error.tables) if request.run == "latest" else None
            if older_choice is None or older_choice.path == choice.path:
                raise
            choice, answer = older_choice, execute.execute(runs.reader, older_choice.run, query, values, **options)
    notes = [*origin_notes, *choice.notes]
    return add_notes(notes, answer) if notes else answer


def _choose_run(request: QueryRequest, query: Query, open_reader: OpenReader) -> Choice:
    return choose(request.runs_dir, request.run, Requirements(lambda run: collected_tables(open_reader, run, query)))


def explain(text: str | Query, request: QueryRequest, opened: OpenRuns | None = None) -> Answer:
    """Return the dependencies of a query: tables, their calls, and the number of accounts where each call succeeded."""
    query = text if isinstance(text, Query) else find_query(text, request.query_dirs, request.language)
    origin_notes = (
        catalog.query_notes([query], catalog.Config()) if isinstance(text, str) and catalog.is_name(text) else []
    )
    with nullcontext(opened) if opened else closing(OpenRuns(request.allow_files)) as runs, with_limits(runs.limits):
        choice = _choose_run(request, query, runs.reader)
        return add_notes([*origin_notes, *choice.notes], execute.explain(runs.reader, choice.run, query))


def find_query(text: str, query_dirs: Sequence[str] = (), language: str | None = None) -> Query:
    """Return the query for a path to a .sql file, '-', a query name, or SQL; `language` replaces its dialect."""
    if text == "-":
        query = catalog.query_from_sql(sys.stdin.read(), "standard input", "")
    elif text.strip().endswith(".sql") and "\n" not in text.strip():
        query = catalog.read_file(expand_user(Path(text.strip())))
    elif catalog.is_name(text):
        query = catalog.load_query(catalog.folders(query_dirs), text.strip())
    else:
        query = catalog.query_from_sql(text, "SQL")
    return replace(query, dialect=language) if language else query
