"""Each report lists the columns that a terminal shows; they exist, and all of them fit on a terminal of 100 columns."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from pathlib import Path

import pytest

from iamsql.catalog import load, shipped_folder
from iamsql.model import Query, Result
from iamsql.model.layout import DisplayOptions
from iamsql.render.terminal.rows import write_rows
from iamsql.render.terminal.style import Style
from tests.queries.test_queries import EXPECTED, VARIES

REPORTS = [versions[-1] for versions in load([shipped_folder()]).values() if versions[-1].kind == "report"]
WIDTH = 100
LEFT_OUT = re.compile(r"\d+ more columns?: .*")


def rows_of(query: Query) -> Result:
    """Return the expected rows of a report, with times as DuckDB returns them."""
    with Path(EXPECTED / f"{query.macro}.csv").open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    return Result(tuple(names), [tuple(map(_value, row)) for row in rows])


def _value(text: str) -> object:
    if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00", text):
        return datetime.fromisoformat(text)
    return text or None


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_report_lists_columns_that_fit_a_terminal(report: Query) -> None:
    result = rows_of(report)
    columns = [name for name in report.columns if name not in VARIES]
    assert columns and set(columns) <= {*result.columns, "account"}
    stream = io.StringIO()
    write_rows(result, stream, Style(WIDTH), DisplayOptions(tuple(columns), report.layout))
    assert max(map(len, stream.getvalue().splitlines())) <= WIDTH


def test_columns_that_do_not_fit_are_found() -> None:
    wide = Result(("first", *(f"column_{number}" for number in range(20))), [("a",) * 21, ("b" * 20,) * 21])
    stream = io.StringIO()
    write_rows(wide, stream, Style(WIDTH))
    assert any(LEFT_OUT.fullmatch(line) for line in stream.getvalue().splitlines())
