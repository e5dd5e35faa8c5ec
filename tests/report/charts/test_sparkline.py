"""A sparkline has a gap where a value is missing."""

from __future__ import annotations

from iamsql.report.charts.sparkline import sparkline
from tests.report.charts.drawn import SVG, about, lines, parse


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


def test_a_value_between_gaps_is_a_dot() -> None:
    markup = sparkline("Users", [1, 2, None, 4, None, 6])
    assert [len(line) for line in lines(markup, "chart-line")] == [2]
    assert len(list(parse(markup).iter(f"{SVG}circle"))) == 3  # two values between gaps, and the mark of the last
