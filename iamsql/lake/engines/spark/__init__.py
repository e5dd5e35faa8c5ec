"""Translate a query without macros from DuckDB's SQL to Spark's, so Spark returns the same values, or refuse it.

sqlglot's generator writes the SQL; `writers` replaces what the comparison with DuckDB's answers found wrong. A function or clause
that `results` does not list is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from iamsql.lake.engines.inline.names import cte_names
from iamsql.lake.engines.spark import clauses, rows
from iamsql.lake.engines.spark.allowed import require_supported
from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.generator import SailDialect, SparkDialect
from iamsql.lake.engines.spark.infer import infer_types
from iamsql.lake.engines.spark.names import view_name
from iamsql.lake.engines.spark.pruning import prune_views
from iamsql.lake.engines.spark.types import kind, parse_type, spark_type
from iamsql.lake.engines.spark.writers.lists import assign_list_types

__all__ = ["Translation", "UntranslatableError", "parse_type", "spark_type", "to_spark", "view_name"]


class Translation(NamedTuple):
    """The SQL for Spark, and the tables that it reads."""

    sql: str
    tables: tuple[str, ...]


def to_spark(tree: exp.Expr, tables: Mapping[str, Mapping[str, str]], *, is_sail: bool = False) -> Translation:
    """Translate a query, whose tree is changed; `tables` maps each table to its columns and their DuckDB types.

    With `is_sail`, the SQL avoids what only Apache Spark can do. A table is read from the view that `view_name` names. Raise
    UntranslatableError with the reason if any part of the query is not known to return the same in Spark.
    """
    prune_views(tree)
    require_supported(tree)
    rows.apply_to_each(tree, exp.From, rows.move_series_to_subquery)
    typed_tree = infer_types(tree, tables)
    tables_read = _read_views(typed_tree, tables)
    _require_columns(typed_tree)
    rows.apply_to_each(typed_tree, exp.SetOperation, rows.cast_nulls)
    assign_list_types(typed_tree)
    clauses.rename_variables(typed_tree)
    changes = (clauses.expand_group_by_all, rows.aggregate_scalar_subquery, rows.unnest_in_from, clauses.inline_windows)
    rows.apply_to_each(typed_tree, exp.Select, *changes, clauses.order_in_outer_query)
    dialect = SailDialect if is_sail else SparkDialect
    try:
        sql = str(
            typed_tree.sql(
                dialect=dialect, copy=False, unsupported_level=ErrorLevel.RAISE, comments=False, identify=True
            )
        )
    except SqlglotError as error:
        raise UntranslatableError(f"sqlglot: {str(error).splitlines()[0].rstrip('.')}") from error
    return Translation(sql, tuple(sorted(tables_read)))


def _read_views(tree: exp.Expr, tables: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Let a query read the views of tables, and return the tables."""
    tables_read, ctes = set[str](), cte_names(tree)
    for table in list(tree.find_all(exp.Table)):
        if not isinstance(table.this, exp.Identifier) or (not table.args.get("db") and table.name.lower() in ctes):
            continue
        table_name = table.name.lower() if table.db in ("", "main") else f"{table.db}.{table.name}".lower()
        if table_name not in tables:
            raise UntranslatableError(f"the table {table_name} is not known")
        tables_read.add(table_name)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        table.set("this", exp.to_identifier(view_name(table_name)))
        table.set("db", None)
    return tables_read


def _require_columns(tree: exp.Expr) -> None:
    """Raise UntranslatableError for a column that no table has."""
    for column in tree.find_all(exp.Column):
        is_sorted_by = not column.table and column.find_ancestor(exp.Ordered) is not None
        if not kind(column) and not is_sorted_by and not isinstance(column.this, exp.Star):
            raise UntranslatableError(f"there is no column {column.sql('duckdb')}")
