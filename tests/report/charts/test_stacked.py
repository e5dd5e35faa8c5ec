"""Segments add up to the bar, none is invisible, and labels do not overlap."""

from __future__ import annotations

from itertools import combinations

import pytest

from iamsql.report.charts.data import Bar
from iamsql.report.charts.stacked import stacked_bar
from iamsql.report.charts.svg import text_width
from tests.report.charts.drawn import SVG, about, lines, parse, rects, texts

OUTCOMES = ("complete", "incomplete", "assume_role_failed", "interrupted", "skipped", "inactive")


def bar(*counts: int) -> str:
    return stacked_bar("Accounts", [Bar(name, count, name) for name, count in zip(OUTCOMES, counts, strict=True)])


def test_segments_are_in_proportion() -> None:
    markup = bar(8, 4, 0, 0, 4, 0)
    widths = [width for *_, width, _ in rects(markup, "chart-bar")]
    assert abs(widths[0] - 2 * widths[1]) < 0.2
    assert widths[1] == widths[2]
    assert texts(markup) == ["complete 8", "incomplete 4", "skipped 4"]
    assert about(markup) == "complete: 8; incomplete: 4; assume_role_failed: 0; interrupted: 0; skipped: 4; inactive: 0"


def test_what_was_not_read_is_hatched() -> None:
    assert len(lines(bar(8, 4, 1, 1, 2, 3), "chart-hatch")) == 2
    assert len(lines(bar(8, 4, 0, 0, 2, 3), "chart-hatch")) == 0


def test_one_account_of_many_is_visible() -> None:
    widths = [width for *_, width, _ in rects(bar(5000, 1, 1, 0, 0, 1), "chart-bar")]
    assert widths[1:] == [5, 5, 5]


@pytest.mark.parametrize(
    "counts",
    [(980, 4, 1, 1, 2, 3), (1, 1, 1, 1, 1, 1), (1, 1, 1, 1, 1, 500), (0, 0, 0, 0, 0, 9), (1, 500, 1, 500, 1, 1)],
)
def test_labels_do_not_overlap_each_other_or_a_line(counts: tuple[int, ...]) -> None:
    markup = bar(*counts)
    root = parse(markup)
    boxes = [
        (float(item.get("x", "")), float(item.get("x", "")) + text_width(item.text or ""), float(item.get("y", "")))
        for item in root.iter(f"{SVG}text")
    ]
    assert len(boxes) == sum(count > 0 for count in counts)
    assert all(end <= float(root.get("width", "")) for _, end, _ in boxes)
    for (left, right, y), (other, end, below) in combinations(boxes, 2):
        assert y != below or right <= other or end <= left
    for (x, _), (_, bottom) in lines(markup, "chart-lead"):
        assert not [box for box in boxes if box[0] < x < box[1] and box[2] - 9 < bottom]
