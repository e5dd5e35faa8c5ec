"""Print a chart of a query on the terminal, or write the chart to a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iamsql.cli.output import plain_stdout
from iamsql.cli.terminal import print_paged, terminal_style
from iamsql.model import Result
from iamsql.render.files import atomic_write
from iamsql.render.terminal.style import Style
from iamsql.report.charts.outputs import chart_file, chart_text
from iamsql.report.charts.rows import chart_of

PIPE = Style(100)  # the width of a chart in a file or pipe


def write_chart(result: Result, notes: Sequence[str], options: dict[str, Any]) -> None:
    """Print a chart that fits the terminal, or write an SVG file of mode 0600 that contains the notes."""
    x, *y = options["axes"] or ("",)
    chart = chart_of(result, options["chart"] or "", x, y)
    if options["export"]:
        image = chart_file(chart, notes)
        atomic_write(options["export"], lambda stream: stream.write(image))
        return
    style = terminal_style(options["color"])
    text = chart_text(chart, style or PIPE)
    if style:
        print_paged(text, style)
    else:
        plain_stdout().write(text)
