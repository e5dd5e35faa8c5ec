"""Run one query over one run: find it by name, file or text, bind its arguments, choose the run, and execute the query."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from iamsql import catalog
from iamsql.coverage.not_collected import NotCollected, is_about_runs
from iamsql.model import Query
from iamsql.query.compat import open_compatible
from iamsql.query.session import Answer, Session
from iamsql.query.translate import to_duckdb
from iamsql.runs.directory import home
from iamsql.runs.latest import Choice, Requirements, choose, with_tables
from iamsql.store.limits import StatementLimits


def run_query(
    text: str,
    *,
    args: Mapping[str, str],
    run: str,
    runs_dir: Path,
    query_dirs: Sequence[str] = (),
    allow_files: bool = False,
    allow_copy: bool = False,
    language: str | None = None,
    config: Path | None = None,
    limits: StatementLimits | None = None,
) -> Answer:
    """Run a query by name, a .sql file, standard input ('-') or SQL over a run.

    `language` (duckdb or postgres) replaces the dialect that the query declares. A query of the catalog takes parameter values
    from `args`, then from `config` or ./iamsql.toml. If `run` is latest and that run did not collect the tables that the query
    needs, the newest run that did is used; raise NotCollected if there is none.
    """
    query = find_query(text, query_dirs, language)
    settings, origin = catalog.Config(), list[str]()
    if catalog.is_name(text):
        if config or catalog.is_here():
            settings = catalog.read_config(config, catalog.names(catalog.folders(query_dirs)))
            settings.validate(query)
        origin = catalog.query_notes([query], settings, args)
    values = catalog.bind(query, {**settings.of(query), **args})
    chosen = _choose_run(runs_dir, run, query)

    def answer_from(path: Path) -> Answer:
        with closing(Session(path, allow_files, limits, allow_copy)) as session:
            return session.answer(query, values)

    try:
        found = answer_from(chosen.path)
    except NotCollected as error:
        other = with_tables(runs_dir, error.tables) if run == "latest" else None
        if other is None or other.path == chosen.path:
            raise
        chosen, found = other, answer_from(other.path)
    return replace(found, notes=[*origin, *chosen.notes, *found.notes])


def _choose_run(runs_dir: Path, run: str, query: Query) -> Choice:
    def tables(path: Path) -> set[str]:
        with open_compatible(path, sql=query.sql) as reader:
            sql = to_duckdb(reader, query, query.sql).sql
            return set() if is_about_runs(query, sql) else reader.tables_of(sql)

    return choose(runs_dir, run, Requirements(tables))


def explain(
    text: str,
    *,
    run: str,
    runs_dir: Path,
    query_dirs: Sequence[str] = (),
    language: str | None = None,
    limits: StatementLimits | None = None,
) -> Answer:
    """Return the dependencies of a query: tables, their calls, and the number of accounts in which each call succeeded."""
    query = find_query(text, query_dirs, language)
    chosen = _choose_run(runs_dir, run, query)
    origin = catalog.query_notes([query], catalog.Config()) if catalog.is_name(text) else []
    with closing(Session(chosen.path, limits=limits)) as session:
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
