"""The columns of a query with their descriptions, and rows of its answer over the sample organization.

The columns come from DESCRIBE in the template of run files, the rows from the recorded answers of the tests. The pages
therefore need no sync and are the same on every machine.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import fragments

from iamsql.check.detections import FINDING_COLUMNS
from iamsql.check.results import FIRST_COLUMNS
from iamsql.model import Query
from iamsql.query.listing import columns as table_columns
from iamsql.query.listing.examples import tables_read
from iamsql.runs.file.template import template
from iamsql.runs.store.sandbox import connect
from iamsql.tables.registry import all_tables

ROOT = Path(__file__).parent.parent
RECORDED = (ROOT / "tests" / "queries" / "expected", ROOT / "tests" / "controls" / "expected")
STANDARD = {"control": FIRST_COLUMNS, "detection": FINDING_COLUMNS, "report": ()}
SHOWN_ROWS, SHOWN_COLUMNS, CELL = 4, 7, 56
# The columns that a page shows of a control and of a detection. For a report, `_informative` selects them.
CHOSEN = {
    "control": ("status", "account_name", "resource", "reason"),
    "detection": ("event_time", "account_id", "actor", "target", "detail"),
}
# Columns with the same value in every row, or of no use on a page.
NOT_SHOWN = {"as_of", "event_id", "report_time", "last_used_as_of", "window_start", "window_end", "user_agent", "email"}


class Column(NamedTuple):
    """A column of a query: its name, its DuckDB type in lower case, and its description or ''."""

    name: str
    type: str
    meaning: str


class Answer(NamedTuple):
    """The rows of a recorded answer that a page shows, the names of their columns, and the number of all rows."""

    columns: tuple[str, ...]
    rows: list[tuple[str | None, ...]]
    total: int


@cache
def described() -> dict[str, dict[str, str]]:
    """Return docs/columns.toml: for each query and kind of query, the descriptions by column."""
    text = Path(__file__).with_name("columns.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = tomllib.loads(text)
    return found


def columns(query: Query, names_and_types: list[tuple[str, str]]) -> list[Column]:
    """Return the columns of a query, described in columns.toml, otherwise by the tables that the query reads."""
    sections = [described().get(section, {}) for section in (query.name, query.kind, "columns")]
    tables = [table for table in tables_read(query.macro) if table in all_tables()]
    sections += [{name: about for name, _, about in table_columns(table).rows} for table in tables]
    return [
        Column(name, _type(type_), next((section[name] for section in sections if name in section), ""))
        for name, type_ in names_and_types
    ]


def _type(name: str) -> str:
    return name.lower().replace("timestamp with time zone", "timestamptz")


def signatures(queries: list[Query]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the name of each query with the names and types of the columns that its macro returns."""
    connection = connect(template(), disabled=["projection_pullup"])
    try:
        for query in queries:
            values = ", ".join(f"{param.name} := null" for param in query.params if param.required)
            rows = connection.execute(f"describe from {query.macro}({values})").fetchall()
            yield query.name, [(row[0], row[1]) for row in rows]
    finally:
        connection.close()


def recorded(query: Query) -> list[dict[str, str]] | None:
    """Return the recorded answer of a query, a dict for each row; None where none is recorded."""
    path = next((path for folder in RECORDED if (path := folder / f"{query.macro}.csv").is_file()), None)
    if path is None:
        return None
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def answer(query: Query) -> Answer | None:
    """Return the rows of the recorded answer that a page shows; None where no answer is recorded."""
    rows = recorded(query)
    if rows is None:
        return None
    sample = _sample_rows(query, rows)
    names = CHOSEN.get(query.kind) or _informative(sample)
    return Answer(names, [tuple(cell(row.get(name)) for name in names) for row in sample], len(rows))


def _sample_rows(query: Query, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows to show in their order: a row of each status of a control, and rows without control characters first."""
    printable = sorted(range(len(rows)), key=lambda index: not "".join(rows[index].values()).isprintable())
    by_status = {rows[index].get("status"): index for index in reversed(printable)} if query.kind == "control" else {}
    indexes = list(dict.fromkeys([*by_status.values(), *printable]))
    return [rows[index] for index in sorted(indexes[:SHOWN_ROWS])]


def _informative(rows: list[dict[str, str]]) -> tuple[str, ...]:
    """Return the first columns of a report that have values, without account IDs if the rows have account names."""
    names = list(rows[0]) if rows else []
    filled = [name for name in names if name not in NOT_SHOWN and any(row[name] for row in rows)]
    if "account_name" in filled and "account_id" in filled:
        filled.remove("account_id")
    return tuple(filled[:SHOWN_COLUMNS])


def cell(text: str | None) -> str | None:
    """Shorten a cell and remove the UTC offset. Return None for an empty cell: CSV does not distinguish NULL from ''."""
    return fragments.shortened(text.removesuffix("+00:00"), CELL) if text else None
