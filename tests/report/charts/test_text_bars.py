"""Bars as text: they fit, and every value is a number or the word unknown."""

from __future__ import annotations

import pytest

from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import width_of
from iamsql.report.charts.data import Bar, BarChart, Histogram
from iamsql.report.charts.text_bars import bar_lines, histogram_lines


def test_bars_end_in_eighths_of_a_character() -> None:
    bars = [Bar("web-prod", 16), Bar("data", 7), Bar("small", 0.1), Bar("zero", 0), Bar("b", None)]
    assert bar_lines(BarChart("Users", bars), Style(34)) == [
        "web-prod ████████████████ 16",
        "data     ███████ 7",
        "small    ▏ 0.1",
        "zero     0",
        "b        ░░░ unknown",
    ]


def test_negative_bars_end_at_zero() -> None:
    bars = [Bar("a", -5), Bar("b", 10), Bar("c", None)]
    assert bar_lines(BarChart("Change", bars), Style(26)) == [
        "a █████ -5",
        "b      ██████████ 10",
        "c      ░░░ unknown",
    ]


def test_colors_are_those_of_the_status() -> None:
    bars = [Bar("alarm", 1, "alarm"), Bar("x", 1), Bar("y", None)]
    assert bar_lines(BarChart("Results", bars), Style(25, color=True)) == [
        "alarm \x1b[31m██████████\x1b[0m 1",
        "x     \x1b[34m██████████\x1b[0m 1",
        "y     \x1b[35m░░░\x1b[0m unknown",
    ]


@pytest.mark.parametrize("width", [40, 100, 200])
def test_lines_fit_the_width(width: int) -> None:
    names = ["x" * 300, "文字" * 60, "\x1b[31m\n" * 20, "=cmd"]
    lines = bar_lines(BarChart("Users", [Bar(name, 10**number) for number, name in enumerate(names, 5)]), Style(width))
    assert max(map(width_of, lines)) <= width
    assert all(line.isprintable() for line in lines)
    assert "…" in lines[0]
    assert lines[-1].endswith(" 100,000,000")


def test_a_histogram_sets_rows_without_a_value_apart() -> None:
    assert histogram_lines(Histogram("Ages", [("0–9", 4), ("10–19", 2)], 1), Style(24)) == [
        "0–9      ████████████ 4",
        "10–19    ██████ 2",
        "",
        "no value ███ 1",
    ]
    assert histogram_lines(Histogram("Ages", [("0", 4)]), Style(9)) == ["0 ██████████ 4"]
