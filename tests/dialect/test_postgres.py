"""What PostgreSQL answered to each expression of postgres/*.csv is the answer here, or the expression is refused.

The column `here` is empty where both agree. `refused` means that iamsql or DuckDB stops with an error. `lenient: …` and
`differs: …` give the reason for an answer where PostgreSQL has an error, or another text of an equal value.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest

from iamsql.model import IamsqlError
from tests.dialect.bench import rows
from tests.dialect.record_postgres import FOLDER, query

FILES = sorted(FOLDER.glob("*.csv"))
Rows = list[list[str | None]]


def answered(expression: str) -> Rows | str:
    """Run an expression here: its rows as text, or the error."""
    try:
        return [[None if cell is None else str(cell) for cell in row] for row in rows(query(expression))]
    except (IamsqlError, duckdb.Error) as error:
        return str(error)


def equal(one: str | None, other: str | None) -> bool:
    """Compare two cells: numbers by value, since a NUMERIC without a size is a DOUBLE here; truth in either spelling."""
    if one == other or {one, other} in ({"t", "True"}, {"f", "False"}):
        return True
    try:
        return (
            one is not None and other is not None and abs(float(one) - float(other)) <= 1e-12 * max(1, abs(float(one)))
        )
    except ValueError:
        return False


def same(one: Rows, other: Rows) -> bool:
    """Compare rows in their order."""
    return [len(row) for row in one] == [len(row) for row in other] and all(
        equal(*cells) for pair in zip(one, other, strict=True) for cells in zip(*pair, strict=True)
    )


def verdict(expression: str, recorded: str) -> str:
    """Tell how the answer here stands to PostgreSQL's: agrees, refused, lenient or differs."""
    here = answered(expression)
    if recorded.startswith("ERROR "):
        return "agrees" if isinstance(here, str) else "lenient"
    if isinstance(here, str):
        return "refused"
    return "agrees" if same(json.loads(recorded), here) else "differs"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_expressions_give_what_postgresql_gave(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as source:
        cases = list(csv.DictReader(source))
    found = {case["expression"]: verdict(case["expression"], case["postgres"]) for case in cases}
    expected = {case["expression"]: case["here"].split(":")[0] or "agrees" for case in cases}
    assert found == expected


def test_every_difference_has_a_reason() -> None:
    assert FILES
    for path in FILES:
        with path.open(encoding="utf-8", newline="") as source:
            noted = [case["here"] for case in csv.DictReader(source) if case["here"] not in ("", "refused")]
        assert all(note.split(": ")[0] in ("lenient", "differs") and len(note.split(": ")) > 1 for note in noted)
