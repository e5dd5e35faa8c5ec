"""On a terminal, `iamsql run` prints its steps in words; elsewhere one line of JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iamsql.automation.pipeline.model import FAILED, NOT_REQUESTED, OK, SKIPPED, StepResult
from iamsql.cli import run_steps
from iamsql.cli.run import write_summary

SUMMARY: dict[str, Any] = {
    "status": "failed",
    "exit_code": 2,
    "seconds": 41.3,
    "steps": [vars(StepResult("notify", FAILED, "x"))],
}


def test_steps_are_aligned_and_wrapped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for step in (
        StepResult("restore", SKIPPED, NOT_REQUESTED),
        StepResult("sync", OK, "20260101T000000Z-x.duckdb: complete, 0 gaps.", 20.1),
        StepResult(
            "notify", FAILED, "slack: the channel\x1b[31m is archived. Create a webhook for another channel.", 0.2
        ),
        StepResult("archive", SKIPPED, "The run is a shard."),
    ):
        run_steps.show_step(step)
    assert capsys.readouterr().out.splitlines() == [
        "sync     ok       20260101T000000Z-x.duckdb: complete, 0",
        "                  gaps. (20.1 s)",
        "notify   failed   slack: the channel\\x1b[31m is archived.",
        "                  Create a webhook for another channel.",
        "archive  skipped  The run is a shard.",
    ]


def test_the_end_is_one_line_with_the_failed_steps(capsys: pytest.CaptureFixture[str]) -> None:
    run_steps.show_end(SUMMARY)
    run_steps.show_end({"status": "succeeded", "exit_code": 0, "seconds": 2.0, "steps": []})
    assert capsys.readouterr().out.splitlines() == [
        "The run failed in 41.3 s with exit code 2: 1 step failed: notify.",
        "The run succeeded in 2.0 s with exit code 0.",
    ]


def test_each_organization_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    ends = {"acme": {"status": "succeeded", "exit_code": 0, "steps": []}, "subsidiary": SUMMARY}
    run_steps.show_organizations(
        {"organizations": {**ends, "lab": {"status": "failed", "exit_code": 2, "error": "No."}}}
    )
    assert capsys.readouterr().out.splitlines() == [
        "acme        succeeded, exit code 0",
        "subsidiary  failed, exit code 2: notify: x",
        "lab         failed, exit code 2: No.",
    ]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_json_is_for_pipes_and_for_the_file_of_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_terminal: bool
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal)
    file = tmp_path / "summary.json"
    write_summary(SUMMARY, file, run_steps.show_end)
    printed = capsys.readouterr().out
    assert json.loads(file.read_text()) == SUMMARY
    assert printed.startswith("The run failed") if is_terminal else json.loads(printed) == SUMMARY
