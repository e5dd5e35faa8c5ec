"""Read DuckDB's SQL as a tree, and write DuckDB's SQL that does not depend on an arrow, which DuckDB may read as a lambda.

Subscripts in the tree begin with 1, as in DuckDB: an engine that begins with 0 must convert them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError, TokenError
from sqlglot.generators.duckdb import DuckDBGenerator
from sqlglot.parsers.duckdb import DuckDBParser

from iamsql.lake.engines.inline.errors import InlineError

MACRO_NAMES = {"INLINE"}  # of the run file, which sqlglot reads as functions of other engines


class MacroDuckDB(DuckDB):
    """DuckDB, without the shift of subscripts."""

    INDEX_OFFSET = 0

    class Parser(DuckDBParser):
        """sqlglot's parser, without functions that have the names of macros."""

        FUNCTIONS: ClassVar[dict[str, Callable[..., exp.Expr]]] = {
            name: build for name, build in DuckDBParser.FUNCTIONS.items() if name not in MACRO_NAMES
        }

    class Generator(DuckDBGenerator):
        """sqlglot's generator, which writes functions instead of arrows."""

        TRANSFORMS: ClassVar[dict[type[exp.Expr], Callable[..., str]]] = {
            **DuckDBGenerator.TRANSFORMS,
            exp.JSONExtract: lambda self, node: self.func("json_extract", node.this, node.expression),
            exp.JSONExtractScalar: lambda self, node: self.func("json_extract_string", node.this, node.expression),
        }


def parse_query(sql: str) -> exp.Expr:
    """Return the tree of one query. Raise InlineError if sqlglot cannot read it."""
    try:
        statements = MacroDuckDB().parse(sql)
    except (ParseError, TokenError) as error:
        raise InlineError(f"the SQL cannot be read: {str(error).splitlines()[0]}") from error
    queries = [statement for statement in statements if statement is not None]
    if len(queries) != 1 or not isinstance(queries[0], exp.Query | exp.Values):
        raise InlineError("not one query")
    _ignore_nulls_in_any_value(queries[0])
    return queries[0]


def parse_expression(sql: str) -> exp.Expr:
    """Return the tree of one expression."""
    tree = parse_query(f"select {sql}")
    if len(tree.expressions) != 1:
        raise InlineError("not one expression")
    expression: exp.Expr = tree.expressions[0]
    return expression.pop()


def _ignore_nulls_in_any_value(tree: exp.Expr) -> None:
    """Let any_value ignore NULLs, as in DuckDB. sqlglot says so of the function around any_value if that has an OVER."""
    for node in list(tree.find_all(exp.IgnoreNulls)):
        if not isinstance(node.this, (exp.AnyValue, *DuckDBGenerator.IGNORE_RESPECT_NULLS_WINDOW_FUNCTIONS)):
            node.replace(node.this)
    for value in list(tree.find_all(exp.AnyValue)):
        if not isinstance(value.parent, exp.IgnoreNulls):
            value.replace(exp.IgnoreNulls(this=value.copy()))


def to_duckdb_text(tree: exp.Expr) -> str:
    """Return the DuckDB SQL of a tree."""
    return str(tree.sql(dialect=MacroDuckDB, comments=False, normalize_functions=False))
