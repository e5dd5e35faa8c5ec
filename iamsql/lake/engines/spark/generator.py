"""sqlglot's generator for Spark, with the writers of `writers` for what it writes differently from what DuckDB means."""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.generators.spark import SparkGenerator

from iamsql.lake.engines.spark.writers import (
    aggregates,
    json_functions,
    json_values,
    lists,
    literals,
    patterns,
    texts,
    times,
)
from iamsql.lake.engines.spark.writers.literals import Writer

_WRITER_MODULES = (aggregates, json_functions, json_values, lists, literals, patterns, texts, times)
CALL_WRITERS = {**json_functions.CALLS, **lists.CALLS, **texts.CALLS, **times.CALLS}


def _with_not(write: Writer) -> Writer:
    """Return a writer that writes NOT where sqlglot has it in the node."""
    return lambda self, node: f"(NOT {write(self, node)})" if node.args.get("negate") else write(self, node)


def _write_call(self: SparkGenerator, node: exp.Expr) -> str:
    return str(CALL_WRITERS[str(node.this).lower()](self, node.expressions))


def _write_where(self: SparkGenerator, node: exp.Expr) -> str:
    """Return WHERE for Sail, which cannot filter a file by a lambda, and does not try with a random part."""
    parts = node.this.flatten() if isinstance(node.this, exp.And) else [node.this]
    texts = (self.sql(part) for part in parts)
    return self.seg("WHERE ") + " AND ".join(
        f"(({part}) OR RAND() < 0)" if " -> " in part else f"({part})" for part in texts
    )


class SparkDialect(Spark):
    """Apache Spark, as the translation writes it."""

    class Generator(SparkGenerator):
        """The generator with the writers of all families."""

        TRANSFORMS: ClassVar = {
            **SparkGenerator.TRANSFORMS,
            **{
                node_type: _with_not(write) for family in _WRITER_MODULES for node_type, write in family.WRITERS.items()
            },
            exp.Anonymous: _write_call,
        }


class SailDialect(SparkDialect):
    """Sail, as the translation writes it."""

    class Generator(SparkDialect.Generator):
        """The generator without what only Apache Spark can do."""

        TRANSFORMS: ClassVar = {**SparkDialect.Generator.TRANSFORMS, exp.Where: _write_where}
