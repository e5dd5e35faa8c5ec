"""Show the progress of a sync."""

from __future__ import annotations

from iamsql.cli.display import Display, stderr_display
from iamsql.sync.options import Progress


class DisplayedProgress(Progress):
    """The progress of a sync on a display."""

    def __init__(self, display: Display) -> None:
        self.display = display

    def start(self, accounts: int) -> None:
        """Start, with the number of accounts to read."""
        self.display.start(accounts, progress_line(0, accounts, 0, 0, None))

    def update(self, done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> None:
        """Show the progress."""
        self.display.update(done, accounts, progress_line(done, accounts, calls, throttles, seconds_left))

    def say(self, line: str) -> None:
        """Print a line."""
        self.display.say(line)

    def stop(self) -> None:
        """Stop."""
        self.display.stop()


def progress(quiet: bool) -> Progress:
    """Return the progress of a sync for stderr."""
    return DisplayedProgress(stderr_display(quiet))


def progress_line(done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> str:
    """Return the state of a sync as a line."""
    remaining_text = f", about {_format_duration(seconds_left)} left" if seconds_left is not None else ""
    throttled_text = f", {throttles} throttled" if throttles else ""
    return f"{done} of {accounts} accounts, {calls} calls{throttled_text}{remaining_text}"


def _format_duration(seconds: float) -> str:
    rounded = max(0, round(seconds))
    return f"{rounded} s" if rounded < 90 else f"{round(rounded / 60)} min"
