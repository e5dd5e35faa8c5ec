"""Run one query over one run: find it by name, file or text, bind its arguments, choose the run, and execute the query."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.model import Query
from iamsql.query import execute
from iamsql.query.answer import Answer
from iamsql.query.execute import OpenReader, collected_tables, with_notes
from iamsql.runs.coverage.not_collected import NotCollected
from iamsql.runs.directory import Folder, expand_user, folder_path
from iamsql.runs.latest import Choice, Requirements, RunName, choose, with_tables
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.reader import Reader, open_run
from iamsql.runs.store.source import Openable


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
    needs, use the newest run with these tables; raise NotCollected if there is none. `open_reader` replaces `limits`, and
    opens runs that stay open. With `is_read_only`, the query is one SELECT.
    """
    query = text if isinstance(text, Query) else find_query(text, query_dirs, language)
    if not query.path:
        query = catalog.typed(query, args)
    settings, origin_notes = catalog.Config(), list[str]()
    if isinstance(text, str) and catalog.is_name(text):
        if config or catalog.is_here():
            settings = catalog.read_config(config, catalog.names(catalog.folders(query_dirs)))
            settings.validate(query)
        if settings.is_local or not query.shipped:
            origin_notes = catalog.query_notes([query], settings, args)
    values = catalog.bind(query, {**settings.of(query), **args} if settings.args else args)
    opened = open_reader or _opened_once(limits, allow_files)
    choice = _choose_run(runs_dir, run, query, opened)
    protected = (folder_path(runs_dir), *catalog.named_folders(query_dirs), *settings.mute_files)
    options: dict[str, Any] = {"is_trusted": allow_files or allow_copy, "is_read_only": is_read_only}
    options["protected"] = protected
    try:
        answer = execute.execute(opened, choice.run, query, values, **options)
    except NotCollected as error:
        older_choice = with_tables(runs_dir, error.tables) if run == "latest" else None
        if older_choice is None or older_choice.path == choice.path:
            raise
        choice, answer = older_choice, execute.execute(opened, older_choice.run, query, values, **options)
    notes = [*origin_notes, *choice.notes]
    return with_notes(notes, answer) if notes else answer


def _opened_once(limits: StatementLimits | None, allow_files: bool = False) -> OpenReader:
    """Return a function that opens a run for one statement."""

    def opened(run: Openable, sql: str, write_to: Sequence[str]) -> AbstractContextManager[Reader]:
        return closing(open_run(run, allow_files=allow_files, write_to=write_to, limits=limits, sql=sql))

    return opened


def _choose_run(runs_dir: Folder, run: RunName, query: Query, opened: OpenReader) -> Choice:
    return choose(runs_dir, run, Requirements(lambda run: collected_tables(opened, run, query)))


def explain(
    text: str | Query,
    *,
    run: RunName,
    runs_dir: Folder,
    query_dirs: Sequence[str] = (),
    language: str | None = None,
    limits: StatementLimits | None = None,
    open_reader: OpenReader | None = None,
) -> Answer:
    """Return the dependencies of a query: tables, their calls, and the number of accounts where each call succeeded."""
    query = text if isinstance(text, Query) else find_query(text, query_dirs, language)
    opened = open_reader or _opened_once(limits)
    choice = _choose_run(runs_dir, run, query, opened)
    origin_notes = (
        catalog.query_notes([query], catalog.Config()) if isinstance(text, str) and catalog.is_name(text) else []
    )
    return with_notes([*origin_notes, *choice.notes], execute.explain(opened, choice.run, query))


def find_query(text: str, query_dirs: Sequence[str] = (), language: str | None = None) -> Query:
    """Return the query for a path to a .sql file, '-', a query name, or SQL; `language` replaces its dialect."""
    if text == "-":
        query = catalog.plain(sys.stdin.read(), "standard input", "")
    elif text.strip().endswith(".sql") and "\n" not in text.strip():
        query = catalog.read_file(expand_user(Path(text.strip())))
    elif catalog.is_name(text):
        query = catalog.load_query(catalog.folders(query_dirs), text.strip())
    else:
        query = catalog.plain(text, "SQL")
    return replace(query, dialect=language) if language else query
