"""Options for output on a terminal, and the pager. Output to a file or a pipe never depends on a terminal."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from shutil import get_terminal_size
from typing import Any

import click

from iamsql.cli.ci_log import machine_stream
from iamsql.escaping import printable_lines
from iamsql.model import IamsqlError
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import wrap_lines


def terminal_style(color: str, wide: bool = False) -> Style | None:
    """Return the style of standard output, None if it is a file or a pipe."""
    is_terminal = sys.stdout.isatty()
    if not is_terminal and color != "always":
        return None
    # https://no-color.org: any non-empty value turns color off, unless the user asks for it.
    disables_color = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    has_color = color == "always" or (color == "auto" and not disables_color)
    return Style(get_terminal_size().columns, has_color, wide)


def print_paged(text: str, style: Style, notes: Sequence[str] = ()) -> None:
    """Print text, with $PAGER if standard input and output are a terminal and the text does not fit the screen.

    In the pager, the notes are above the text: a reader who quits early has seen them. They are not printed otherwise.
    """
    pager = os.environ.get("PAGER", "less").strip()
    is_interactive = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    if not is_interactive or pager in ("", "cat") or text.count("\n") < get_terminal_size().lines:
        plain_stdout().write(text)
        return
    show_in_pager(_notes_above(notes, style) + text.removesuffix("\n"), style.color)


def show_in_pager(text: str, has_color: bool) -> None:
    """Show text in $PAGER, which Ctrl-C does not end. Raise IamsqlError if the variable is not a command."""
    # -S does not wrap lines, -R shows colors, -F quits if the text fits, -X leaves the text on the screen.
    os.environ.setdefault("LESS", "-SRFX")
    try:
        with _ignore_interrupts():
            # With None, click removes the colors for pagers that cannot show them.
            click.echo_via_pager(text, None if has_color else False)
    except ValueError as error:
        raise IamsqlError(f"$PAGER is not a command: {error}. Set PAGER, for example to less.") from None


def _notes_above(notes: Sequence[str], style: Style) -> str:
    """Return the notes as lines that fit the terminal, and an empty line; '' without notes."""
    lines = [line for note in notes for line in wrap_lines(printable_lines(note), style.width).split("\n")]
    return "".join(f"{style.paint(line, 'unknown')}\n" for line in [*lines, ""]) if lines else ""


@contextmanager
def _ignore_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C, which stops a search in the pager. A pager inherits the default action, not a Python function."""
    previous_handler = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous_handler)


def plain_stdout(fmt: str = "table") -> Any:
    """Return standard output in UTF-8 for a format, without conversion of line ends."""
    # CSV has \r\n, which Windows would write as \r\r\n. A replaced stdout, as in tests, can be without the method.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return machine_stream(sys.stdout, fmt)
