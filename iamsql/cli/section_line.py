"""Show on a terminal what a command works on, as one line that is replaced: a report takes seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from shutil import get_terminal_size

from iamsql.escaping import printable

CLEAR_LINE = "\r\x1b[2K"  # to the first column, and delete the line


@contextmanager
def section_line(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows the name of a section on stderr, '' for none. Without a terminal it does nothing."""
    if quiet or not sys.stderr.isatty():
        yield lambda name: None
        return

    def show(name: str) -> None:
        text = f"Reading {printable(name)} …"[: get_terminal_size().columns - 1] if name else ""
        sys.stderr.write(CLEAR_LINE + text)
        sys.stderr.flush()

    try:
        yield show
    finally:
        show("")
