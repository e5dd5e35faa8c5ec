"""Show the progress of a sync: a bar on a terminal, a line every 30 seconds elsewhere, nothing with --quiet."""

from __future__ import annotations

import logging
import sys
import threading
import time

from iamsql.cli.errors import say
from iamsql.sync.options import Progress

EVERY = 30.0  # seconds between two lines


class Lines(Progress):
    """Print lines, for pipes, for the logs of schedulers, and between debug records."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._last = 0.0
        self._lock = threading.Lock()  # the threads of the accounts call update

    def start(self, accounts: int) -> None:
        """Start the first interval."""
        self._last = time.monotonic()

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Print a line if the interval has passed."""
        with self._lock:
            now = time.monotonic()
            if now - self._last < self._every:
                return
            self._last = now
        self.say(progress_line(done, accounts, calls, throttles, seconds_left))

    def say(self, line: str) -> None:
        """Print the line."""
        say(line)


def progress(quiet: bool) -> Progress:
    """Return the display for stderr."""
    if quiet:
        return Progress()
    # Debug records would tear the bar apart.
    if not sys.stderr.isatty() or logging.getLogger("iamsql").isEnabledFor(logging.DEBUG):
        return Lines()
    from iamsql.cli.progress_bar import Bar  # noqa: PLC0415 - rich takes 90 ms, and only terminals have a bar

    bar: Progress = Bar()
    return bar


def progress_line(done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> str:
    """Return the state of a sync as a line."""
    remaining = f", about {_format_duration(seconds_left)} left" if seconds_left is not None else ""
    throttled = f", {throttles} throttled" if throttles else ""
    return f"{done} of {accounts} accounts, {calls} calls{throttled}{remaining}"


def _format_duration(seconds: float) -> str:
    rounded = max(0, round(seconds))
    return f"{rounded} s" if rounded < 90 else f"{round(rounded / 60)} min"
