"""Write DuckDB SQL from a rewritten tree: every identifier is quoted, and sqlglot converts nothing on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.generators.duckdb import DuckDBGenerator


class PlainDuckDB(DuckDB):
    """DuckDB with the defaults of PostgreSQL: subscripts are not shifted, and NULLs sort last."""

    INDEX_OFFSET = 0
    NULL_ORDERING = "nulls_are_last"

    class Generator(DuckDBGenerator):
        """sqlglot's generator without its own conversions of operators and functions."""

        MULTI_ARG_DISTINCT = True  # otherwise sqlglot writes count(distinct a, b) as a CASE
        TRANSFORMS: ClassVar[dict[type[exp.Expr], Callable[..., str]]] = {
            **DuckDBGenerator.TRANSFORMS,
            exp.DPipe: lambda self, node: self.binary(node, "||"),
            exp.Mod: lambda self, node: self.binary(node, "%"),
            exp.Div: lambda self, node: self.binary(node, "/"),
            exp.CurrentDate: lambda self, node: "cast(now() as date)",
            exp.CurrentTimestamp: lambda self, node: "now()",
            exp.Localtimestamp: lambda self, node: "cast(now() as timestamp)",
            exp.Parameter: lambda self, node: f"${node.name}",
            exp.WithinGroup: lambda self, node: (
                f"{self.sql(node, 'this')} within group ({self.sql(node, 'expression').strip()})"
            ),
        }


def write(node: exp.Expr) -> str:
    """Return the SQL of a statement."""
    # Names are quoted because the reserved words of DuckDB and PostgreSQL differ.
    return str(node.sql(dialect=PlainDuckDB, identify=True, comments=False, normalize_functions=False))
