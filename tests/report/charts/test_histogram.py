"""The columns of a histogram are in proportion, and unknown values are set apart."""

from __future__ import annotations

from iamsql.report.charts.histogram import histogram
from tests.report.charts.drawn import about, lines, rects, texts


def test_a_histogram_sets_unknown_apart() -> None:
    markup = histogram("Keys by age", [("0–90 days", 12), ("91–365", 0), ("older", 3)], 4, unknown_label="not read")
    assert texts(markup, "chart-label") == ["0–90 days", "91–365", "older", "not read"]
    assert texts(markup, "chart-value") == ["12", "0", "3", "4"]
    assert texts(markup, "chart-tick") == ["0", "5", "10", "15"]
    heights = [height for *_, height in rects(markup, "chart-bar")]
    assert heights == [134.4, 0, 33.6, 44.8]
    x = [left_edge for left_edge, *_ in rects(markup, "chart-bar")]
    assert x[3] - x[2] > 1.4 * (x[1] - x[0])
    assert len(lines(markup, "chart-hatch")) == 1
    assert about(markup) == "0–90 days: 12; 91–365: 0; older: 3; not read: 4"


def test_a_histogram_without_unknown_values_has_no_bar_for_them() -> None:
    assert texts(histogram("Keys", [("a", 1), ("b", 2)]), "chart-label") == ["a", "b"]


def test_a_histogram_without_data_is_an_image() -> None:
    assert rects(histogram("Keys", []), "chart-bar") == []


def test_a_small_count_next_to_a_large_one_is_visible() -> None:
    markup = histogram("Keys", [("a", 1), ("b", 10_000_000)])
    assert rects(markup, "chart-bar")[0][3] == 1
    assert texts(markup, "chart-value") == ["1", "10 000 000"]


def test_long_labels_are_elided() -> None:
    markup = histogram("Keys", [("x" * 300, 5), ("b", 3)])
    assert texts(markup, "chart-label")[0].startswith("xxxx") and "…" in texts(markup, "chart-label")[0]
