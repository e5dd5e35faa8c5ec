"""What can be asked of a table, made from its declaration, and which shipped queries and tables stand on each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from iamsql import catalog
from iamsql.catalog.lexer import tokens
from iamsql.model import Column, Query, Table, View
from iamsql.schema.compiler import columns, texts
from iamsql.schema.registry import all_tables

SHOWN = 4  # columns of an example
NAME = re.compile(r"(?:\b(raw|iamsql)\s*\.\s*)?\b(\w+)")


def examples(relation: Table | View) -> list[str]:
    """Give three statements, each one line, that work on every run: a look, a count, and what only this table can be asked."""
    every = columns(relation)
    shown = ", ".join(f'"{one.name}"' if one.name == "partition" else one.name for one in _telling(relation, every))
    account = next((one.name for one in every if one.name == "account_id"), relation.key[0])
    return [
        f"select {shown} from {relation.name} order by all limit 10",
        f"select {account}, count(*) as rows from {relation.name} group by all order by rows desc",
        _own(relation, every, shown),
    ]


def _telling(relation: Table | View, every: Sequence[Column]) -> list[Column]:
    """Choose the columns that say which row it is, then the first that say what it is like."""
    keys = [one for one in every if one.name in relation.key]
    others = [
        one for one in relation.columns if one not in keys and one.type in ("text", "timestamptz", "boolean", "bigint")
    ]
    return (keys + others)[: max(SHOWN, len(keys))]


def _own(relation: Table | View, every: Sequence[Column], shown: str) -> str:
    """Ask of its first time, list, yes or no, or text, whichever it has first."""
    of_type = {kind: one.name for one in reversed(relation.columns) for kind in [one.type] if one.name != "_ctx"}
    if time := of_type.get("timestamptz"):
        also = "" if time in shown.split(", ") else f", {time}"
        return (
            f"select {shown}{also} from {relation.name} where {time} > as_of() - interval 90 days order by {time} desc"
        )
    if value := of_type.get("json"):
        return f"select {shown}, {value} from {relation.name} where {value} is not null"
    if truth := of_type.get("boolean"):
        return f"select {shown} from {relation.name} where {truth}"
    return f"summarize {relation.name}"


@cache
def shipped() -> dict[str, Query]:
    """Map each shipped query's macro to the query, older versions too."""
    shelf = catalog.load([catalog.shipped_folder()])
    return {query.macro: query for versions in shelf.values() for query in versions}


@cache
def reads(macro: str) -> tuple[str, ...]:
    """Name the tables that a shipped query reads, by itself or through other macros; those of iamsql with their schema."""
    bodies = {name: query.sql for name, query in shipped().items()} | texts()
    found: dict[str, None] = {}
    sql = _code(bodies[macro].lower())
    for schema, word in NAME.findall(sql):
        if schema:
            found[f"{schema}.{word}"] = None
        elif word in all_tables():
            found[word] = None
        elif word in bodies and word != macro and re.search(rf"\b{word}\s*\(", sql):
            found |= dict.fromkeys(reads(word))
    return tuple(sorted(found))


def readers(table: str) -> list[Query]:
    """List the newest versions of the shipped queries that read a table."""
    return [query for macro, query in shipped().items() if query.latest and table in reads(macro)]


def _code(sql: str) -> str:
    """Blank the comments and literals of a statement; quoted names stay."""
    for token in reversed(tokens(sql)):
        if token.kind == "comment" or (token.kind == "text" and sql[token.start] != '"'):
            sql = f"{sql[: token.start]} {sql[token.stop :]}"
    return sql
