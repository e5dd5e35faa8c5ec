"""Lines over time: a missing value is a gap, never a value between its neighbors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from iamsql.report.charts.data import Series
from iamsql.report.charts.lines import line_chart, sparkline
from tests.report.charts.drawn import SVG, about, lines, parse, texts

DAYS = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day) for day in range(6)]


def test_a_missing_value_breaks_the_line() -> None:
    markup = line_chart("Keys", DAYS, [Series("keys", [1, 2, None, 4, None, 6])])
    assert [len(line) for line in lines(markup, "chart-line")] == [2]
    dots = list(parse(markup).iter(f"{SVG}circle"))
    assert len(dots) == 2
    assert about(markup) == "2026-03-01 – 2026-03-06. keys: 1, 2, unknown, 4, unknown, 6"


def test_positions_follow_the_times_and_not_the_order() -> None:
    times = [DAYS[0], DAYS[1], DAYS[5]]
    ((first, second, third),) = lines(line_chart("Keys", times, [Series("keys", [0, 5, 10])]), "chart-line")
    assert abs((third[0] - first[0]) - 5 * (second[0] - first[0])) < 0.5
    assert first[1] - second[1] == second[1] - third[1] > 0


def test_each_line_has_its_name_and_last_value_at_its_end() -> None:
    series = [Series("users", [4] * 6), Series("keys", [4] * 5 + [None]), Series("old keys", [4] * 6, "alarm")]
    markup = line_chart("Trend", DAYS, series, unknown="?")
    assert texts(markup, "chart-name") == ["users 4", "keys ?", "old keys 4"]
    labels = [item for item in parse(markup).iter(f"{SVG}text") if "chart-name" in item.get("class", "")]
    assert [item.get("class") for item in labels] == ["chart-name series-1", "chart-name series-2", "chart-name alarm"]
    y = sorted(float(item.get("y", "")) for item in labels)
    assert min(b - a for a, b in pairwise(y)) >= 15


def test_the_axis_has_times_and_counts() -> None:
    markup = line_chart("Trend", DAYS, [Series("users", [0, 1, 2, 3, 4, 8])])
    assert texts(markup, "chart-tick") == [
        "0",
        "2",
        "4",
        "6",
        "8",
        "2026-03-01",
        "2026-03-02",
        "2026-03-03",
        "2026-03-04",
        "2026-03-05",
        "2026-03-06",
    ]


def test_a_chart_of_no_or_one_time_is_an_image() -> None:
    assert lines(line_chart("Trend", [], [Series("users", [])]), "chart-line") == []
    one = line_chart("Trend", DAYS[:1], [Series("users", [3])])
    assert len(list(parse(one).iter(f"{SVG}circle"))) == 1


def test_a_sparkline_marks_the_last_value() -> None:
    markup = sparkline("Users", [1, 3, None, 2, 5])
    assert parse(markup).get("viewBox") == "0 0 120 28"
    assert lines(markup, "chart-line") == [[(4, 24), (32, 14)], [(88, 19), (116, 4)]]
    (dot,) = parse(markup).iter(f"{SVG}circle")
    assert (dot.get("cx"), dot.get("cy")) == ("116", "4")
    assert about(markup) == "1, 3, unknown, 2, 5"


def test_a_sparkline_whose_last_value_is_unknown_has_no_mark_there() -> None:
    assert list(parse(sparkline("Users", [1, 2, None])).iter(f"{SVG}circle")) == []
    assert lines(sparkline("Users", [None, None]), "chart-line") == []
