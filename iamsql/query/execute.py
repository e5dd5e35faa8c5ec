"""Execute a query on an open run, and add the caveats on missing data to its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from iamsql.catalog.params import DOMAIN_TYPES
from iamsql.model import IamsqlError, Query, Result
from iamsql.model.layout import DisplayOptions
from iamsql.query.answer import Answer
from iamsql.query.arguments import checked_arguments
from iamsql.query.compat import make_compatible
from iamsql.query.copy_files import staged_copies
from iamsql.query.errors import NotARunError, explained_errors
from iamsql.query.foreign_files import create_stand_ins
from iamsql.query.translate import hinted_dialect, to_duckdb
from iamsql.render.provenance import Provenance
from iamsql.runs.coverage.calls import explain_calls
from iamsql.runs.coverage.caveats import POLICIES, caveats, with_other_policies
from iamsql.runs.coverage.not_collected import (
    OPTIONAL_READS,
    NotCollected,
    find_needed_tables,
    find_uncollected,
    is_about_runs,
    require_collected,
)
from iamsql.runs.coverage.resource_types import find_tables
from iamsql.runs.coverage.summary import Coverage, summarize_coverage
from iamsql.runs.file.known_reads import KnownReads, known_dependencies, store_dependencies
from iamsql.runs.lineage import coverage, unused_calls
from iamsql.runs.store.reader import Reader
from iamsql.runs.store.run_schema import RUNNING
from iamsql.runs.store.source import Openable, run_path
from iamsql.tables.compiler import compiler

COPY_PATTERN = re.compile(r"\bcopy\b", re.IGNORECASE)
ONLY_SELECT_MESSAGE = "Only one SELECT can run here.\nRemove the other statements; COPY needs: iamsql query"
# Yields a reader of a run that can answer SQL and write files. When the block ends, it raises OpenError for an altered file.
OpenReader = Callable[[Openable, str, Sequence[str]], AbstractContextManager[Reader]]


def execute(
    open_reader: OpenReader,
    run: Openable,
    query: Query,
    values: Mapping[str, Any],
    *,
    is_trusted: bool = False,
    is_read_only: bool = False,
    protected: Sequence[Path] = (),
) -> Answer:
    """Run a query with the values of its parameters.

    COPY in SQL that the user typed, and in a trusted query file, replaces files. COPY in other query files creates new data files
    outside of the folders `protected`. With `is_read_only`, a query is one SELECT. Raise OpenError if the file cannot be read, and
    IamsqlError for values that `iamsql.query.arguments` refuses.
    """
    if is_read_only:
        with _open_ready(open_reader, run, query) as reader, _prefix_errors(query):
            if not reader.is_select(to_duckdb(reader, query, query.sql).sql):
                raise IamsqlError(ONLY_SELECT_MESSAGE)
    with ExitStack() as stack:
        sql, copies = query.sql, None
        if COPY_PATTERN.search(sql):
            options: dict[str, Any] = {"is_trusted": is_trusted or not query.path, "protected": protected}
            sql, copies = stack.enter_context(staged_copies(sql, run_path(run), **options))
        with _open_ready(open_reader, run, query, tuple(copies.targets) if copies else ()) as reader:
            notes: list[str] = []
            if any(param.type in DOMAIN_TYPES for param in query.params):
                values, notes = checked_arguments(reader, query, values)  # as AWS spells them
            query_answer = answer(reader, query, values, sql)
    notes = [*(copies.notes if copies else ()), *notes]
    return add_notes(notes, query_answer) if notes else query_answer


@contextmanager
def _open_ready(open_reader: OpenReader, run: Openable, query: Query, write_to: Sequence[str] = ()) -> Iterator[Reader]:
    """Yield a reader that can answer a query, including of a file that another version wrote."""
    with open_reader(run, query.sql, write_to) as reader:
        if reader.metadata.schema_fingerprint != compiler.fingerprint() or reader.metadata.status == RUNNING:
            make_compatible(reader, query.sql)
        yield reader


def reopening(reader: Reader) -> OpenReader:
    """Return a function that uses a reader which stays open, and opens its file again if it has to."""

    @contextmanager
    def ready(_run: Openable, sql: str, write_to: Sequence[str]) -> Iterator[Reader]:
        reader.ready_for(sql, write_to)
        try:
            yield reader
        finally:
            reader.require_checked()

    return ready


def add_notes(notes: Sequence[str], original: Answer) -> Answer:
    """Return an answer with notes before its caveats."""
    return replace(original, provenance=replace(original.provenance, notes=[*notes, *original.caveats]))


def explain(open_reader: OpenReader, run: Openable, query: Query) -> Answer:
    """Return the dependencies of a query: tables, their calls, and the number of accounts where each call succeeded."""
    with _open_ready(open_reader, run, query) as reader:
        return find_dependencies(reader, query)


def collected_tables(open_reader: OpenReader, run: Openable, query: Query) -> set[str]:
    """Return the tables that a run must have collected for a query; none for a query about the run itself."""
    with _open_ready(open_reader, run, query) as reader:
        sql = to_duckdb(reader, query, query.sql).sql
        return set() if is_about_runs(query, sql) else find_tables(reader, sql, query.resource_types, OPTIONAL_READS)


def answer(
    reader: Reader, query: Query, values: Mapping[str, Any], sql: str = "", *, allow_uncollected: bool = False
) -> Answer:
    """Run a query. `sql` is the SQL of the query with different targets of COPY.

    Raise NotCollected if the answer depends on a table that the run did not collect, unless `allow_uncollected` is set.
    """
    translated_query = replace(query, sql=sql or query.sql)
    if query.dialect == "postgres":
        with _prefix_errors(query):
            translated_query = to_duckdb(reader, query, translated_query.sql)
    try:
        result, notes = _run_with_notes(reader, translated_query, values, allow_uncollected=allow_uncollected)
        return _build_answer(reader, query, result, notes, values)
    except IamsqlError:
        with (
            _prefix_errors(query),
            hinted_dialect(reader, query, values),
            explained_errors(reader, translated_query.sql),
        ):
            raise


def _run_with_notes(
    reader: Reader, query: Query, values: Mapping[str, Any], *, allow_uncollected: bool
) -> tuple[Result, list[str]]:
    """Run a query in DuckDB's dialect. Return its rows and the caveats."""
    sql, notes = (query.sql, list[str]()) if reader.metadata.run_id else create_stand_ins(reader, query, query.sql)
    result = reader.run(sql, values)
    # The SQL of the query, not `sql`: the stand-ins in `sql` read tables without coverage.
    coverage_summary = _coverage_of_result(reader, query, result, allow_uncollected=allow_uncollected)
    is_empty = bool(result.columns) and not result.rows
    return result, [*notes, *caveats(coverage_summary, reader.metadata, is_empty)]


