"""The data of a chart from rows: a NULL is counted and is never zero."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from iamsql.model import Result
from iamsql.report.charts.data import Bar, BarChart, Histogram, LineChart, Series
from iamsql.report.charts.rows import chart_of


def result(types: str, *rows: tuple[Any, ...]) -> Result:
    kinds = tuple(types.split())
    return Result(tuple("abcd"[: len(kinds)]), rows, kinds)


def test_bars_in_the_order_of_the_rows() -> None:
    chart = chart_of(result("VARCHAR BIGINT", ("x", 3), ("", 1), (None, Decimal("2.5")), ("high", None)))
    bars = [Bar("x", 3), Bar("''", 1), Bar("NULL", 2.5), Bar("high", None, "high")]
    assert chart == BarChart("b by a", bars, ["1 row has no value in b."])


def test_rows_of_one_label_are_counted_or_summed() -> None:
    rows = result("VARCHAR DOUBLE", ("x", 3.0), ("y", 1.0), ("x", float("nan")), ("x", 4.0))
    assert chart_of(rows, "bar") == BarChart("rows by a", [Bar("x", 3), Bar("y", 1)], [])
    assert chart_of(rows, "bar", y=["b"]) == BarChart(
        "sum of b by a", [Bar("x", 7), Bar("y", 1)], ["1 row has no value in b."]
    )


def test_the_largest_bars_are_drawn_and_the_others_are_said_in_words() -> None:
    rows = [(f"n{number}", number) for number in range(40)]
    chart = chart_of(result("VARCHAR BIGINT", *rows, ("none", None)))
    assert isinstance(chart, BarChart)
    assert [bar.label for bar in chart.bars] == [f"n{number}" for number in range(11, 40)]
    assert chart.notes == [
        "1 row has no value in b.",
        "The 29 largest of 41 bars. Other: 12 bars, 1 of them unknown, with a sum of 55.",
    ]
    assert len(chart_of(result("VARCHAR BIGINT", *rows[:30])).bars) == 30  # type: ignore[union-attr]


def test_a_line_for_each_column_in_the_order_of_time() -> None:
    zone = timezone(timedelta(hours=2))
    rows = [(datetime(2026, 3, 2, 1, tzinfo=zone), 5, None), (datetime(2026, 3, 1), 4, 2), (None, 1, 1)]
    assert chart_of(result("TIMESTAMP BIGINT BIGINT", *rows)) == LineChart(
        "b, c by a",
        [datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC)],
        [Series("b", [4, 5]), Series("c", [2, None])],
        ["1 row has no value in a.", "1 row has no value in c."],
    )


def test_rows_are_counted_by_day_and_a_day_without_rows_is_zero() -> None:
    rows = [(date(2026, 3, 1),), (date(2026, 3, 1),), (date(2026, 3, 4),)]
    assert chart_of(result("DATE", *rows)) == LineChart(
        "rows by day of a",
        [datetime(2026, 3, day, tzinfo=UTC) for day in range(1, 5)],
        [Series("rows", [2, 0, 0, 1])],
        [],
    )


def test_rows_over_years_are_counted_by_month() -> None:
    chart = chart_of(result("DATE", (date(2024, 12, 31),), (date(2026, 3, 1),)))
    assert isinstance(chart, LineChart)
    assert chart.title == "rows by month of a"
    assert chart.times[::15] == [datetime(2024, 12, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)]
    assert list(chart.series[0].values) == [1, *[0] * 14, 1]


def test_few_integers_have_a_bucket_each() -> None:
    rows = [(1,), (3,), (3,), (None,)]
    chart = chart_of(result("BIGINT", *rows))
    assert chart == Histogram("rows by a", [("1", 1), ("2", 0), ("3", 2)], 1, ["1 row has no value in a."])


def test_buckets_of_integers_do_not_overlap() -> None:
    chart = chart_of(result("BIGINT", *((number,) for number in range(101))))
    assert isinstance(chart, Histogram)
    assert chart.buckets[:2] == [("0–19", 20), ("20–39", 20)]
    assert chart.buckets[-1] == ("80–100", 21)
    assert sum(count for _, count in chart.buckets) == 101


def test_buckets_of_other_numbers_contain_their_lower_limit() -> None:
    chart = chart_of(result("DOUBLE", (-0.5,), (0.0,), (0.49,), (0.5,), (1.0,)))
    assert isinstance(chart, Histogram)
    counts = dict(chart.buckets)
    assert counts["0–0.2"] == 1
    assert counts["0.4–0.6"] == 2
    assert counts["-0.6 to -0.4"] == 1
    assert sum(counts.values()) == 5


def test_no_rows_are_said_in_words() -> None:
    assert chart_of(result("VARCHAR BIGINT")) == BarChart("b by a", [], ["No rows."])
    assert chart_of(result("DATE")) == LineChart("rows by day of a", [], [Series("rows", [])], ["No rows."])
    assert chart_of(result("BIGINT")) == Histogram("rows by a", [], 0, ["No rows."])
