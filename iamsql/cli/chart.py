"""The options of charts. What draws a chart is loaded when it is needed: a query without a chart imports none of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from iamsql.cli.errors import load
from iamsql.cli.options import is_given
from iamsql.model import Result

DRAW = "iamsql.cli.draw:write_chart"
CHART = click.option(
    "--chart",
    type=click.Choice(("bar", "line", "hist")),
    help="Draw a chart instead of printing rows; the words after the query are then the columns X and Y. "
    "X is the column with the labels of bars, the times of lines, or the numbers of "
    "a histogram; Y has the values. With --out FILE.svg, write the chart to a file.",
)
IMAGE = ".svg"  # the suffix of the files of charts


def is_image(options: dict[str, Any]) -> bool:
    """Return whether --out names the file of a chart."""
    return options["export"] is not None and options["export"].suffix.lower() == IMAGE and not is_given("output")


def check_chart(text: str | None, explain: bool, options: dict[str, Any]) -> bool:
    """Return whether to draw a chart. Raise UsageError for options that contradict each other."""
    export = options["export"]
    if not options["chart"] and not is_image(options):
        return False
    if text is None or explain:
        raise click.UsageError("A chart needs the rows of a query: give a query, without --explain.")
    if options["chart"] and is_given("output"):
        raise click.UsageError("--chart and --output exclude each other.")
    if export is not None and not is_image(options):
        raise click.UsageError(f"--chart writes SVG files, not {export.name}: use --out FILE.svg, or remove --chart.")
    return True


def write_chart(result: Result, notes: Sequence[str], options: dict[str, Any]) -> None:
    """Print a chart of the rows, or write it to the file of --out, with the notes about missing data."""
    load(DRAW)(result, notes, options)
