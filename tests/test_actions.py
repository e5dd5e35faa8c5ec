"""The composite action of GitHub Actions runs `iamsql run`, and the examples for schedulers are what the schedulers read."""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION = ROOT / "action.yml"
GUIDE = ROOT / "docs" / "guide" / "run.md"
RUN_STEP = "Run iamsql"


def action() -> dict[str, Any]:
    """Return the action."""
    document: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    return document


def step(name: str) -> dict[str, Any]:
    """Return a step of the action by its name."""
    (matching,) = [step for step in action()["runs"]["steps"] if step.get("name") == name]
    return dict(matching)


def blocks(language: str) -> list[str]:
    """Return the blocks of the guide in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_no_input_becomes_a_part_of_a_script() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert "uses" not in step or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])


def test_each_input_is_used_and_each_output_is_set() -> None:
    text, inputs, outputs = ACTION.read_text(encoding="utf-8"), action()["inputs"], action()["outputs"]
    assert set(re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", text)) == set(inputs)
    written = set(re.findall(r'echo "([\w-]+)=', step(RUN_STEP)["run"]))
    assert written == set(outputs) == {value["value"].split(".")[-1].removesuffix(" }}") for value in outputs.values()}


def run_step(folder: Path, **values: str) -> subprocess.CompletedProcess[str]:
    """Run the step in a workspace as GitHub does, with the values that the expressions of its variables have."""
    variables = {
        "IAMSQL": str(Path(sys.executable).with_name("iamsql")),
        "IAMSQL_CONFIG": "",
        "IAMSQL_RUNS": str(folder.parent / "runs"),
        "EVENT": "schedule",
        "SUMMARY": str(folder.parent / "summary.json"),
        "REPORT": "",
        "SARIF": "results.sarif",
        "ARCHIVE": "",
        "ARGUMENTS": "",
    } | values
    assert set(step(RUN_STEP)["env"]) == set(variables)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "IAMSQL_"))}
    environment = {**inherited, **variables, "GITHUB_OUTPUT": str(folder.parent / "output")}
    script = ["bash", "-e", "-c", step(RUN_STEP)["run"]]
    return subprocess.run(script, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    ("event", "config", "expected_config"),
    [
        ("schedule", "", "iamsql.toml"),
        ("push", "", "iamsql.toml"),
        ("workflow_dispatch", "", "iamsql.toml"),
        ("pull_request", "", "no"),
        ("pull_request_target", "", "no"),
        ("issue_comment", "", "no"),
        ("workflow_run", "", "no"),
        ("", "", "no"),
        ("pull_request", "other.toml", "other.toml"),
        ("schedule", "other.toml", "other.toml"),
    ],
)
def test_the_file_of_the_workspace_is_named_where_only_writers_choose_the_commit(
    tmp_path: Path, event: str, config: str, expected_config: str
) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "iamsql").write_text('#!/bin/sh\necho "config=${IAMSQL_CONFIG-no}"\n')
    (tmp_path / "iamsql").chmod(0o700)
    values = {"IAMSQL": str(tmp_path / "iamsql"), "EVENT": event, "IAMSQL_CONFIG": config}
    for text in ("", expected_config):  # without the file, none is named
        if text:
            (tmp_path / "workspace/iamsql.toml").write_text("")
        result = run_step(tmp_path / "workspace", **values)
        assert result.returncode == 0 and result.stdout == f"config={expected_config if text or config else 'no'}\n"


@pytest.mark.slow
def test_the_file_of_a_pull_request_chooses_no_target(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "iamsql.toml").write_text("[run]\narchive = 's3://attacker/x'\n[notify]\nto = ['slack']\n")
    result = run_step(workspace, EVENT="pull_request_target", ARGUMENTS="-- --demo")
    assert (
        result.returncode == 2 and "iamsql.toml sets notify.to, run.archive. A file that nobody named" in result.stderr
    )


def test_python_imports_no_module_of_the_workspace() -> None:
    lines = re.findall(r"python\"? .*", step("Install iamsql")["run"])
    assert len(lines) == 3 and all(re.match(r'python"? -I -m ', line) for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "code"), [("-- --demo --table aws_iam_account_summary", 0), ("--nonsense", 2)])
def test_the_step_runs_iamsql_and_passes_its_exit_code_on(tmp_path: Path, arguments: str, code: int) -> None:
    (tmp_path / "workspace").mkdir()
    result = run_step(tmp_path / "workspace", ARGUMENTS=f"--benchmark root_mfa {arguments}")
    assert result.returncode == code, result.stderr
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert outputs["exit-code"] == str(code) and outputs["sarif"] == "results.sarif"
    if code == 0:
        assert json.loads((tmp_path / "summary.json").read_text())["status"] == "succeeded"
        assert json.loads((tmp_path / "workspace/results.sarif").read_text())["version"] == "2.1.0"


def test_the_examples_are_valid_for_their_schedulers() -> None:
    (units,) = blocks("ini")
    service, timer = (configparser.ConfigParser(strict=False, interpolation=None) for _ in range(2))
    for parser in (service, timer):
        parser.optionxform = str  # type: ignore[assignment,method-assign]
    first, second = units.split("# /etc/systemd/system/iamsql.timer\n")
    service.read_string(first)
    timer.read_string(second)
    assert service["Service"]["Type"] == "oneshot" and " run " in service["Service"]["ExecStart"]
    assert timer["Timer"]["OnCalendar"] and timer["Install"]["WantedBy"] == "timers.target"
    github, gitlab = map(yaml.safe_load, blocks("yaml"))
    used = [step for step in github["jobs"]["audit"]["steps"] if step.get("uses", "").startswith("iamsql/iamsql@")]
    assert len(used) == 1 and set(used[0]["with"]) <= set(action()["inputs"])
    assert github["permissions"]["id-token"] == "write"
    assert any("iamsql run" in line for line in gitlab["audit"]["script"])
