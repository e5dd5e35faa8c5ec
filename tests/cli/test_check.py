"""`iamsql check` finds the controls that its arguments name."""

from __future__ import annotations

from pathlib import Path

from tests.cli.commands import run


def test_a_benchmark_is_found_in_any_case_and_has_a_trend(demo_run: Path) -> None:
    explained = run("check", "CIS_v7.0", "--explain", "--run", str(demo_run))
    assert explained.exit_code == 0, explained.stderr
    unknown = run("check", "CIS_v99", "--explain", "--run", str(demo_run))
    assert unknown.exit_code == 2
