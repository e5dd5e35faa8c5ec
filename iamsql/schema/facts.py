"""Table macros for the CSV files in permissions/data: NAME.csv becomes the table macro NAME.

Facts about AWS change. Each file begins with comment lines that state where its rows come from and when they were true:

    # about: The IAM actions that the API reference marks "Cross-account use: No".
    # source: botocore's service models
    # date: 2026-12-01
    # rebuild: make facts

`rebuild` is `make facts`, or says what a person has to read to check the rows. The table macro iam_fact_sources has a row for each
file. An empty field is NULL. A column with the name x[] contains lists, with spaces between the elements.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from iamsql.sqltext import identifier, literal

DATA = Path(__file__).parent.parent / "permissions" / "data"
ORIGIN = ("about", "source", "date", "rebuild")


@dataclass(frozen=True)
class Facts:
    """A file of facts: its comment lines as a mapping, the names of its columns, and its rows."""

    name: str
    origin: dict[str, str]
    header: list[str]
    rows: list[list[str]]

    def records(self) -> list[dict[str, str]]:
        """Return each row as a mapping of column names to fields."""
        return [dict(zip(self.header, row, strict=True)) for row in self.rows]


def read_facts(path: Path) -> Facts:
    """Read a file of facts."""
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = list(takewhile(lambda line: line.startswith("# "), lines))
    origin = dict(comment.removeprefix("# ").split(": ", 1) for comment in comments)
    header, *rows = csv.reader(lines[len(comments) :])
    return Facts(path.stem, origin, header, rows)


def facts() -> Iterator[str]:
    """Yield the statement that creates each table macro, in the order of the names."""
    files = [read_facts(path) for path in sorted(DATA.glob("*.csv"))]
    yield from map(_macro, files)
    origins = [[file.name, *map(file.origin.__getitem__, ORIGIN)] for file in files]
    yield _macro(Facts("iam_fact_sources", {}, ["name", *ORIGIN], origins))


def _macro(file: Facts) -> str:
    """Return the statement that creates the table macro of a file."""
    name, header, rows = file.name, file.header, file.rows
    columns = ", ".join(identifier(column.removesuffix("[]")) for column in header)
    values = ",\n".join(f"({', '.join(map(_value, header, row))})" for row in rows)
    return f"create or replace macro {name}() as table\nselect * from (values\n{values}\n) as facts({columns})"


def _value(column: str, field: str) -> str:
    """Return a field as an SQL literal."""
    if not field:
        return "null"
    return f"[{', '.join(map(literal, field.split()))}]" if column.endswith("[]") else literal(field)
