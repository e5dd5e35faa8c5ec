"""Table macros for the CSV files in permissions/data: NAME.csv becomes the table macro NAME.

An empty field is NULL. A column with the name x[] contains lists, with spaces between the elements.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from iamsql.sqltext import identifier, literal

DATA = Path(__file__).parent.parent / "permissions" / "data"


def facts() -> Iterator[str]:
    """Yield the statement that creates each table macro, in the order of the names."""
    for entry in sorted(DATA.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".csv"):
            yield _macro(entry.name.removesuffix(".csv"), entry.read_text(encoding="utf-8"))


def _macro(name: str, text: str) -> str:
    """Return the statement for a CSV text; the first row has the names of the columns."""
    header, *rows = csv.reader(text.splitlines())
    columns = ", ".join(identifier(column.removesuffix("[]")) for column in header)
    values = ",\n".join(f"({', '.join(map(_value, header, row))})" for row in rows)
    return f"create or replace macro {name}() as table\nselect * from (values\n{values}\n) as facts({columns})"


def _value(column: str, field: str) -> str:
    """Return a field as an SQL literal."""
    if not field:
        return "null"
    return f"[{', '.join(map(literal, field.split()))}]" if column.endswith("[]") else literal(field)
