"""The tables that controls and detections depend on, the calls behind them, and in how many accounts each call succeeded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iamsql.check.dependencies import tables_depended_on
from iamsql.check.open_run import Evaluation, opened_run
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.translate import to_duckdb
from iamsql.runs.coverage.calls import explain_calls
from iamsql.runs.lineage import unused_calls


def explain(
    queries: Sequence[Query], kind: str, evaluation: Evaluation, accounts: Sequence[str] = ()
) -> tuple[Result, list[str], list[str]]:
    """Return a row for each query, table and call, notes on the run, and the messages of queries that failed.

    `kind` is the name of the column of query names.
    """
    rows: list[tuple[Any, ...]] = []
    failures: list[str] = []
    with opened_run(queries, evaluation, accounts) as (reader, notes):
        calls_result = explain_calls(reader, set())
        for query in queries:
            try:
                sql = to_duckdb(reader, query, query.sql).sql
                tables = tables_depended_on(reader, sql, query.resource_types)
                # `every`: a call that returns no column of the query is not a dependency, even where it succeeded.
                unused_call_names = unused_calls(reader, sql, tables, every=True)
            except IamsqlError as error:
                failures.append(f"{query.path}: {error}")
            else:
                calls = explain_calls(reader, tables).rows
                rows += [(query.name, *row) for row in calls if f"{row[0]} {row[1]}" not in unused_call_names]
        return Result((kind, *calls_result.columns), rows, ("VARCHAR", *calls_result.types)), notes, failures
