"""A chart as text and as a file: title, drawing, notes."""

from __future__ import annotations

from iamsql.render.terminal.style import Style
from iamsql.report.charts.data import Bar, BarChart, Histogram, LineChart, Series
from iamsql.report.charts.outputs import chart_file, chart_text
from tests.report.charts.drawn import parse, texts
from tests.report.charts.test_text_lines import DAYS

BARS = BarChart("users by \x1b[31maccount", [Bar("<b>", 2)], ["1 row has no value in \x07."])


def test_text_has_the_title_and_the_notes() -> None:
    assert chart_text(BARS, Style(30)) == (
        "users by \\x1b[31maccount\n\n<b> ███████████████████████ 2\n\n1 row has no value in \\x07.\n"
    )
    assert chart_text(BarChart("a by b", [], ["No rows."]), Style(30)) == "a by b\n\nNo rows.\n"


def test_a_file_has_the_title_the_notes_and_the_notes_about_missing_data() -> None:
    missing = "1 of 16 accounts not read in full: 1 AssumeRole failed (AccessDenied); 3 accounts never tried: 1 closed, 1 new."
    found = texts(chart_file(BARS, [missing]))
    assert found[:4] == ["users by \\x1b[31maccount", "<b>", "2", "1 row has no value in \\x07."]
    assert " ".join(found[4:]) == missing
    assert len(found) == 6


def test_every_kind_is_a_file() -> None:
    lines = chart_file(LineChart("Trend", DAYS, [Series("users", [1] * 9)]))
    assert "users 1" in texts(lines)
    ages = chart_file(Histogram("Ages", [("0–9", 4)], 2))
    assert {"0–9", "4", "no value", "2"} <= set(texts(ages))
    empty = chart_file(Histogram("Ages", [], 0, ["No rows."]))
    assert "No rows." in texts(empty)
    assert parse(empty).get("viewBox") == "0 0 752 298"
