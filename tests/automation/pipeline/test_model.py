"""The most serious result of a pipeline sets its exit code."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from iamsql.automation.pipeline import CheckRequest, PipelineResult
from iamsql.automation.pipeline.model import StepResult
from tests.automation.pipeline.requests import CONTROLS, request


@pytest.mark.parametrize(
    ("fail_on", "strict", "alarms", "errors", "step", "code"),
    [
        ("none", False, 3, 3, "ok", 0),
        ("any", False, 3, 3, "ok", 1),
        ("any", True, 3, 3, "ok", 1),
        ("error", False, 3, 3, "ok", 4),
        ("error", True, 3, 3, "ok", 3),
        ("none", True, 3, 3, "ok", 3),
        ("alarm", False, 0, 3, "ok", 0),
        ("any", True, 3, 3, "failed", 2),
    ],
)
def test_the_most_serious_result_sets_the_exit_code(
    tmp_path: Path, fail_on: str, strict: bool, alarms: int, errors: int, step: str, code: int
) -> None:
    pipeline_request = request(tmp_path, check=CheckRequest(CONTROLS, "none", fail_on=fail_on), is_strict=strict)
    result = PipelineResult(datetime.now(UTC), [StepResult("check", step, "")], gaps=2)
    result.results = {"alarm": alarms, "error": errors}
    assert result.exit_code(pipeline_request) == code
