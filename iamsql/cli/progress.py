"""Show the progress of a command: a bar on a terminal, a line every 30 seconds elsewhere, nothing with --quiet."""

from __future__ import annotations

import logging
import sys
import threading
import time

from iamsql.cli.errors import say
from iamsql.sync.options import Progress

LINE_INTERVAL_SECONDS = 30.0  # seconds between two lines


class Display(Progress):
    """The progress of a sync or of another command, which is not shown."""

    def begin(self, total: int, line: str) -> None:
        """Start with a number of steps and a line about the first of them."""

    def show(self, done: float, total: int, line: str) -> None:
        """Show that some of the steps are done, and a line about the present step."""


class LineProgress(Display):
    """Print lines, for pipes, for the logs of schedulers, and between debug records."""

    def __init__(self, every: float = LINE_INTERVAL_SECONDS) -> None:
        self._interval = every
        self._last_line_at = 0.0
        self._lock = threading.Lock()  # the threads of the accounts call update

    def start(self, accounts: int) -> None:
        """Start the first interval."""
        self._last_line_at = time.monotonic()

    def begin(self, total: int, line: str) -> None:
        """Start the first interval."""
        self.start(total)

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Print a line if the interval has passed."""
        self.show(done, accounts, progress_line(done, accounts, calls, throttles, seconds_left))

    def show(self, done: float, total: int, line: str) -> None:
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


def progress(quiet: bool) -> Display:
    """Return the display for stderr."""
    if quiet:
        return Display()
    # Debug records would tear the bar apart.
    if not sys.stderr.isatty() or logging.getLogger("iamsql").isEnabledFor(logging.DEBUG):
        return LineProgress()
    from iamsql.cli.progress_bar import BarProgress  # noqa: PLC0415 - rich takes 90 ms, and only terminals have a bar

    bar: Display = BarProgress()
    return bar


def progress_line(done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> str:
    """Return the state of a sync as a line."""
    remaining_text = f", about {_format_duration(seconds_left)} left" if seconds_left is not None else ""
    throttled_text = f", {throttles} throttled" if throttles else ""
    return f"{done} of {accounts} accounts, {calls} calls{throttled_text}{remaining_text}"


def _format_duration(seconds: float) -> str:
    rounded = max(0, round(seconds))
    return f"{rounded} s" if rounded < 90 else f"{round(rounded / 60)} min"
