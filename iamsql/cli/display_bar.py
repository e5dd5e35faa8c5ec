"""The progress bar of a command on a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from iamsql.cli.display import Display
from iamsql.escaping import printable_lines


class BarDisplay(Display):
    """Draw a progress bar with rich."""

    def __init__(self) -> None:
        columns: tuple[Any, ...] = (BarColumn(bar_width=24), TextColumn("{task.description}", markup=False))
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("starting", total=None)

    def start(self, total: int, line: str) -> None:
        """Draw the empty bar."""
        self.update(0, total, line)
        self._bar.start()

    def update(self, done: float, total: int, line: str) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=done, total=total, description=line)

    def say(self, line: str) -> None:
        """Print the line above the bar."""
        self._bar.console.print(printable_lines(line), markup=False, emoji=False, highlight=False)

    def stop(self) -> None:
        """Remove the bar."""
        self._bar.stop()