def _coverage_of_result(reader: Reader, query: Query, result: Result, *, allow_uncollected: bool) -> Coverage:
    """Return the completeness of the tables that a result depends on. Raise NotCollected as `answer` does.

    What a shipped query depends on is known for runs of this version. Other SQL is parsed, and planned if data is missing.
    """
    metadata = reader.metadata
    is_current = metadata.schema_fingerprint == compiler.fingerprint() and metadata.status != RUNNING
    if query.shipped and is_current and (known_result := known_dependencies(query) or store_dependencies(query)):
        tables = set(known_result.tables)
        if known_result.if_collected:
            tables -= find_uncollected(reader, known_result.if_collected).keys()
        if not (result.rows or allow_uncollected):
            require_collected(reader, query, query.sql, tables, result, lambda: known_result.optional)
        summary = summarize_coverage(reader, tables, known_result.unused)
        return with_other_policies(summary, metadata, query.sql) if tables.intersection(POLICIES) else summary
    tables = find_needed_tables(reader, query.sql, query.resource_types)
    with closing(KnownReads()) as plans:
        if not allow_uncollected:
            require_collected(reader, query, query.sql, tables, result, lambda: plans.reads(query.sql).optional)
        return coverage(reader, query.sql, tables, plans)


def find_dependencies(reader: Reader, query: Query) -> Answer:
    """Return the dependencies of a query: tables, their calls, and the number of accounts where each call succeeded."""
    with _prefix_errors(query):
        sql = to_duckdb(reader, query, query.sql).sql
        with explained_errors(reader, sql):
            tables = find_needed_tables(reader, sql, query.resource_types)
        unused_call_names = unused_calls(reader, sql, tables, every=True)
        dependencies = explain_calls(reader, tables)
        rows = [row for row in dependencies.rows if f"{row[0]} {row[1]}" not in unused_call_names]
        notes = caveats(summarize_coverage(reader, tables, unused_call_names), reader.metadata, False)
        return _build_answer(reader, query, replace(dependencies, rows=rows), notes, {})


def _build_answer(reader: Reader, query: Query, result: Result, notes: list[str], values: Mapping[str, Any]) -> Answer:
    """Return the answer. The title of SQL that the user typed is the SQL."""
    is_typed, metadata = not query.path, reader.metadata
    title = query.sql.strip() if is_typed else query.title
    name = "" if is_typed else f"{query.name}@{query.version}"
    provenance = Provenance(title, name, values, metadata.run_id or reader.path.name, metadata.started_at, notes)
    return Answer(result, provenance, reader.path, DisplayOptions(query.columns, query.layout, query.path))


@contextmanager
def _prefix_errors(query: Query) -> Iterator[None]:
    """Prefix errors with the path of the query file."""
    try:
        yield
    except (NotCollected, NotARunError):
        raise
    except IamsqlError as error:
        message = str(error).replace("\t", "    ")  # of DuckDB's candidates
        raise IamsqlError(f"{query.path}: {message}" if query.path else message) from error
