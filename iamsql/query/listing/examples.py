"""Example statements for a table, generated from its declaration, and which shipped queries read which tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from iamsql import catalog
from iamsql.catalog.lexer import tokens
from iamsql.model import Column, Query, Table, View
from iamsql.tables.compiler.compiler import columns
from iamsql.tables.compiler.run_macros import macro_texts
from iamsql.tables.registry import all_tables

MAX_SHOWN = 4  # columns in an example
QUALIFIED_NAME_PATTERN = re.compile(r"(?:\b(raw|iamsql)\s*\.\s*)?\b(\w+)")


def examples(relation: Table | View) -> list[str]:
    """Return three statements that work on every run: rows, a count by account, and a statement specific to the table.

    A table without accounts is counted by its first key column.
    """
    all_columns = columns(relation)
    # PARTITION is a keyword of SQL, so the column is quoted.
    column_list = ", ".join(
        f'"{column.name}"' if column.name == "partition" else column.name
        for column in _informative_columns(relation, all_columns)
    )
    account = next((column.name for column in all_columns if column.name == "account_id"), relation.key[0])
    return [
        f"select {column_list} from {relation.name} order by all limit 10",
        f"select {account}, count(*) as rows from {relation.name} group by all order by rows desc",
        _specific_statement(relation, all_columns, column_list),
    ]


def _informative_columns(relation: Table | View, all_columns: Sequence[Column]) -> list[Column]:
    """Return the key columns, then the first columns of other simple types."""
    keys = [column for column in all_columns if column.name in relation.key]
    others = [
        column
        for column in relation.columns
        if column not in keys and column.type in ("text", "timestamptz", "boolean", "bigint")
    ]
    return (keys + others)[: max(MAX_SHOWN, len(keys))]


def _specific_statement(relation: Table | View, all_columns: Sequence[Column], column_list: str) -> str:
    """Return a statement over the first time, JSON or boolean column, or a summary."""
    column_by_type = {
        column_type: column.name
        for column in reversed(relation.columns)
        for column_type in [column.type]
        if column.name != "_ctx"
    }
    if time := column_by_type.get("timestamptz"):
        time_column = "" if time in column_list.split(", ") else f", {time}"
        condition = f"{time} > as_of() - interval 90 days"
        return f"select {column_list}{time_column} from {relation.name} where {condition} order by {time} desc"
    if json_column := column_by_type.get("json"):
        return f"select {column_list}, {json_column} from {relation.name} where {json_column} is not null"
    if boolean_column := column_by_type.get("boolean"):
        return f"select {column_list} from {relation.name} where {boolean_column}"
    return f"summarize {relation.name}"


@cache
def shipped_queries() -> dict[str, Query]:
    """Map the macro name of each shipped query version to the query."""
    queries = catalog.load([catalog.shipped_folder()])
    return {query.macro: query for versions in queries.values() for query in versions}


@cache
def tables_read(macro: str) -> tuple[str, ...]:
    """Return the tables that a shipped query reads, directly or through macros; tables of schema iamsql are qualified."""
    bodies = {name: query.sql for name, query in shipped_queries().items()} | macro_texts()
    tables: dict[str, None] = {}
    sql = _blank_comments_and_strings(bodies[macro].lower())
    for schema, word in QUALIFIED_NAME_PATTERN.findall(sql):
        if schema:
            tables[f"{schema}.{word}"] = None
        elif word in all_tables():
            tables[word] = None
        # A query can have the name of a column: only a name with a parenthesis is a call.
        elif word in bodies and word != macro and re.search(rf"\b{word}\s*\(", sql):
            tables |= dict.fromkeys(tables_read(word))
    return tuple(sorted(tables))


def queries_reading(table: str) -> list[Query]:
    """Return the newest versions of the shipped queries that read a table."""
    return [query for macro, query in shipped_queries().items() if query.latest and table in tables_read(macro)]


def _blank_comments_and_strings(sql: str) -> str:
    """Replace the comments and string literals of a statement with spaces. Quoted identifiers stay."""
    for token in reversed(tokens(sql)):
        if token.type == "comment" or (token.type == "text" and sql[token.start] != '"'):
            sql = f"{sql[: token.start]} {sql[token.stop :]}"
    return sql
