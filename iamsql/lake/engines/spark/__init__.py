"""Translate a query without macros from DuckDB's SQL to Spark's, so Spark returns the same values, or refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.pruning import prune_views
from iamsql.lake.engines.spark.queries import Queries
from iamsql.lake.engines.spark.relations import view_name
from iamsql.lake.engines.spark.types import type_of
from iamsql.lake.engines.spark.values import Value

__all__ = ["Translation", "Untranslatable", "spark_type", "to_spark", "view_name"]


class Translation(NamedTuple):
    """The SQL for Spark, and the tables that it reads."""

    sql: str
    tables: tuple[str, ...]


def to_spark(tree: exp.Expr, tables: Mapping[str, Mapping[str, str]], *, is_sail: bool = False) -> Translation:
    """Translate a query; `tables` maps each table to its columns and their DuckDB types.

    With `is_sail`, the SQL avoids what only Apache Spark can do. A table is read from the view that `view_name` names. Raise
    Untranslatable with the reason if any part of the query is not known to return the same in Spark.
    """
    columns = {
        table: {column: Value("", type_of(kind)) for column, kind in declared.items()}
        for table, declared in tables.items()
    }
    queries = Queries(columns, is_sail=is_sail)
    prune_views(tree)
    sql, _ = queries.query(tree, None, {})
    return Translation(sql, tuple(sorted(queries.read)))


def spark_type(text: str) -> str:
    """Return the Spark type that stores the values of a DuckDB type."""
    return type_of(text).spark
