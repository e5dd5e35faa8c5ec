"""Bars have lengths in proportion, and unknown values are shown as unknown."""

from __future__ import annotations

from iamsql.report.charts.bars import bar_chart, histogram
from iamsql.report.charts.data import Bar
from tests.report.charts.drawn import about, lines, parse, rects, texts


def test_bars_are_in_proportion_with_labels_and_values() -> None:
    markup = bar_chart("Users by account", [Bar("web-prod", 40), Bar("data", 10, "alarm"), Bar("empty", 0)])
    widths = [width for _, _, width, _ in rects(markup, "chart-bar")]
    assert widths[0] == max(widths) > 500
    assert abs(widths[1] - widths[0] / 4) < 0.2
    assert widths[2] == 0
    assert [width for *_, width, _ in rects(markup, "alarm")] == [widths[1]]
    assert texts(markup) == ["web-prod", "40", "data", "10", "empty", "0"]
    assert about(markup) == "web-prod: 40; data: 10; empty: 0"


def test_an_unknown_value_is_a_hatched_bar_and_a_word() -> None:
    markup = bar_chart("Users", [Bar("a", 3, "ok"), Bar("b", None, "ok")], unknown="desconocido")
    assert len(rects(markup, "unknown")) == 1
    assert len(rects(markup, "ok")) == 1
    assert len(lines(markup, "chart-hatch")) == 1
    assert texts(markup) == ["a", "3", "b", "desconocido"]
    assert about(markup) == "a: 3; b: desconocido"


def test_negative_values_are_left_of_zero() -> None:
    markup = bar_chart("Change", [Bar("a", -5), Bar("b", 10)])
    (left, _, width, _), (right, _, longer, _) = rects(markup, "chart-bar")
    assert left + width == right
    assert abs(longer - 2 * width) < 0.2


def test_a_small_value_beside_a_large_one_is_visible() -> None:
    markup = bar_chart("Users", [Bar("a", 1), Bar("b", 10_000_000)])
    assert rects(markup, "chart-bar")[0][2] == 1
    assert texts(markup, "chart-value") == ["1", "10 000 000"]


def test_everything_fits_the_image() -> None:
    markup = bar_chart("Users", [Bar("x" * 300, 5), Bar("b", 123_456_789)], width=300)
    assert parse(markup).get("viewBox") == "0 0 300 64"
    assert all(x >= 0 and x + width <= 300 for x, _, width, _ in rects(markup, "chart-bar"))
    assert texts(markup)[0].startswith("xxxx")
    assert "…" in texts(markup)[0]


def test_a_histogram_sets_unknown_apart() -> None:
    markup = histogram("Keys by age", [("0–90 days", 12), ("91–365", 0), ("older", 3)], 4, unknown_label="not read")
    assert texts(markup, "chart-label") == ["0–90 days", "91–365", "older", "not read"]
    assert texts(markup, "chart-value") == ["12", "0", "3", "4"]
    assert texts(markup, "chart-tick") == ["0", "5", "10", "15"]
    heights = [height for *_, height in rects(markup, "chart-bar")]
    assert heights == [134.4, 0, 33.6, 44.8]
    x = [left for left, *_ in rects(markup, "chart-bar")]
    assert x[3] - x[2] > 1.4 * (x[1] - x[0])
    assert len(lines(markup, "chart-hatch")) == 1
    assert about(markup) == "0–90 days: 12; 91–365: 0; older: 3; not read: 4"


def test_a_histogram_without_unknown_values_has_no_bar_for_them() -> None:
    assert texts(histogram("Keys", [("a", 1), ("b", 2)]), "chart-label") == ["a", "b"]


def test_charts_without_data_are_images() -> None:
    assert rects(bar_chart("Users", []), "chart-bar") == []
    assert rects(histogram("Keys", []), "chart-bar") == []
