"""Each CSV file of facts is a table macro with the same rows in the same order, and states its source and date."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from iamsql.schema import run_macros
from iamsql.schema.facts import DATA, ORIGIN, read_facts

NAMES = sorted(path.stem for path in DATA.iterdir())


def fields(value: object) -> str:
    """Return a value of the macro as the CSV file has it."""
    return " ".join(value) if isinstance(value, list) else "" if value is None else str(value)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_a_macro_with_its_rows(name: str) -> None:
    file = read_facts(DATA / f"{name}.csv")
    with duckdb.connect() as con:
        con.execute(run_macros.macro_texts()[name])
        cursor = con.execute(f"from {name}()")
        columns = [(column[0], str(column[1])) for column in cursor.description or ()]
        assert [list(map(fields, row)) for row in cursor.fetchall()] == file.rows
    assert columns == [
        (name.removesuffix("[]"), "VARCHAR[]" if name.endswith("[]") else "VARCHAR") for name in file.header
    ]


def test_each_file_states_its_source_and_date() -> None:
    with duckdb.connect() as con:
        con.execute(run_macros.macro_texts()["iam_fact_sources"])
        rows = con.execute(f"select name, {', '.join(ORIGIN)} from iam_fact_sources()").fetchall()
    assert [row[0] for row in rows] == NAMES
    assert [row for row in rows if not all(row)] == []
    assert [row for row in rows if not date(2026, 1, 1) <= date.fromisoformat(row[3])] == []
