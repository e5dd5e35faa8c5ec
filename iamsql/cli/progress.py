"""How far a sync is: a bar on a terminal, a plain line every few seconds elsewhere, nothing under --quiet."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

from iamsql.cli.errors import say, visible

EVERY = 5.0


class Progress:
    """Say nothing: what --quiet asks for, and what the others build on."""

    def start(self, accounts: int) -> None:
        """Begin, with this many accounts to read."""

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Show how far it is; may be called from any thread, as often as one likes."""

    def say(self, line: str) -> None:
        """Say one line that stays."""

    def stop(self) -> None:
        """End; what was shown in passing goes."""


class Lines(Progress):
    """Plain lines, for logs and pipes."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._last = 0.0
        self._lock = threading.Lock()

    def start(self, accounts: int) -> None:
        """Begin the first wait."""
        self._last = time.monotonic()

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Write a line when the last one is long enough ago."""
        with self._lock:
            now = time.monotonic()
            if now - self._last < self._every:
                return
            self._last = now
        self.say(told(done, accounts, calls, throttles, seconds_left))

    def say(self, line: str) -> None:
        """Write the line."""
        say(line)


class Bar(Progress):
    """A bar that rich draws on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Drawing

        columns: tuple[Any, ...] = (BarColumn(bar_width=24), TextColumn("{task.description}", markup=False))
        self._drawing = Drawing(*columns, console=Console(stderr=True), transient=True)
        self._task = self._drawing.add_task("starting", total=None)

    def start(self, accounts: int) -> None:
        """Draw the empty bar."""
        self._drawing.update(self._task, total=accounts, description=told(0, accounts, 0, 0, None))
        self._drawing.start()

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Move the bar."""
        said = told(done, accounts, calls, throttles, seconds_left)
        self._drawing.update(self._task, completed=done, total=accounts, description=said)

    def say(self, line: str) -> None:
        """Write the line above the bar."""
        self._drawing.console.print(visible(line), markup=False, emoji=False, highlight=False)

    def stop(self) -> None:
        """Take the bar away."""
        self._drawing.stop()


def progress(quiet: bool) -> Progress:
    """Choose how to show progress on stderr."""
    if quiet:
        return Progress()
    return Bar() if sys.stderr.isatty() else Lines()


def told(done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> str:
    """Put the state of a sync into one line."""
    left = f", about {_span(seconds_left)} left" if seconds_left is not None else ""
    slowed = f", {throttles} throttled" if throttles else ""
    return f"{done} of {accounts} accounts, {calls} calls{slowed}{left}"


def _span(seconds: float) -> str:
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 90 else f"{round(whole / 60)} min"
