"""Write DuckDB's SQL from what the rewrites left: everything is quoted, nothing is rewritten once more on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.generators.duckdb import DuckDBGenerator


class Plain(DuckDB):
    """DuckDB as it is written here: indexes as they stand, places of NULLs said where DuckDB has others."""

    INDEX_OFFSET = 0
    NULL_ORDERING = "nulls_are_last"

    class Generator(DuckDBGenerator):
        """sqlglot's writer without the conveniences that change what a call means."""

        MULTI_ARG_DISTINCT = True
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
    """Write a statement."""
    return str(node.sql(dialect=Plain, identify=True, comments=False, normalize_functions=False))
