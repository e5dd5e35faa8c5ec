"""Detections refuse the options of controls."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--where", "true"), "--where is for controls; filter findings with --account, --days and --severity."),
        (("--fix",), "--fix is for controls; `iamsql queries DETECTION` says what to do about a finding."),
        (("--by", "control"), "--by control is for controls; detections have findings only."),
        (("-o", "junit"), "junit"),
        (("--days", "0"), "--days must be 1 or more"),
    ],
)
def test_an_option_of_controls_is_an_error_of_use(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run("check", "trail_stopped", *arguments)
    assert (result.exit_code, result.stdout) == (2, "") and message in result.stderr
