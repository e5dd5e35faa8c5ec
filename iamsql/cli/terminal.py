"""Options for output on a terminal, and the pager. Output to a file or a pipe never depends on a terminal."""

from __future__ import annotations

import os
import sys
from shutil import get_terminal_size

import click

from iamsql.cli.output import plain_stdout
from iamsql.render.terminal.style import Style

COLOR = click.option(
    "--color",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    show_default=True,
    help="Color severity and status on a terminal. `always` also formats piped output as for a terminal of $COLUMNS columns.",
)
WIDE = click.option("--wide", is_flag=True, help="On a terminal, show all columns and do not shorten cells.")


def terminal_style(color: str, wide: bool = False) -> Style | None:
    """Return the style of standard output, None if it is a file or a pipe."""
    is_terminal = sys.stdout.isatty()
    if not is_terminal and color != "always":
        return None
    # https://no-color.org: any non-empty value turns color off, unless the user asks for it.
    without = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    has_color = color == "always" or (color == "auto" and not without)
    return Style(get_terminal_size().columns, has_color, wide)


def print_paged(text: str, style: Style) -> None:
    """Print text, with $PAGER if standard input and output are a terminal and the text does not fit the screen."""
    is_interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if is_interactive and text.count("\n") >= get_terminal_size().lines:
        # -S does not wrap lines, -R shows colors, -F quits if the text fits, -X leaves the text on the screen.
        os.environ.setdefault("LESS", "-SRFX")
        click.echo_via_pager(text, color=style.color)
    else:
        plain_stdout().write(text)
