"""The exit codes of `iamsql check`. Results that could not be evaluated have their own code, so 0 never means unknown."""

from __future__ import annotations

SUCCEEDED_EXIT_CODE, ALARM_EXIT_CODE, FAILED_EXIT_CODE, UNKNOWN_EXIT_CODE = 0, 1, 2, 4


def check_exit_code(fail_on: str, *, alarms: int, errors: int, failures: int) -> int:
    """Return the exit code.

    `alarms` is the number of alarms or findings, `errors` the number of results that could not be evaluated, and `failures` the
    number of queries that failed. Failures take precedence over alarms, and alarms over errors.
    """
    if failures:
        return FAILED_EXIT_CODE
    if alarms and fail_on in ("any", "alarm"):
        return ALARM_EXIT_CODE
    return UNKNOWN_EXIT_CODE if errors and fail_on in ("any", "error") else SUCCEEDED_EXIT_CODE
