"""The expressions of postgres/*.csv have the recorded results of a PostgreSQL server, or are refused.

The column `here` is empty if the results are equal. `refused` means that iamsql or DuckDB raises an error. `lenient: …` is the
reason for a result where PostgreSQL has an error, `differs: …` the reason for another result.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest

from iamsql.model import IamsqlError
from tests.dialect.database import rows
from tests.dialect.record_postgres import FOLDER, query

FILES = sorted(FOLDER.glob("*.csv"))
Rows = list[list[str | None]]


def run(expression: str) -> Rows | str:
    """Return the rows of an expression as text, or the error message."""
    try:
        return [[None if cell is None else str(cell) for cell in row] for row in rows(query(expression))]
    except (IamsqlError, duckdb.Error) as error:
        return str(error)


def equal(left: str | None, right: str | None) -> bool:
    """Compare two cells: numbers by value, because NUMERIC without a precision is DOUBLE here; booleans in either spelling."""
    if left == right or {left, right} in ({"t", "True"}, {"f", "False"}):
        return True
    try:
        return (
            left is not None
            and right is not None
            and abs(float(left) - float(right)) <= 1e-12 * max(1, abs(float(left)))
        )
    except ValueError:
        return False


def same(left: Rows, right: Rows) -> bool:
    """Compare rows in their order."""
    return [len(row) for row in left] == [len(row) for row in right] and all(
        equal(*cells) for pair in zip(left, right, strict=True) for cells in zip(*pair, strict=True)
    )


def comparison(expression: str, recorded: str) -> str:
    """Compare the result with the recorded result: return agrees, refused, lenient or differs."""
    here = run(expression)
    if recorded.startswith("ERROR "):
        return "agrees" if isinstance(here, str) else "lenient"
    if isinstance(here, str):
        return "refused"
    return "agrees" if same(json.loads(recorded), here) else "differs"


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_expressions_have_the_results_of_postgresql(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as source:
        cases = list(csv.DictReader(source))
    comparisons = {case["expression"]: comparison(case["expression"], case["postgres"]) for case in cases}
    expected = {case["expression"]: case["here"].split(":")[0] or "agrees" for case in cases}
    assert comparisons == expected


def test_every_difference_has_a_reason() -> None:
    assert FILES
    for path in FILES:
        with path.open(encoding="utf-8", newline="") as source:
            noted = [case["here"] for case in csv.DictReader(source) if case["here"] not in ("", "refused")]
        assert all(note.split(": ")[0] in ("lenient", "differs") and len(note.split(": ")) > 1 for note in noted)
