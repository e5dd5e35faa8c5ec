"""The kind and the columns of a chart, by the types of a result."""

from __future__ import annotations

import pytest

from iamsql.model import IamsqlError, Result
from iamsql.report.charts.columns import Columns, choose

TYPES = {
    "text": "VARCHAR",
    "time": "TIMESTAMP WITH TIME ZONE",
    "day": "DATE",
    "count": "BIGINT",
    "share": "DECIMAL(9,2)",
    "data": "JSON",
}


def result(*columns: str, rows: int = 0) -> Result:
    """Return a result whose columns are named like their types; every row has another value in every column."""
    kinds = tuple(TYPES.get(column.rstrip("12"), "VARCHAR") for column in columns)
    return Result(columns, [(number,) * len(columns) for number in range(rows)], kinds)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("text1", "text2", "count1", "count2"), Columns("bar", (0,), (2,))),
        (("count", "text"), Columns("bar", (1,), (0,))),
        (("text", "time", "count"), Columns("bar", (0,), (2,))),
        (("time", "text", "count"), Columns("line", (0,), (2,))),
        (("day", "count", "share", "data"), Columns("line", (0,), (1, 2))),
        (("count", "share"), Columns("hist", (), (0,))),
        (("data", "text"), Columns("bar", (1,), ())),
        (("account_id", "account_name", "count"), Columns("bar", (1, 0), (2,))),
        (("account_id", "count"), Columns("bar", (0,), (1,))),
    ],
)
def test_without_options_the_types_decide(columns: tuple[str, ...], expected: Columns) -> None:
    assert choose(result(*columns, rows=2)) == expected


def test_options_name_the_columns() -> None:
    rows = result("text1", "text2", "time", "count1", "count2")
    assert choose(rows, "bar", "text2", ["count2"]) == Columns("bar", (1,), (4,))
    assert choose(rows, "bar", "TEXT2") == Columns("bar", (1,), (3,))
    assert choose(rows, "line") == Columns("line", (2,), (3, 4))
    assert choose(rows, "", "time") == Columns("line", (2,), (3, 4))
    assert choose(rows, "hist") == Columns("hist", (), (3,))
    assert choose(rows, "hist", "count2") == choose(rows, "hist", "", ["count2"]) == Columns("hist", (), (4,))


def test_rows_are_counted_where_a_sum_can_be_meaningless() -> None:
    repeated = Result(("name", "age"), [("a", 5), ("a", 7)], ("VARCHAR", "BIGINT"))
    assert choose(repeated, "bar") == Columns("bar", (0,), ())
    assert choose(repeated, "bar", "", ["age"]) == Columns("bar", (0,), (1,))


@pytest.mark.parametrize(
    ("kind", "x", "y", "message"),
    [
        (
            "bar",
            "tex1",
            [],
            "X: no column 'tex1' in the result; did you mean text1? (columns are text1, time, count1, count2)",
        ),
        ("bar", "", ["nothing"], "Y: no column 'nothing' in the result (columns are text1, time, count1, count2)"),
        ("bar", "", ["text1"], "Y text1: a chart needs a column of numbers, not VARCHAR"),
        ("hist", "time", [], "X time: a chart needs a column of numbers, not TIMESTAMP WITH TIME ZONE"),
        ("line", "text1", [], "X text1: --chart line needs a column of times, not VARCHAR; use --chart bar"),
        ("bar", "", ["count1", "count2"], "--chart bar takes one column Y; use --chart line for several"),
        ("hist", "count1", ["count2"], "--chart hist shows one column: name X only"),
        ("line", "", ["count1"] * 7, "--chart line draws at most 6 columns Y"),
    ],
)
def test_a_column_that_does_not_fit_is_an_error(kind: str, x: str, y: list[str], message: str) -> None:
    with pytest.raises(IamsqlError) as error:
        choose(result("text1", "time", "count1", "count2"), kind, x, y)
    assert str(error.value) == message


@pytest.mark.parametrize(("kind", "what"), [("bar", "text"), ("line", "time"), ("hist", "numbers"), ("", "text")])
def test_a_result_without_a_fitting_column_is_an_error(kind: str, what: str) -> None:
    with pytest.raises(IamsqlError, match=rf"needs a column of {what}: select such a column"):
        choose(result("data"), kind)
