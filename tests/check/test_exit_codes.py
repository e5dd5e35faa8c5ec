"""0 never means unknown: a failed query comes before an alarm, and an alarm before an unknown result."""

from __future__ import annotations

import pytest

from iamsql.check.exit_codes import check_exit_code


@pytest.mark.parametrize(
    ("fail_on", "alarms", "errors", "failures", "code"),
    [
        ("any", 0, 0, 0, 0),
        ("any", 1, 1, 0, 1),
        ("any", 0, 1, 0, 4),
        ("any", 1, 1, 1, 2),
        ("none", 1, 1, 0, 0),
        ("none", 0, 0, 1, 2),
        ("alarm", 0, 1, 0, 0),
        ("error", 1, 0, 0, 0),
        ("error", 1, 1, 0, 4),
    ],
)
def test_the_most_serious_result_is_the_code(fail_on: str, alarms: int, errors: int, failures: int, code: int) -> None:
    assert check_exit_code(fail_on, alarms=alarms, errors=errors, failures=failures) == code
