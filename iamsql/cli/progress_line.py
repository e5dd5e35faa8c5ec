"""The progress of a sync as one line of text."""

from __future__ import annotations


def progress_line(done: int, accounts: int, calls: int, throttles: int, seconds_left: float | None) -> str:
    """Return the state of a sync as a line."""
    remaining = f", about {_span(seconds_left)} left" if seconds_left is not None else ""
    throttled = f", {throttles} throttled" if throttles else ""
    return f"{done} of {accounts} accounts, {calls} calls{throttled}{remaining}"


def _span(seconds: float) -> str:
    rounded = max(0, round(seconds))
    return f"{rounded} s" if rounded < 90 else f"{round(rounded / 60)} min"
