"""What a query returns: its columns with their meaning, and rows of its answer over the sample organization.

The columns come from DuckDB's DESCRIBE over the empty template of run files, the rows from the recorded answers that the
tests compare with, so that the pages are the same on every machine and need no sync.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import fragments

from iamsql.describe import columns as table_columns
from iamsql.describe.examples import tables_read
from iamsql.model import Query
from iamsql.runfile.template import plan_file
from iamsql.schema.registry import all_tables
from iamsql.store.connection import connect

ROOT = Path(__file__).parent.parent
RECORDED = (ROOT / "tests" / "queries" / "expected", ROOT / "tests" / "controls" / "expected")
CONTROL = ("resource", "status", "reason", "account_id", "region")
FINDING = (
    "event_time",
    "account_id",
    "region",
    "actor",
    "source_ip",
    "event_name",
    "target",
    "detail",
    "event_id",
)
STANDARD = {"control": CONTROL, "detection": FINDING, "report": ()}
SHOWN_ROWS, SHOWN_COLUMNS, CELL = 5, 7, 56
# Columns of a control and of a detection that are shown; a report shows the first columns that differ from row to row.
CHOSEN = {
    "control": ("status", "account_name", "resource", "reason"),
    "detection": ("event_time", "account_id", "actor", "target", "detail"),
}
# The same in every row, or of no use on a page.
NOT_SHOWN = {"as_of", "event_id", "report_time", "last_used_as_of", "window_start", "window_end", "user_agent", "email"}


class Column(NamedTuple):
    """A column of a query: its name, its DuckDB type in small letters, and its meaning or ''."""

    name: str
    type: str
    meaning: str


class Answer(NamedTuple):
    """Rows of a recorded answer, the names of the columns shown, and how many rows the answer has."""

    columns: tuple[str, ...]
    rows: list[tuple[str | None, ...]]
    total: int


@cache
def described() -> dict[str, dict[str, str]]:
    """Return docs/columns.toml: a table of meanings by column for each query and each kind of query."""
    text = Path(__file__).with_name("columns.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = tomllib.loads(text)
    return found


def columns(query: Query, names_and_types: list[tuple[str, str]]) -> list[Column]:
    """Describe the columns of a query, by columns.toml or else by the columns of the tables that the query reads."""
    sections = [described().get(section, {}) for section in (query.name, query.kind, "columns")]
    tables = [table for table in tables_read(query.macro) if table in all_tables()]
    sections += [{name: about for name, _, about in table_columns(table).rows} for table in tables]
    return [
        Column(name, _type(kind), next((section[name] for section in sections if name in section), ""))
        for name, kind in names_and_types
    ]


def _type(name: str) -> str:
    return name.lower().replace("timestamp with time zone", "timestamptz")


def signatures(queries: list[Query]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the name of each query with the names and types of the columns that its macro returns."""
    connection = connect(plan_file(), disabled=lambda name: name == "projection_pullup")
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
    chosen = _chosen(query, rows)
    names = CHOSEN.get(query.kind) or _varying(chosen)
    return Answer(names, [tuple(cell(row.get(name)) for name in names) for row in chosen], len(rows))


def _chosen(query: Query, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Choose the rows to show, in their order: of a control one of each status first; hostile names last."""
    plain = sorted(range(len(rows)), key=lambda place: not "".join(rows[place].values()).isprintable())
    first = {rows[place].get("status"): place for place in reversed(plain)} if query.kind == "control" else {}
    places = list(dict.fromkeys([*first.values(), *plain]))
    return [rows[place] for place in sorted(places[:SHOWN_ROWS])]


def _varying(rows: list[dict[str, str]]) -> tuple[str, ...]:
    """Choose the columns of a report: the first that are filled, without ids that a name stands for."""
    names = list(rows[0]) if rows else []
    filled = [name for name in names if name not in NOT_SHOWN and any(row[name] for row in rows)]
    if "account_name" in filled and "account_id" in filled:
        filled.remove("account_id")
    return tuple(filled[:SHOWN_COLUMNS])


def cell(text: str | None) -> str | None:
    """Shorten a cell and drop the offset of UTC; an empty one stays empty, as CSV does not tell NULL from the empty text."""
    return fragments.shortened(text.removesuffix("+00:00"), CELL) if text else None
