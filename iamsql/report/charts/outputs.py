"""Write a chart of a query as text for a terminal, and as an SVG file."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.escaping import printable
from iamsql.render.terminal.style import Style
from iamsql.report.charts.bars import bar_chart, histogram
from iamsql.report.charts.data import BarChart, Chart, Histogram
from iamsql.report.charts.lines import line_chart
from iamsql.report.charts.svg import standalone
from iamsql.report.charts.text_bars import bar_lines, histogram_lines
from iamsql.report.charts.text_lines import line_lines


def chart_text(chart: Chart, style: Style) -> str:
    """Return a chart as lines of text: the title, the drawing, the notes."""
    if isinstance(chart, BarChart):
        lines = bar_lines(chart, style)
    elif isinstance(chart, Histogram):
        lines = histogram_lines(chart, style)
    else:
        lines = line_lines(chart, style)
    heading = [style.paint(printable(chart.title), "heading"), ""]
    gap = [""] if lines and chart.notes else []
    return "\n".join([*heading, *lines, *gap, *map(printable, chart.notes), ""])


def chart_file(chart: Chart, notes: Sequence[str] = ()) -> str:
    """Return a chart as the text of an SVG file, with notes about missing data below."""
    if isinstance(chart, BarChart):
        drawn = bar_chart(chart.title, chart.bars)
    elif isinstance(chart, Histogram):
        drawn = histogram(chart.title, chart.buckets, chart.unknown, unknown_label="no value")
    else:
        drawn = line_chart(chart.title, chart.times, chart.series)
    return standalone(drawn, chart.title, [*chart.notes, *notes])
