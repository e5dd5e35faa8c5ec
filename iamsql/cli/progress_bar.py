"""The progress bar of a sync on a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as RichProgress

from iamsql.cli.progress import progress_line
from iamsql.escaping import printable_lines
from iamsql.sync.options import Progress


class BarProgress(Progress):
    """Draw a progress bar with rich."""

    def __init__(self) -> None:
        columns: tuple[Any, ...] = (BarColumn(bar_width=24), TextColumn("{task.description}", markup=False))
        self._bar = RichProgress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("starting", total=None)

    def start(self, accounts: int) -> None:
        """Draw the empty bar."""
        self._bar.update(self._task, total=accounts, description=progress_line(0, accounts, 0, 0, None))
        self._bar.start()

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Move the bar."""
        line = progress_line(done, accounts, calls, throttles, seconds_left)
        self._bar.update(self._task, completed=done, total=accounts, description=line)

    def say(self, line: str) -> None:
        """Print the line above the bar."""
        self._bar.console.print(printable_lines(line), markup=False, emoji=False, highlight=False)

    def stop(self) -> None:
        """Remove the bar."""
        self._bar.stop()
