"""Check the SQL of a query: DuckDB binds it against the template of run files, which has every table and macro, and no rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from iamsql.catalog.params import did_you_mean, sql_type
from iamsql.catalog.remediation import PARTITION_PLACEHOLDER, placeholders
from iamsql.check.detections import FINDING_COLUMNS
from iamsql.check.lint.determinism import clock_functions, unordered_concatenations
from iamsql.check.lint.findings import Finding, one_line_message
from iamsql.check.lint.parsed import find_mistakes
from iamsql.check.results import FIRST_COLUMNS
from iamsql.model import IamsqlError, Query
from iamsql.query.errors import explained_errors
from iamsql.query.translate import to_duckdb
from iamsql.runs.file.template import template
from iamsql.runs.store.reader import Reader, open_run
from iamsql.tables.compiler import compiler
from iamsql.version import __version__

FIRST_COLUMNS_BY_KIND = {
    "control": FIRST_COLUMNS,
    "detection": FINDING_COLUMNS,
}  # the columns with which the rows of `check` begin
ACCOUNT_COLUMN = "account"  # stands for account_name and account_id in `-- columns:`
# A value of each type of parameters: the types of expressions with a parameter depend on the type of the value.
VALUES_BY_TYPE: dict[str, Any] = {
    "integer": 1, "double": 1.0, "text": "", "boolean": True, "date": date(2026, 1, 1),
    "timestamp": datetime(2026, 1, 1), "text[]": [""], "json": "{}",
}  # fmt: skip
MARKED_LINE_PATTERN = re.compile(r"\nLINE (?P<line>\d+): (?P<text>.*)\n(?P<mark> *)\^")
RULE_PATTERNS = {
    "table": re.compile(r"^There is no table (?!function)|has no table |is a query, not a table"),
    "column": re.compile(r"^There is no column |Referenced column |does not have a column named"),
    "function": re.compile(r"^There is no (?:table )?function |Function with name |Macro \S+ does not support"),
    "syntax": re.compile(r"^Parser Error"),
}
NOT_REPEATABLE_RULES = {
    "clock": (clock_functions, "{} reads the clock; use as_of(), the start of the run"),
    "order": (unordered_concatenations, "{} has no ORDER BY, so its values may come in another order"),
}
UNKNOWN_FUNCTION_PATTERN = re.compile(
    r"^Catalog Error: (?P<kind>\w+) Function with name \"?(?P<name>[^\s\"]+)\"? does not exist!"
)
DID_YOU_MEAN_PATTERN = re.compile(r"Did you mean \"(?P<name>[^\"]+)\"")


class Position(NamedTuple):
    """A line and a column of a file, from 1."""

    line: int
    column: int


@contextmanager
def template_reader() -> Iterator[Reader]:
    """Yield a reader of the template that explains unknown names as it does for a run of this version."""
    with open_run(template()) as reader:
        reader.metadata = replace(
            reader.metadata, run_id="template", iamsql_version=__version__, schema_fingerprint=compiler.fingerprint()
        )
        yield reader


def check_sql(reader: Reader, query: Query) -> list[Finding]:
    """Return the findings about the SQL of a query, and about the columns that its front matter and `check` need."""
    findings = [
        Finding(query.path, *_position_of_offset(query.sql, offset), rule, message.format(name))
        for rule, (function, message) in NOT_REPEATABLE_RULES.items()
        for name, offset in function(query.sql)
    ]
    start = Position(_first_line(query.sql), 1)
    try:
        columns = _query_columns(reader, query)
    except IamsqlError as error:
        return [*findings, _finding_from_error(query, str(error), start)]
    if columns is None:  # not a SELECT
        return findings
    findings += _mistake_findings(reader, query, start)
    return [
        *findings,
        *(Finding(query.path, *start, "column", message) for message in _missing_column_messages(query, columns)),
    ]


def _mistake_findings(reader: Reader, query: Query, start: Position) -> Iterator[Finding]:
    """Yield a finding for each mistake in the parsed SQL. The positions in translated SQL are not those in the file."""
    for rule, message, offset in find_mistakes(reader, to_duckdb(reader, query, query.sql).sql):
        position = _position_of_offset(query.sql, offset) if query.dialect == "duckdb" else start
        yield Finding(query.path, *position, rule, message)


def _query_columns(reader: Reader, query: Query) -> tuple[str, ...] | None:
    """Return the columns of a query that is one SELECT; None for another statement, which DuckDB only parses and binds."""
    values = {
        param.name: VALUES_BY_TYPE[sql_type(param.type)] if param.default is None else param.default
        for param in query.params
    }
    sql = to_duckdb(reader, query, query.sql).sql
    is_select = reader.is_select(sql)
    # In the line of the front matter, so the positions in errors are those in the file.
    with explained_errors(reader, sql):
        rows = reader.run(f"{'describe' if is_select else 'explain'} {sql}", values).rows
    return tuple(str(row[0]) for row in rows) if is_select else None


def _missing_column_messages(query: Query, columns: tuple[str, ...]) -> Iterator[str]:
    """Yield a message for each column that is missing."""
    first_columns = FIRST_COLUMNS_BY_KIND.get(query.kind, ())
    if columns[: len(first_columns)] != first_columns:
        yield f"the first columns of a {query.kind} must be {', '.join(first_columns)}"
    names = {*columns, *(param.name for param in query.params)}
    yield from _unknown_column_messages("columns", query.columns, {*columns, ACCOUNT_COLUMN})
    yield from _unknown_column_messages("layout", query.layout.columns, {*columns, ACCOUNT_COLUMN})
    yield from _unknown_column_messages(
        "remediation", sorted(placeholders(query.fixes) - {PARTITION_PLACEHOLDER}), names
    )


def _unknown_column_messages(key: str, names: Collection[str], valid_names: Collection[str]) -> Iterator[str]:
    for name in names:
        if name not in valid_names:
            yield f"{key}: the query has no column {name}{did_you_mean(name, valid_names)}"


def _finding_from_error(query: Query, error: str, start: Position) -> Finding:
    """Return the finding of an error of DuckDB or of the translation, at its position in the file."""
    marked_line = MARKED_LINE_PATTERN.search(error)
    message = error[: marked_line.start()] if marked_line else error
    # The positions in translated SQL are not those in the file.
    position = _marked_position(query.sql, marked_line) if marked_line and query.dialect == "duckdb" else start
    if unknown := UNKNOWN_FUNCTION_PATTERN.match(message):
        near = DID_YOU_MEAN_PATTERN.search(message)
        function_type = "table function" if unknown["kind"] == "Table" else "function"
        message = f"There is no {function_type} {unknown['name']}" + (f"; did you mean {near['name']}?" if near else "")
    message = message.removeprefix(f"{query.path}:").strip()
    rule = next((name for name, pattern in RULE_PATTERNS.items() if pattern.search(message)), "sql")
    lines = message.splitlines() if rule == "function" else message.splitlines()[:1]
    text = re.sub(r"^(?:Binder|Catalog|Parser) Error: ", "", " ".join(lines))
    return Finding(query.path, *position, rule, one_line_message(text))


def _marked_position(sql: str, marked_line: re.Match[str]) -> Position:
    """Return the position of DuckDB's marker. DuckDB shows a part of a long line, with `...` where it is cut."""
    line = int(marked_line["line"])
    offset = len(marked_line["mark"]) - len(f"LINE {line}: ")
    lines, text = sql.split("\n"), marked_line["text"]
    if text.startswith("...") and line <= len(lines):
        offset += max(lines[line - 1].find(text.removeprefix("...").removesuffix("...")), 0) - len("...")
    return Position(line, max(offset, 0) + 1)


def _position_of_offset(sql: str, offset: int) -> Position:
    return Position(sql.count("\n", 0, offset) + 1, offset - sql.rfind("\n", 0, offset))


def _first_line(sql: str) -> int:
    """Return the line of the first SQL, after the front matter."""
    return sql.count("\n", 0, len(sql) - len(sql.lstrip())) + 1
