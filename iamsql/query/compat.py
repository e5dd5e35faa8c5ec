"""TEMP views and macros for run files of another schema, so today's queries run on them.

A run file has the raw items of each call. If its typed tables were made from different declarations, or are empty
because the run was interrupted, this module computes them from the raw items.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.model import View
from iamsql.runs.coverage.newer_version import is_newer
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.reader import Reader, open_run
from iamsql.runs.store.run_schema import AS_OF, RUNNING
from iamsql.runs.store.source import Openable
from iamsql.sqltext import literal
from iamsql.tables import registry
from iamsql.tables.compiler import compiler, run_macros
from iamsql.tables.registry import table_calls

KNOWN_CALLS_TABLE = "temp.main.known_calls"  # iamsql.table_calls, and the calls of tables that the file does not have

LINE_COMMENT_PATTERN = re.compile(r"--.*")
ANY_COMMENT_PATTERN = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
CALL_PATTERN = re.compile(r"(\w+)\"?\s*\(")

# Tables that other tables read in addition to their own data. In a file without their raw tables, they are empty.
OPTIONAL_TABLES = ("aws_resource_policy",)


def compat_views(sql: str, metadata: RunMetadata) -> list[str]:
    """Return the TEMP statements that a run file needs before it can answer `sql`.

    The list is empty for a complete file of this schema, for a file of a newer iamsql, and for SQL without a typed table or
    macro. A TEMP view over a raw table that the file lacks cannot be created, and the stored table stays visible.
    """
    is_interrupted = metadata.status == RUNNING
    has_our_schema = metadata.schema_fingerprint == compiler.fingerprint()
    if is_newer(metadata) or (has_our_schema and not is_interrupted):
        return []
    names = candidate_tables(sql)
    if not names and not run_macros.macro_texts().keys() & mentioned_words(sql):
        return []
    shared_names = shared_tables(sql, names)
    views = []
    for name, relation in registry.all_tables().items():
        if name in names:
            if is_interrupted and isinstance(relation, View) and relation.partial_sql:
                relation = replace(relation, sql=relation.partial_sql)
            relation_type = "table" if name in shared_names or name in OPTIONAL_TABLES else "view"
            if name in OPTIONAL_TABLES:
                views.append(f'create or replace temp table "{name}" ({compiler.column_definitions(relation)})')
            views.append(f'create or replace temp {relation_type} "{name}" as {compiler.select(relation)}')
    # Each macro and view follows the macros and views that it uses.
    return [
        AS_OF.format("temp"),
        _known_calls_statement(names),
        *run_macros.scalar_macros(temporary=True),
        *views,
        *run_macros.stubs(temporary=True),
        *run_macros.table_macros(temporary=True),
    ]


def make_compatible(reader: Reader, sql: str) -> None:
    """Create TEMP views over the raw items of a file that another version wrote, so it can answer `sql`.

    The shipped queries that `sql` calls become TEMP macros. The file's macros of queries call macros with other parameters.
    """
    if reader.metadata.run_id and (statements := compat_views(sql, reader.metadata)):
        reader.create_temp([*statements, *_macro_statements_of_queries(sql)])
        reader.calls_table = KNOWN_CALLS_TABLE


def open_compatible(run: Openable, sql: str, **options: Any) -> Reader:
    """Open a run so that it can answer `sql`; `options` are passed to open_run."""
    reader = open_run(run, sql=sql, **options)
    try:
        make_compatible(reader, sql)
    except BaseException:
        reader.close()
        raise
    return reader


def _known_calls_statement(names: set[str]) -> str:
    """Return the statement that creates KNOWN_CALLS_TABLE.

    It has the rows of the file's iamsql.table_calls, and this version's calls of other tables.
    """
    rows = [
        f"({', '.join('null' if value is None else literal(value) for value in row)})"
        for row in table_calls()
        if row[0] in names
    ]
    union_of_own_calls = (
        f" union all from (values {', '.join(rows)}) where col0 not in (select table_name from iamsql.table_calls)"
    )
    return f"create or replace temp table {KNOWN_CALLS_TABLE} as from iamsql.table_calls{union_of_own_calls if rows else ''}"


def candidate_tables(sql: str) -> set[str]:
    """Return the typed tables that the SQL may read, directly or through macros, and the tables that their views read."""
    tables = registry.all_tables()
    names = mentioned_words(sql) & tables.keys()  # a word may have another meaning: the view is then not used
    while added_names := {other for name in names for other in tables[name].tables} - names:
        names |= added_names
    return names


def shared_tables(sql: str, names: set[str]) -> set[str]:
    """Return the tables among `names` that another of them, or a macro of the SQL, reads.

    These become TEMP tables instead of views, so each is computed once.
    """
    tables = registry.all_tables()
    tables_read = {other for name in names for other in tables[name].tables}
    for name in run_macros.macro_texts().keys() & mentioned_words(sql):
        tables_read |= find_words(run_macros.macro_texts()[name])
    return {name for name in tables_read & names if tables[name].stored}


def mentioned_words(sql: str) -> set[str]:
    """Return the words of the SQL, and of each macro that it calls, directly or through another, in lower case."""
    return find_words(sql).union(*(find_words(_macro_sql(name)) for name in _transitive_calls(sql)))


def _transitive_calls(sql: str) -> set[str]:
    """Return the calls in the SQL, and in the macros that it calls, directly or through another."""
    called_names, new_calls = set[str](), _calls_in(sql)
    while new_calls := new_calls - called_names:
        called_names |= new_calls
        new_calls = set().union(*(_calls_in(_macro_sql(name)) for name in new_calls))
    return called_names


def _macro_statements_of_queries(sql: str) -> list[str]:
    """Return the statements that create the macros of the shipped queries that SQL calls."""
    names = _transitive_calls(sql) & _files_by_macro().keys()
    queries = {
        query.macro: query
        for name in names
        for query in map(catalog.read_file, _files_by_macro()[name])
        if query.macro == name
    }
    macros_used = {name: _calls_in(query.sql) & queries.keys() - {name} for name, query in queries.items()}
    # DuckDB binds a macro together with the macros that it calls, which must exist.
    ordered_queries = (queries[name] for name in TopologicalSorter(macros_used).static_order())
    statements = (catalog.run_file_macro_sql(query) for query in ordered_queries if query.dialect == "duckdb")
    return [statement.replace("CREATE OR REPLACE MACRO", "create or replace temp macro", 1) for statement in statements]


def _calls_in(sql: str) -> set[str]:
    """Return the words before a parenthesis in lower case, among them the names of the macros that the SQL calls."""
    text = sql.lower()
    # A comment may stand before the parenthesis; and what looks like a comment may be text in quotes.
    return {*CALL_PATTERN.findall(text), *CALL_PATTERN.findall(ANY_COMMENT_PATTERN.sub(" ", text))}


@cache
def _macro_sql(name: str) -> str:
    """Return the SQL of a macro in the run files of this version, without comments, which name others; '' for another word."""
    if name in run_macros.macro_texts():
        return LINE_COMMENT_PATTERN.sub("", run_macros.macro_texts()[name])
    queries = map(catalog.read_file, _files_by_macro().get(name, ()))
    return "\n".join(catalog.run_file_macro_sql(query) if query.dialect == "duckdb" else query.sql for query in queries)


@cache
def _files_by_macro() -> dict[str, list[Path]]:
    """Map each macro of a query to the files that may define it, without opening them."""
    files: dict[str, list[Path]] = {}
    for path, _ in catalog.files([catalog.shipped_folder()]):
        name, _, version = path.stem.partition(".v")
        for macro in (name, f"{name}_v{version}"):
            files.setdefault(macro, []).append(path)
    return files


def find_words(sql: str) -> set[str]:
    """Return the words of the SQL in lower case."""
    return set(re.findall(r"\w+", sql.lower()))
