"""Run one query over one run: find it by name, file or text, bind its arguments, execute it, and add notes on missing data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.coverage.calls import explain_calls
from iamsql.coverage.caveats import caveats
from iamsql.coverage.not_collected import NotCollected, is_about_runs, require_collected
from iamsql.coverage.summary import coverage_of
from iamsql.lineage import coverage, unread_calls
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.compat import open_compatible
from iamsql.query.copy_files import renamed, staged
from iamsql.query.errors import explained_errors
from iamsql.query.foreign_files import stand_ins
from iamsql.query.translate import to_duckdb
from iamsql.runs.directory import home
from iamsql.runs.latest import Choice, Requirements, choose, with_tables
from iamsql.store.limits import StatementLimits
from iamsql.store.reader import Reader

Opening = Callable[..., AbstractContextManager[Reader]]  # takes the arguments of open_compatible


@dataclass(frozen=True)
class Answer:
    """The rows, the query, the run file, and the notes on missing data for the reader."""

    result: Result
    query: Query
    run: Path
    notes: list[str] = field(default_factory=list)


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
    options: dict[str, Any] = {
        "allow_files": allow_files,
        "allow_copy": allow_copy,
        "opening": partial(open_compatible, limits=limits),
    }
    try:
        found = answer(query, values, chosen.path, **options)
    except NotCollected as error:
        other = with_tables(runs_dir, error.tables) if run == "latest" else None
        if other is None or other.path == chosen.path:
            raise
        chosen, found = other, answer(query, values, other.path, **options)
    return replace(found, notes=[*origin, *chosen.notes, *found.notes])


def _choose_run(runs_dir: Path, run: str, query: Query) -> Choice:
    def tables(path: Path) -> set[str]:
        with open_compatible(path, sql=query.sql) as reader:
            sql = to_duckdb(reader, query, query.sql).sql
            return set() if is_about_runs(query, sql) else reader.tables_of(sql)

    return choose(runs_dir, run, Requirements(tables))


def answer(
    query: Query,
    values: Mapping[str, Any],
    path: Path,
    *,
    allow_files: bool = False,
    allow_copy: bool = False,
    opening: Opening = open_compatible,
    allow_uncollected: bool = False,
) -> Answer:
    """Run a query over a run file; `opening` replaces how the file is opened.

    COPY in SQL that the user typed, and in a query file with `allow_copy`, replaces files. COPY in other query files creates
    new files. Raise NotCollected if the answer depends on a table that the run did not collect, unless `allow_uncollected`
    is set.
    """
    is_trusted = allow_files or allow_copy or not query.path
    with staged(query.sql, path, is_trusted=is_trusted) as (sql, targets):
        opened = opening(path, allow_files=allow_files, write_to=list(targets.targets), sql=query.sql)
        with opened as reader, _named_errors(query, targets.targets):
            translated = to_duckdb(reader, query, sql)
            with explained_errors(reader, translated.sql):
                sql, notes = stand_ins(reader, translated, translated.sql)
                result = reader.run(sql, values)
                # The translated SQL, not `sql`, whose stand-ins read tables that coverage does not know.
                tables = reader.tables_of(translated.sql)
                if not allow_uncollected:
                    require_collected(reader, query, translated.sql, tables, result)
                is_empty = bool(result.columns) and not result.rows
                notes += caveats(coverage(reader, translated.sql, tables), reader.facts, is_empty)
    return Answer(result, query, path, [*targets.notes, *notes])


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
    found = dependencies_of(query, chosen.path, partial(open_compatible, limits=limits))
    return replace(found, notes=[*origin, *chosen.notes, *found.notes])


def dependencies_of(query: Query, path: Path, opening: Opening = open_compatible) -> Answer:
    """Return the dependencies of a query in a run file."""
    with opening(path, sql=query.sql) as reader, _named_errors(query, {}):
        translated = to_duckdb(reader, query, query.sql)
        with explained_errors(reader, translated.sql):
            tables = reader.tables_of(translated.sql)
        ignored_calls = unread_calls(reader, translated.sql, tables, every=True)
        dependencies = explain_calls(reader, tables)
        rows = [row for row in dependencies.rows if f"{row[0]} {row[1]}" not in ignored_calls]
        notes = caveats(coverage_of(reader, tables, ignored_calls), reader.facts, False)
        return Answer(replace(dependencies, rows=rows), query, path, notes)


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


@contextmanager
def _named_errors(query: Query, targets: Mapping[str, str]) -> Iterator[None]:
    """Prefix errors with the path of the query file, and replace temporary paths in them."""
    try:
        yield
    except NotCollected:
        raise
    except IamsqlError as error:
        message = renamed(str(error), targets)
        raise IamsqlError(f"{query.path}: {message}" if query.path else message) from error
