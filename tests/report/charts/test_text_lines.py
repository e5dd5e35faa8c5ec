"""Lines as text: Braille dots, gaps, names at the ends, a time axis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import width_of
from iamsql.report.charts.data import LineChart, Series
from iamsql.report.charts.text_lines import line_lines

DAYS = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day) for day in range(9)]


def chart(*series: Series) -> LineChart:
    return LineChart("Trend", DAYS, series)


RISING = """\
100 ┤
    │
    │
    │                                  ⡠⠔ keys 80
    │                               ⡠⠔⠉
    │                            ⡠⠔⠉
    │                         ⣀⠔⠉
    │                      ⢀⠤⠊
 50 ┤                    ⡠⠔⠁
    │                 ⣀⠔⠉
    │              ⣀⠔⠊
    │           ⣀⠔⠊
    │        ⢀⠔⠊
    │     ⢀⡠⠊⠁
    │   ⡠⠔⠁
  0 ┤⡠⠔⠉
    └┬──────────────────────────────┬────
2026-03-01                     2026-03-08
"""
GAPS = """\
6 ┤                   ⠁
  │
  │
  │
  │                                        old 4
4 ┤⠒⠒⠒⠒⢒⢖⠒⠒⠒⠒                   ⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒ keys 4
  │    ⡜⠈⢆
  │   ⢰⠁ ⠘⡄
  │  ⢀⠇   ⠘⡄
  │  ⡸     ⠱⡀
2 ┤ ⢠⠃      ⠱
  │ ⡎
  │⡸
  │⠁
  │
0 ┤
  └┬────────────────────────────────┬─────
2026-03-01                     2026-03-08
"""


def test_a_rising_line() -> None:
    assert line_lines(chart(Series("keys", list(range(0, 90, 10)))), Style(50)) == RISING.splitlines()


def test_a_missing_value_is_a_gap() -> None:
    series = [Series("keys", [4, 4, 4, None, None, None, 4, 4, 4]), Series("old", [1, 4, 2, None, 6, None, 4, 4, 4])]
    assert line_lines(chart(*series), Style(50)) == GAPS.splitlines()


def test_one_value_between_gaps_is_a_dot() -> None:
    lines = line_lines(chart(Series("keys", [None, None, 3, None, None, None, None, None, None])), Style(60))
    dots = [char for line in lines for char in line if "\u2801" <= char <= "\u28ff"]
    assert len(dots) == 1
    assert any(line.endswith(" keys unknown") for line in lines)


def test_names_of_equal_lines_are_in_rows_of_their_own() -> None:
    lines = line_lines(chart(*(Series(name, [5] * 9) for name in ("users", "keys", "roles"))), Style(60))
    found = [[name for name in ("users 5", "keys 5", "roles 5") if line.endswith(name)] for line in lines]
    assert sorted(name for names in found for name in names) == ["keys 5", "roles 5", "users 5"]
    assert max(map(len, found)) == 1


def test_lines_have_colors_of_their_own() -> None:
    lines = line_lines(chart(Series("users", [9] * 9), Series("keys", [1] * 9)), Style(60, color=True))
    assert any("\x1b[34m" in line and line.endswith("\x1b[34musers 9\x1b[0m") for line in lines)
    assert any("\x1b[33m" in line and line.endswith("\x1b[33mkeys 1\x1b[0m") for line in lines)


@pytest.mark.parametrize("width", [60, 100, 200])
def test_lines_fit_the_width(width: int) -> None:
    hostile = Series("\x1b]0;x\x07" + "n" * 200, [None, 10**9, 5, 0, 3, 2, 1, 7, 123_456_789])
    lines = line_lines(chart(hostile, Series("文字" * 30, [1] * 9)), Style(width))
    assert max(map(width_of, lines)) <= width
    assert all(line.isprintable() for line in lines)
    assert lines[-1].split()[0] == "2026-03-01"


def test_no_times_are_no_lines() -> None:
    assert line_lines(LineChart("Trend", [], [Series("rows", [])]), Style(60)) == []


def test_one_time_is_a_dot() -> None:
    lines = line_lines(LineChart("Trend", DAYS[:1], [Series("rows", [3])]), Style(60))
    assert sum(0x2801 <= ord(char) <= 0x28FF for line in lines for char in line) == 1
    assert lines[-1].strip() == "03-01 00:00"
