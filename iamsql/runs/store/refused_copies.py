"""Refuse COPY to a file that a statement may only read. DuckDB's settings give access to read and to write a file together.

DuckDB parses the SQL, because COPY can be a statement, follow EXPLAIN, or be in a WITH clause. No other statement of a reader
writes files, and DuckDB refuses COPY to the files of attached databases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from iamsql.runs.store.driver import duckdb

EXPLAIN_PATTERN = re.compile(r"\s*explain\s+(analyze\s+)?(\([\w\s,]*\)\s*)?", re.IGNORECASE)
# With the schema, because a macro of a run file with the same name would replace the function.
PARSE_SQL = "select system.main.json_serialize_sql($sql::varchar)"
COPY = "copy"


def require_copy_targets(connection: duckdb.DuckDBPyConnection, sql: str, is_writable: Callable[[str], bool]) -> None:
    """Raise duckdb.PermissionException if a statement copies to a file that is not writable.

    Statements with a syntax error pass, because they do not run.
    """
    if COPY not in sql.lower():
        return
    try:
        statements = connection.extract_statements(sql)
    except (duckdb.Error, ValueError):
        return
    for statement in statements:
        for target in _copy_targets(connection, statement):
            if target is None or not is_writable(target):
                name = "a file that is not a text in quotes" if target is None else target
                raise duckdb.PermissionException(
                    f"COPY cannot write {name}: it is not a file that this statement may write"
                )


def _copy_targets(connection: duckdb.DuckDBPyConnection, statement: duckdb.Statement) -> Iterator[str | None]:
    """Yield the file of each COPY of a statement; None for a file that is not a literal, and for SQL that is not understood."""
    statement_type: object = statement.type
    text = statement.query
    if statement_type == duckdb.StatementType.EXPLAIN and COPY in text.lower():
        text = text[match.end() :] if (match := EXPLAIN_PATTERN.match(text)) else text
        statement_type = _statement_type(connection, text)
    if COPY not in text.lower():
        return
    if statement_type == duckdb.StatementType.COPY:
        # DuckDB returns the parts of a SELECT only. COPY can be a part of one.
        text = f"with copied as (\n{text.rstrip().rstrip(';')}\n) select 1"
    elif statement_type != duckdb.StatementType.SELECT:
        if _has_word(text):
            yield None
        return
    try:
        ((parsed,),) = connection.execute(PARSE_SQL, {"sql": text}).fetchall()
        tree = json.loads(parsed)
    except (duckdb.Error, ValueError, RecursionError):
        tree = {"error": True}
    if not tree["error"]:
        yield from _targets_in_tree(tree)
    elif _has_word(text):  # DuckDB cannot return the parts of some statements, such as PIVOT
        yield None


def _statement_type(connection: duckdb.DuckDBPyConnection, text: str) -> object:
    """Return the type of a statement; None for other text."""
    try:
        statements = connection.extract_statements(text)
        return statements[0].type if len(statements) == 1 else None
    except (duckdb.Error, ValueError):
        return None


def _targets_in_tree(node: Any) -> Iterator[str | None]:
    """Yield the file of each COPY … TO in a tree of DuckDB's parser."""
    pending = [node]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if value.get("info_type") == "COPY_INFO":
                yield None if value.get("file_path_expression") is not None else value.get("file_path")
            elif value.get("type") == "COPY_QUERY_NODE" and "info" not in value:
                yield None
            pending += value.values()
        elif isinstance(value, list):
            pending += value


def _has_word(text: str) -> bool:
    """Return whether COPY is a word of SQL, outside strings, comments and quoted names."""
    content = text.encode()
    tokens = [*duckdb.tokenize(text), (len(content), None)]
    tokens_as_words = (content[start:end].split() for (start, _), (end, _) in pairwise(tokens))
    return any(word and word[0].lower() == COPY.encode() for word in tokens_as_words)
