"""Run one query over one run: find it by name, file or text, bind its arguments, choose the run, and execute the query."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.model import Query
from iamsql.query.session import Answer, Session
from iamsql.runs.coverage.not_collected import NotCollected
from iamsql.runs.directory import home
from iamsql.runs.latest import Choice, Requirements, choose, with_tables
from iamsql.runs.store.limits import StatementLimits

OpenSession = Callable[[Path], AbstractContextManager[Session]]  # for a run file


def run_query(
    text: str | Query,
    *,
    args: Mapping[str, Any],
    run: str,
    runs_dir: Path,
    query_dirs: Sequence[str] = (),
    allow_files: bool = False,
    allow_copy: bool = False,
    language: str | None = None,
    config: Path | None = None,
    limits: StatementLimits | None = None,
    open_session: OpenSession | None = None,
) -> Answer:
    """Run a query by name, a .sql file, standard input ('-') or SQL, or a Query, over a run.

    `language` (duckdb or postgres) replaces the dialect that the query declares. A query of the catalog takes parameter values
    from `args`, then from `config` or ./iamsql.toml. If `run` is latest and that run did not collect the tables that the query
    needs, the newest run that did is used; raise NotCollected if there is none. `open_session` replaces the permissions and
    the limits: the query runs in its sessions.
    """
    query = text if isinstance(text, Query) else find_query(text, query_dirs, language)
    if not query.path:
        query = catalog.typed(query, args)
    settings, origin = catalog.Config(), list[str]()
    if isinstance(text, str) and catalog.is_name(text):
        if config or catalog.is_here():
            settings = catalog.read_config(config, catalog.names(catalog.folders(query_dirs)))
            settings.validate(query)
        origin = catalog.query_notes([query], settings, args)
    values = catalog.bind(query, {**settings.of(query), **args})
    opened = open_session or (lambda path: closing(Session(path, allow_files, limits, allow_copy)))
    chosen = _choose_run(runs_dir, run, query, opened)
    protected = (runs_dir, *catalog.named_folders(query_dirs), *settings.suppressions)

    def answer_from(path: Path) -> Answer:
        with opened(path) as session:
            return session.answer(query, values, protected=protected)

    try:
        found = answer_from(chosen.path)
    except NotCollected as error:
        other = with_tables(runs_dir, error.tables) if run == "latest" else None
        if other is None or other.path == chosen.path:
            raise
        chosen, found = other, answer_from(other.path)
    return replace(found, notes=[*origin, *chosen.notes, *found.notes])


def _choose_run(runs_dir: Path, run: str, query: Query, opened: OpenSession) -> Choice:
    def tables(path: Path) -> set[str]:
        with opened(path) as session:
            return session.tables_needed(query)

    return choose(runs_dir, run, Requirements(tables))


def explain(
    text: str | Query,
    *,
    run: str,
    runs_dir: Path,
    query_dirs: Sequence[str] = (),
    language: str | None = None,
    limits: StatementLimits | None = None,
    open_session: OpenSession | None = None,
) -> Answer:
    """Return the dependencies of a query: tables, their calls, and the number of accounts in which each call succeeded."""
    query = text if isinstance(text, Query) else find_query(text, query_dirs, language)
    opened = open_session or (lambda path: closing(Session(path, limits=limits)))
    chosen = _choose_run(runs_dir, run, query, opened)
    origin = catalog.query_notes([query], catalog.Config()) if isinstance(text, str) and catalog.is_name(text) else []
    with opened(chosen.path) as session:
        found = session.explain(query)
    return replace(found, notes=[*origin, *chosen.notes, *found.notes])


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
