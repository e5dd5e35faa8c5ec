"""A bar of parts without labels."""

from __future__ import annotations

import re

from iamsql.report.charts.data import Bar
from iamsql.report.charts.strip import strip_chart


def test_parts_are_in_proportion_and_named() -> None:
    drawn = strip_chart("Results", [Bar("alarm", 3, "alarm"), Bar("none", 0, "ok"), Bar("<ok>", 1, "ok")])
    assert [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', drawn)] == [748, 248]
    assert "&lt;ok&gt; 1" in drawn and "<title>none" not in drawn
    assert 'preserveAspectRatio="none"' in drawn and drawn.count("chart-hatch") == 0


def test_what_is_unknown_is_hatched() -> None:
    assert strip_chart("Results", [Bar("unknown", 1, "error")]).count("chart-hatch") == 1


def test_an_empty_graph_has_no_drawing() -> None:
    assert strip_chart("Results", [Bar("ok", 0, "ok")]) == strip_chart("Results", []) == ""
