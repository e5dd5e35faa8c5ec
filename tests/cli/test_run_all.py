"""`iamsql run --all` runs the pipeline of each organization, and summarizes all of them in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from iamsql.catalog.settings.processes import OrganizationResult
from iamsql.cli import main, run_all
from tests.trusted import trust_file

CONFIGURATION = """
[check]
benchmarks = ["root_mfa"]
[organization.prod]
tables = ["aws_iam_account_summary"]
[organization.dev]
tables = ["aws_iam_account_summary"]
"""
OK = json.dumps({"status": "succeeded", "exit_code": 0})


def outcomes(monkeypatch: pytest.MonkeyPatch, *results: OrganizationResult) -> list[tuple[Any, ...]]:
    """Replace the processes by results, and return the list to which the calls are added."""
    calls: list[tuple[Any, ...]] = []

    def run(
        command: Sequence[str], names: Sequence[str], jobs: int, _on_line: Any, **options: Any
    ) -> list[OrganizationResult]:
        calls.append((list(command), list(names), jobs, list(options["after"])))
        return list(results)

    monkeypatch.setattr(run_all, "run_organizations", run)
    return calls


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("iamsql.toml").write_text(f"jobs = 2\n{CONFIGURATION}")
    trust_file()


def test_each_organization_gets_the_options_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = outcomes(monkeypatch, OrganizationResult("prod", 0, OK), OrganizationResult("dev", 0, OK))
    arguments = ("run", "--all", "--keep", "3", "--to", "slack", "--summary", "s.json", "--", "--demo")
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.stderr
    assert calls == [(["run", "--to=slack", "--keep=3"], ["prod", "dev"], 2, ["--", "--demo"])]
    summary = json.loads(result.stdout)
    assert summary["status"] == "succeeded" and list(summary["organizations"]) == ["prod", "dev"]
    assert json.loads(Path("s.json").read_text()) == summary


@pytest.mark.parametrize(
    ("codes", "expected"), [((0, 3), 3), ((1, 3), 1), ((0, 2), 2), ((4, 0), 4), ((1, None), 2), ((1, -9), 2)]
)
def test_the_most_serious_exit_code_is_that_of_the_command(
    monkeypatch: pytest.MonkeyPatch, codes: tuple[int | None, int | None], expected: int
) -> None:
    ends = [OrganizationResult(name, code, OK) for name, code in zip(("prod", "dev"), codes, strict=True)]
    outcomes(monkeypatch, *ends)
    assert CliRunner().invoke(main, ("run", "--all")).exit_code == expected


@pytest.mark.parametrize("output", ["", "not JSON", "[1]", '{"other": 1}'])
def test_a_process_without_a_summary_has_failed_with_its_error(monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    outcomes(monkeypatch, OrganizationResult("prod", 2, output, "no credentials"), OrganizationResult("dev", 0, OK))
    result = CliRunner().invoke(main, ("run", "--all"))
    summary = json.loads(result.stdout)
    assert summary["organizations"]["prod"] == {"status": "failed", "exit_code": 2, "error": "no credentials"}
    assert (summary["status"], result.exit_code) == ("failed", 2)


def test_without_organizations_it_is_an_error() -> None:
    Path("iamsql.toml").write_text("")
    result = CliRunner().invoke(main, ("run", "--all"))
    assert result.exit_code == 2 and "names no organization" in result.stderr


@pytest.mark.slow
def test_two_organizations_have_runs_in_their_own_folders(tmp_path: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "IAMSQL_"))}
    command = [str(Path(sys.executable).with_name("iamsql")), "run", "--all", "--demo"]
    environment = inherited | {"IAMSQL_RUNS": str(tmp_path / "runs")}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    organizations = json.loads(result.stdout)["organizations"]
    for name in ("prod", "dev"):
        (run,) = (tmp_path / "runs" / name).glob("*.duckdb")
        assert organizations[name]["run"]["path"] == str(run) and organizations[name]["results"]["alarm"] > 0
        assert f"{name}: sync: {run.name}" in result.stderr
