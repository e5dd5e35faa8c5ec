"""Build the template of run files: empty tables with comments, and macros.

Building takes one to two seconds, because DuckDB binds every macro, so it is done once: for the wheel by `hatch_build.py`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.model import Query
from iamsql.runs.coverage.gaps import view_statements
from iamsql.runs.file.client_macros import JOIN_TEXTS, for_clients
from iamsql.runs.file.clients import compatibility
from iamsql.runs.store.run_schema import AS_OF, schemas
from iamsql.runs.store.writer import RunWriter
from iamsql.sqltext import identifier, literal
from iamsql.tables.calls.account import RECORDS
from iamsql.tables.compiler import compiler, run_macros
from iamsql.tables.fragments import events as _events
from iamsql.tables.registry import all_calls, all_tables, table_calls

_CALL = re.compile(r"\b(\w+)\(")


def build(path: Path) -> Path:
    """Build the template; the same declarations and the same DuckDB give the same bytes.

    DuckDB chooses a compression by random samples, so the file is not compressed.
    """
    writer = RunWriter(path, settings=("set force_compression = 'uncompressed'",))
    try:
        relations = all_tables().values()
        raw = [compiler.raw_table(call) for call in all_calls() if call != RECORDS]
        own_statements = [
            *schemas(),
            *view_statements(),
            *raw,
            *_events.CREATE_EVENTS,
            _events.create_raw_view(RECORDS.raw),
            AS_OF.format(""),
        ]
        # Views are empty tables first: binding a macro to a table takes a third of the time.
        scalars = map(for_clients, run_macros.scalar_macros())
        empty = [JOIN_TEXTS, *scalars, *map(compiler.create_table, relations), *map(for_clients, run_macros.stubs())]
        queries = [catalog.run_file_macro_sql(query) for query in _queries_by_use() if query.dialect == "duckdb"]
        tables = map(for_clients, (*queries, *run_macros.table_macros()))
        views = [compiler.fill_table(relation) for relation in relations if not relation.stored]
        table_comments = [comment for relation in relations for comment in compiler.comments(relation)]
        macro_comments = [
            f"comment on macro table {identifier(query.macro)} is {literal(query.title)}"
            for query in shipped_queries()
            if query.dialect == "duckdb"
        ]
        with writer.transaction():
            for statements in (own_statements, empty, tables, views, table_comments, macro_comments):
                # In one call, because each call waits for the threads that read responses of AWS.
                writer.execute(";".join(statements))
            writer.insert_rows("table_calls", table_calls())
            writer.insert_rows("queries", _query_rows(writer))
            writer.insert_rows("compat", [row.values() for row in compatibility()])
        return writer.finish()
    finally:
        writer.close()


@cache
def shipped_queries() -> list[Query]:
    """Return the shipped queries, which become table macros of the run file, so any DuckDB client can call them."""
    return [query for versions in catalog.load([catalog.shipped_folder()]).values() for query in versions]


def _queries_by_use() -> list[Query]:
    """Return the shipped queries, each after the queries whose macros it calls: DuckDB binds a macro with the macros it calls."""
    by_macro = {query.macro: query for query in shipped_queries()}
    used = {
        name: [other for other in dict.fromkeys(_CALL.findall(query.sql)) if other in by_macro and other != name]
        for name, query in by_macro.items()
    }
    return [by_macro[name] for name in TopologicalSorter(used).static_order()]


def _query_rows(writer: RunWriter) -> list[list[Any]]:
    """Return the rows of iamsql.queries."""
    rows = []
    for query, tables in zip(
        shipped_queries(), writer.tables_of([query.sql for query in shipped_queries()]), strict=True
    ):
        params = [{"name": p.name, "type": p.type, "default": p.default, "about": p.about} for p in query.params]
        about = [query.name, query.version, query.title, query.kind, query.severity, ", ".join(query.tags)]
        details = [json.dumps(params, default=str), json.dumps(sorted(tables)), query.sql, catalog.digest(query)]
        rows.append([*about, *details])
    return rows
