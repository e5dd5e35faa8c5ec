"""Stacked columns by day; days without data are hatched and counted."""

from __future__ import annotations

from itertools import pairwise

from iamsql.report.charts.data import Series
from iamsql.report.charts.timeline import timeline
from tests.report.charts.drawn import SVG, about, lines, parse, rects, texts

DAYS = [f"2026-03-{day:02}" for day in range(1, 31)]


def test_columns_are_stacked_from_the_first_series() -> None:
    markup = timeline("Sign-ins", DAYS[:2], [Series("sign-ins", [3, 0]), Series("failed", [1, 2], "medium")])
    _, lower, _ = rects(markup, "series-1")[0], rects(markup, "series-1")[1], None
    key, upper, second = rects(markup, "medium")
    assert key[2:] == (10, 10)
    assert abs(upper[1] + upper[3] - lower[1]) < 0.2
    assert abs(lower[3] - 3 * upper[3]) < 0.2
    assert abs(second[1] + second[3] - (lower[1] + lower[3])) < 0.2
    assert texts(markup, "chart-label") == ["sign-ins 3", "failed 3"]
    tips = [item.text for item in parse(markup).iter(f"{SVG}title")]
    assert tips == ["Sign-ins", "2026-03-01 · sign-ins 3", "2026-03-01 · failed 1", "2026-03-02 · failed 2"]


def test_a_day_without_data_is_hatched_and_counted() -> None:
    series = [Series("a", [1, None, 0]), Series("b", [0, None, 2])]
    markup = timeline("Sign-ins", DAYS[:3], series, unknown="not read")
    ((_, top, _, height),) = rects(markup, "chart-missing")
    assert (top, height) == (30, 142)
    assert len(lines(markup, "chart-hatch")) == 2  # the day, and the key
    assert texts(markup, "chart-label") == ["a 1", "b 2", "not read 1"]
    assert about(markup) == "2026-03-01 – 2026-03-03. a: 1; b: 2; not read: 1"


def test_a_day_that_lacks_some_values_is_hatched_above_its_column() -> None:
    markup = timeline("Sign-ins", DAYS[:2], [Series("a", [2, 4]), Series("b", [None, 0])])
    ((_, top, _, height),) = rects(markup, "chart-missing")
    _, (_, column, _, _), _ = rects(markup, "series-1")
    assert abs(top + height - column) < 0.2
    assert height == 10
    assert texts(markup, "chart-label") == ["a 6", "b 0", "unknown 1"]


def test_labels_of_days_do_not_overlap() -> None:
    markup = timeline("Sign-ins", DAYS, [Series("a", [1] * 30)])
    labels = [item for item in parse(markup).iter(f"{SVG}text") if (item.text or "").startswith("2026")]
    x = [float(item.get("x", "")) for item in labels]
    assert len(x) >= 6
    assert min(b - a for a, b in pairwise(x)) > 75
    assert labels[0].text == DAYS[0]


def test_ticks_of_counts_are_integers() -> None:
    assert texts(timeline("Root", DAYS[:2], [Series("root", [1, 0])]), "chart-tick") == ["0", "1", *DAYS[:2]]


def test_no_days_are_an_image() -> None:
    assert rects(timeline("Sign-ins", [], [Series("a", [])]), "chart-missing") == []
