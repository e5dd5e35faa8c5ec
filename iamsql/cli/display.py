"""Show the progress of a command: a bar on a terminal, a line every 30 seconds elsewhere, nothing with --quiet."""

from __future__ import annotations

import logging
import sys
import threading
import time

from iamsql.cli.errors import say

LINE_INTERVAL_SECONDS = 30.0  # seconds between two lines


class Display:
    """The progress of a command, which is not shown; other displays override the methods."""

    def start(self, total: int, line: str) -> None:
        """Start, with the number of steps and a line about the first of them."""

    def update(self, done: float, total: int, line: str) -> None:
        """Show how many steps are done, and a line about them."""

    def say(self, line: str) -> None:
        """Print a line."""

    def stop(self) -> None:
        """Stop."""


class LineDisplay(Display):
    """Print lines, for pipes, for the logs of schedulers, and between debug records."""

    def __init__(self, every: float = LINE_INTERVAL_SECONDS) -> None:
        self._interval = every
        self._last_line_at = 0.0
        self._lock = threading.Lock()  # the threads of the accounts of a sync call update

    def start(self, total: int, line: str) -> None:
        """Start the first interval."""
        self._last_line_at = time.monotonic()

    def update(self, done: float, total: int, line: str) -> None:
        """Print the line if the interval has passed."""
        with self._lock:
            now = time.monotonic()
            if now - self._last_line_at < self._interval:
                return
            self._last_line_at = now
        self.say(line)

    def say(self, line: str) -> None:
        """Print the line."""
        say(line)


def stderr_display(quiet: bool) -> Display:
    """Return the display for stderr."""
    if quiet:
        return Display()
    # Debug records would tear the bar apart.
    if not sys.stderr.isatty() or logging.getLogger("iamsql").isEnabledFor(logging.DEBUG):
        return LineDisplay()
    from iamsql.cli.display_bar import BarDisplay  # noqa: PLC0415 - rich takes 90 ms, and only terminals have a bar

    bar: Display = BarDisplay()
    return bar
