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
from iamsql.lineage import coverage, unread
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.caveats import caveats, partly, standing
from iamsql.query.compat import shadows as shadows
from iamsql.query.copy_files import renamed, staged
from iamsql.query.errors import hinted
from iamsql.query.foreign_files import stand_ins
from iamsql.query.translate import in_duckdb
from iamsql.query.uncollected import NotCollected, is_about_runs, require_collected
from iamsql.runs.directory import home
from iamsql.runs.latest import Choice, Needs, choose, holding
from iamsql.store.bounds import Bounds
from iamsql.store.read import Reader, open_run


@dataclass(frozen=True)
class Answer:
    """Rows, the query that gave them, the run they are of, and the sentences a reader has to know with them."""

    result: Result
    query: Query
    run: Path
    notes: list[str] = field(default_factory=list)


def ask(
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
    bounds: Bounds | None = None,
) -> Answer:
    """Run a query by name, a .sql file, standard input ('-') or SQL over a run.

    `language` is duckdb or postgres where the SQL is in another one than the query says. A query of the catalogue takes
    values from `config`, else ./iamsql.toml, where `args` has none. Where `run` is latest and that run did not collect
    what the query stands on, the newest run that did is asked instead; raise NotCollected where there is none.
    """
    query = find_query(text, query_dirs, language)
    settings = _settled(query, query_dirs, config) if catalog.is_name(text) else catalog.Settings()
    values = catalog.bind(query, {**settings.of(query), **args})
    origin = catalog.query_notes([query], settings, args) if catalog.is_name(text) else []
    chosen = _chosen(runs_dir, run, query)
    how: dict[str, Any] = {
        "allow_files": allow_files,
        "allow_copy": allow_copy,
        "opening": partial(opened, bounds=bounds),
    }
    try:
        return _noted(answer(query, values, chosen.path, **how), chosen, origin)
    except NotCollected as lacking:
        other = holding(runs_dir, lacking.tables) if run == "latest" else None
        if other is None or other.path == chosen.path:
            raise
        return _noted(answer(query, values, other.path, **how), other, origin)


def _chosen(runs_dir: Path, run: str, query: Query) -> Choice:
    def tables(path: Path) -> set[str]:
        with opened(path, prelude=shadows(query.sql)) as reader:
            sql = in_duckdb(reader, query, query.sql).sql
            return set() if is_about_runs(query, sql) else reader.tables_of(sql)

    return choose(runs_dir, run, Needs(tables))


def _noted(answer: Answer, chosen: Choice, origin: Sequence[str] = ()) -> Answer:
    return replace(answer, notes=[*origin, *chosen.notes, *answer.notes])


@contextmanager
def opened(path: Path, **how: Any) -> Iterator[Reader]:
    """Open a run for one question; `how` is open_run's."""
    with closing(open_run(path, **how)) as reader:
        yield reader


Opening = Callable[..., AbstractContextManager[Reader]]


def answer(
    query: Query,
    values: Mapping[str, Any],
    path: Path,
    *,
    allow_files: bool = False,
    allow_copy: bool = False,
    opening: Opening = opened,
    whatever: bool = False,
) -> Answer:
    """Run a query over a run file; `opening` is for those who keep one open.

    COPY of SQL that was typed, and of a query file with `allow_copy`, replaces files; that of a query file makes new ones.
    Raise NotCollected where the answer depends on a table that the run did not collect, unless `whatever` is set.
    """
    typed = allow_files or allow_copy or not query.path
    with staged(query.sql, path, typed=typed) as (sql, copies):
        opened_for = opening(path, allow_files=allow_files, write_to=list(copies.places), prelude=shadows(query.sql))
        with opened_for as reader, _placed(query, copies.places):
            asked = in_duckdb(reader, query, sql)
            with hinted(reader, asked.sql):
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
    bounds: Bounds | None = None,
) -> Answer:
    """Say what a query stands on: its tables, their calls, and how many accounts brought each."""
    query = find_query(text, query_dirs, language)
    chosen = _chosen(runs_dir, run, query)
    origin = catalog.query_notes([query], catalog.Settings()) if catalog.is_name(text) else []
    return _noted(standing_of(query, chosen.path, partial(opened, bounds=bounds)), chosen, origin)


def standing_of(query: Query, path: Path, opening: Opening = opened) -> Answer:
    """Say what a query stands on in a run file."""
    with opening(path, prelude=shadows(query.sql)) as reader, _placed(query, {}):
        asked = in_duckdb(reader, query, query.sql)
        with hinted(reader, asked.sql):
            tables = reader.tables_of(asked.sql)
        beside = unread(reader, asked.sql, tables, every=True)
        stands_on = standing(reader, tables)
        rows = [row for row in stands_on.rows if f"{row[0]} {row[1]}" not in beside]
        lacking = caveats(reader.coverage_gaps(tables, beside), reader.facts, False)
        return Answer(replace(stands_on, rows=rows), query, path, lacking)


def find_query(text: str, query_dirs: Sequence[str] = (), language: str | None = None) -> Query:
    """Tell what the user typed: a path to a .sql file, '-', the name of a query, or SQL; `language` goes before its own."""
    query = _found(text, query_dirs)
    return replace(query, dialect=language) if language else query


def _settled(query: Query, query_dirs: Sequence[str], config: Path | None) -> catalog.Settings:
    """Give what the team's own file says of a query."""
    if config is None and not catalog.is_here():
        return catalog.Settings()
    settings = catalog.read_settings(config, catalog.names(catalog.folders(query_dirs)))
    settings.hold(query)
    return settings


def _found(text: str, query_dirs: Sequence[str]) -> Query:
    if text == "-":
        return catalog.plain(sys.stdin.read(), "standard input", "")
    if text.strip().endswith(".sql") and "\n" not in text.strip():
        return catalog.read_file(home(Path(text.strip())))
    if catalog.is_name(text):
        return catalog.load_one(catalog.folders(query_dirs), text.strip())
    return catalog.plain(text, "SQL")


def _caveats(reader: Reader, sql: str, tables: set[str], result: Result) -> list[str]:
    lacking = partly(coverage(reader, sql, tables), reader.facts, sql)
    return caveats(lacking, reader.facts, bool(result.columns) and not result.rows)


@contextmanager
def _placed(query: Query, places: Mapping[str, str]) -> Iterator[None]:
    """Put the query's file before DuckDB's words, and the user's names for files into them."""
    try:
        yield
    except NotCollected:
        raise
    except IamsqlError as error:
        message = renamed(str(error), places)
        raise IamsqlError(f"{query.path}: {message}" if query.path else message) from error
