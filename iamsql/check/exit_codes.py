"""The exit code of `iamsql check`. Results that could not be evaluated have their own code, so 0 never means unknown."""

from __future__ import annotations

FAILED, ALARM, UNKNOWN = 2, 1, 4


def exit_status(fail_on: str, *, alarms: int, errors: int, failures: int) -> int:
    """Return the exit code for the number of alarms or findings, of results not evaluated, and of queries that failed.

    A failed query takes precedence over an alarm, and an alarm over a result that could not be evaluated.
    """
    if failures:
        return FAILED
    if alarms and fail_on in ("any", "alarm"):
        return ALARM
    return UNKNOWN if errors and fail_on in ("any", "error") else 0
