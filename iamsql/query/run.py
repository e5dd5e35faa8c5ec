"""From a question to an answer that says what it lacks: a query's name, a file or SQL, asked of one run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.coverage.calls import explain_calls
from iamsql.coverage.caveats import caveats, with_other_policies
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


@dataclass(frozen=True)
class Answer:
    """Rows, the query that gave them, the run they are of, and the sentences a reader has to know with them."""

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

    `language` is duckdb or postgres where the SQL is in another one than the query says. A query of the catalogue takes
    values from `config`, else ./iamsql.toml, where `args` has none. Where `run` is latest and that run did not collect
    what the query stands on, the newest run that did is asked instead; raise NotCollected where there is none.
    """
    query = find_query(text, query_dirs, language)
    settings = _with_config(query, query_dirs, config) if catalog.is_name(text) else catalog.Config()
    values = catalog.bind(query, {**settings.of(query), **args})
    origin = catalog.query_notes([query], settings, args) if catalog.is_name(text) else []
    chosen = _choose_run(runs_dir, run, query)
    how: dict[str, Any] = {
        "allow_files": allow_files,
        "allow_copy": allow_copy,
        "opening": partial(open_for_query, limits=limits),
    }
    try:
        return _with_notes(answer(query, values, chosen.path, **how), chosen, origin)
    except NotCollected as lacking:
        other = with_tables(runs_dir, lacking.tables) if run == "latest" else None
        if other is None or other.path == chosen.path:
            raise
        return _with_notes(answer(query, values, other.path, **how), other, origin)


def _choose_run(runs_dir: Path, run: str, query: Query) -> Choice:
    def tables(path: Path) -> set[str]:
        with open_for_query(path, sql=query.sql) as reader:
            sql = to_duckdb(reader, query, query.sql).sql
            return set() if is_about_runs(query, sql) else reader.tables_of(sql)

    return choose(runs_dir, run, Requirements(tables))


def _with_notes(answer: Answer, chosen: Choice, origin: Sequence[str] = ()) -> Answer:
    return replace(answer, notes=[*origin, *chosen.notes, *answer.notes])


@contextmanager
def open_for_query(path: Path, *, sql: str, **options: Any) -> Iterator[Reader]:
    """Open a run so that it can answer `sql`; `options` are those of open_run."""
    with closing(open_compatible(path, sql, **options)) as reader:
        yield reader


Opening = Callable[..., AbstractContextManager[Reader]]


def answer(
    query: Query,
    values: Mapping[str, Any],
    path: Path,
    *,
    allow_files: bool = False,
    allow_copy: bool = False,
    opening: Opening = open_for_query,
    whatever: bool = False,
) -> Answer:
    """Run a query over a run file; `opening` is for those who keep one open.

    COPY of SQL that was typed, and of a query file with `allow_copy`, replaces files; that of a query file makes new ones.
    Raise NotCollected where the answer depends on a table that the run did not collect, unless `whatever` is set.
    """
    typed = allow_files or allow_copy or not query.path
    with staged(query.sql, path, typed=typed) as (sql, copies):
        opened_for = opening(path, allow_files=allow_files, write_to=list(copies.targets), sql=query.sql)
        with opened_for as reader, _with_params(query, copies.targets):
            asked = to_duckdb(reader, query, sql)
            with explained_errors(reader, asked.sql):
                sql, told = stand_ins(reader, asked, asked.sql)
                result = reader.run(sql, values)
                tables = reader.tables_of(asked.sql)
                if not whatever:
                    require_collected(reader, query, asked.sql, tables, result)
                lacking = [*told, *_caveats(reader, asked.sql, tables, result)]
    return Answer(result, query, path, [*copies.notes, *lacking])


def explain(
    text: str,
    *,
    run: str,
    runs_dir: Path,
    query_dirs: Sequence[str] = (),
    language: str | None = None,
    limits: StatementLimits | None = None,
) -> Answer:
    """Say what a query stands on: its tables, their calls, and how many accounts brought each."""
    query = find_query(text, query_dirs, language)
    chosen = _choose_run(runs_dir, run, query)
    origin = catalog.query_notes([query], catalog.Config()) if catalog.is_name(text) else []
    return _with_notes(dependencies_of(query, chosen.path, partial(open_for_query, limits=limits)), chosen, origin)


def dependencies_of(query: Query, path: Path, opening: Opening = open_for_query) -> Answer:
    """Say what a query stands on in a run file."""
    with opening(path, sql=query.sql) as reader, _with_params(query, {}):
        asked = to_duckdb(reader, query, query.sql)
        with explained_errors(reader, asked.sql):
            tables = reader.tables_of(asked.sql)
        beside = unread_calls(reader, asked.sql, tables, every=True)
        stands_on = explain_calls(reader, tables)
        rows = [row for row in stands_on.rows if f"{row[0]} {row[1]}" not in beside]
        lacking = caveats(coverage_of(reader, tables, beside), reader.facts, False)
        return Answer(replace(stands_on, rows=rows), query, path, lacking)


def find_query(text: str, query_dirs: Sequence[str] = (), language: str | None = None) -> Query:
    """Tell what the user typed: a path to a .sql file, '-', the name of a query, or SQL; `language` goes before its own."""
    query = _find(text, query_dirs)
    return replace(query, dialect=language) if language else query


def _with_config(query: Query, query_dirs: Sequence[str], config: Path | None) -> catalog.Config:
    """Give what the team's own file says of a query."""
    if config is None and not catalog.is_here():
        return catalog.Config()
    settings = catalog.read_config(config, catalog.names(catalog.folders(query_dirs)))
    settings.validate(query)
    return settings


def _find(text: str, query_dirs: Sequence[str]) -> Query:
    if text == "-":
        return catalog.plain(sys.stdin.read(), "standard input", "")
    if text.strip().endswith(".sql") and "\n" not in text.strip():
        return catalog.read_file(home(Path(text.strip())))
    if catalog.is_name(text):
        return catalog.load_one(catalog.folders(query_dirs), text.strip())
    return catalog.plain(text, "SQL")


def _caveats(reader: Reader, sql: str, tables: set[str], result: Result) -> list[str]:
    lacking = with_other_policies(coverage(reader, sql, tables), reader.facts, sql)
    return caveats(lacking, reader.facts, bool(result.columns) and not result.rows)


@contextmanager
def _with_params(query: Query, places: Mapping[str, str]) -> Iterator[None]:
    """Put the query's file before DuckDB's words, and the user's names for files into them."""
    try:
        yield
    except NotCollected:
        raise
    except IamsqlError as error:
        message = renamed(str(error), places)
        raise IamsqlError(f"{query.path}: {message}" if query.path else message) from error
