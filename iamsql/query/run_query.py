"""Run one query over one run: find it by name, file or text, bind its arguments, choose the run, and execute the query."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import Any

from iamsql import catalog
from iamsql.model import Query
from iamsql.query import execute
from iamsql.query.answer import Answer
from iamsql.query.execute import OpenReader, collected_tables, with_notes
from iamsql.runs.coverage.not_collected import NotCollected
from iamsql.runs.directory import Folder, folder_path, home
from iamsql.runs.latest import Requirements, RunName, choose, with_tables
from iamsql.runs.store.limits import StatementLimits, with_limits
from iamsql.runs.store.reader import Reader, open_run
from iamsql.runs.store.source import Openable, path_of


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
        path = path_of(run)
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


def run_query(
    text: str | Query,
    *,
    args: Mapping[str, Any],
    run: RunName,
    runs_dir: Folder,
    query_dirs: Sequence[str] = (),
    allow_files: bool = False,
    allow_copy: bool = False,
    language: str | None = None,
    config: Path | None = None,
    limits: StatementLimits | None = None,
    open_reader: OpenReader | None = None,
    is_read_only: bool = False,
) -> Answer:
    """Run a query by name, a .sql file, standard input ('-') or SQL, or a Query, over a run.

    `language` (duckdb or postgres) replaces the dialect that the query declares. A query of the catalog takes parameter values
    from `args`, then from `config` or ./iamsql.toml. If `run` is latest and that run did not collect the tables that the query
    needs, use the newest run with these tables; raise NotCollected if there is none. `open_reader` replaces `allow_files` and
    opens runs that stay open. With `is_read_only`, the query is one SELECT.
    """
    query = text if isinstance(text, Query) else find_query(text, query_dirs, language)
    if not query.path:
        query = catalog.typed(query, args)
    settings, origin_notes = catalog.Config(), list[str]()
    if isinstance(text, str) and catalog.is_name(text):
        if config or os.path.lexists(catalog.FILE):
            settings = catalog.read_config(config, catalog.names(catalog.folders(query_dirs)))
            settings.validate(query)
        if settings.is_local or not query.shipped:
            origin_notes = catalog.query_notes([query], settings, args)
    values = catalog.bind(query, {**settings.of(query), **args} if settings.args else args)
    protected = (folder_path(runs_dir), *catalog.named_folders(query_dirs), *settings.suppressions)
    options: dict[str, Any] = {"is_trusted": allow_files or allow_copy, "is_read_only": is_read_only}
    options["protected"] = protected
    with with_limits(limits), ExitStack() as stack:
        opened = open_reader or stack.enter_context(closing(OpenRuns(allow_files, limits))).reader
        choice = choose(runs_dir, run, Requirements(lambda run: collected_tables(opened, run, query)))
        try:
            answer = execute.execute(opened, choice.run, query, values, **options)
        except NotCollected as error:
            older_choice = with_tables(runs_dir, error.tables) if run == "latest" else None
            if older_choice is None or older_choice.path == choice.path:
                raise
            choice, answer = older_choice, execute.execute(opened, older_choice.run, query, values, **options)
    notes = [*origin_notes, *choice.notes]
    return with_notes(notes, answer) if notes else answer


def explain(
    text: str | Query,
    *,
    run: RunName,
    runs_dir: Folder,
    query_dirs: Sequence[str] = (),
    language: str | None = None,
    opened: OpenRuns | None = None,
) -> Answer:
    """Return the dependencies of a query: tables, their calls, and the number of accounts where each call succeeded.

    `opened` has runs that stay open, with the limits of statements.
    """
    query = text if isinstance(text, Query) else find_query(text, query_dirs, language)
    origin_notes = (
        catalog.query_notes([query], catalog.Config()) if isinstance(text, str) and catalog.is_name(text) else []
    )
    with closing(OpenRuns()) if opened is None else nullcontext(opened) as runs, with_limits(runs.limits):
        choice = choose(runs_dir, run, Requirements(lambda run: collected_tables(runs.reader, run, query)))
        return with_notes([*origin_notes, *choice.notes], execute.explain(runs.reader, choice.run, query))


def find_query(text: str, query_dirs: Sequence[str] = (), language: str | None = None) -> Query:
    """Return the query for a path to a .sql file, '-', a query name, or SQL; `language` replaces its dialect."""
    if text == "-":
        query = catalog.plain(sys.stdin.read(), "standard input", "")
    elif text.strip().endswith(".sql") and "\n" not in text.strip():
        query = catalog.read_file(home(Path(text.strip())))
    elif catalog.is_name(text):
        query = catalog.load_query(catalog.folders(query_dirs), text.strip())
    else:
        query = catalog.plain(text, "SQL")
    return replace(query, dialect=language) if language else query
