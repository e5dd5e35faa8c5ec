"""Each CSV file of facts is a table macro with the same rows in the same order."""

from __future__ import annotations

import csv
from importlib.resources import files

import duckdb
import pytest

from iamsql.schema import run_macros

DATA = sorted(entry.name for entry in (files("iamsql") / "permissions" / "data").iterdir())


def fields(value: object) -> str:
    """Return a value of the macro as the CSV file has it."""
    return " ".join(value) if isinstance(value, list) else "" if value is None else str(value)


@pytest.mark.parametrize("name", DATA)
def test_a_file_is_a_macro_with_its_rows(name: str) -> None:
    header, *rows = csv.reader(
        (files("iamsql") / "permissions" / "data" / name).read_text(encoding="utf-8").splitlines()
    )
    with duckdb.connect() as con:
        con.execute(run_macros.macro_texts()[name.removesuffix(".csv")])
        cursor = con.execute(f"from {name.removesuffix('.csv')}()")
        columns = [(column[0], str(column[1])) for column in cursor.description or ()]
        assert [list(map(fields, row)) for row in cursor.fetchall()] == rows
    assert columns == [(name.removesuffix("[]"), "VARCHAR[]" if name.endswith("[]") else "VARCHAR") for name in header]
