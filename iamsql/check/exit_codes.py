"""The exit status of `iamsql check`: results that could not be evaluated have one of their own, so that 0 is never unknown."""

from __future__ import annotations

FAIL_ON = ("any", "alarm", "error", "none")
FAILED, ALARM, UNKNOWN = 2, 1, 4


def exit_status(fail_on: str, *, alarms: int, errors: int, failures: int) -> int:
    """Return the exit status for counts of alarms or findings, of results not evaluated, and of queries that failed to run.

    A query that failed to run outranks an alarm, an alarm outranks a result that could not be evaluated.
    """
    if failures:
        return FAILED
    if alarms and fail_on in ("any", "alarm"):
        return ALARM
    return UNKNOWN if errors and fail_on in ("any", "error") else 0
