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
ACTION = ROOT / ".github" / "actions" / "audit" / "action.yml"
GUIDE = ROOT / "docs" / "guide" / "run.md"
RUN_STEP = "Run iamsql"


def action() -> dict[str, Any]:
    """Return the action."""
    found: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    return found


def step(name: str) -> dict[str, Any]:
    """Return a step of the action by its name."""
    (found,) = [step for step in action()["runs"]["steps"] if step.get("name") == name]
    return dict(found)


def blocks(language: str) -> list[str]:
    """Return the blocks of the guide in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_no_input_becomes_a_part_of_a_script() -> None:
    for found in action()["runs"]["steps"]:
        assert "${{" not in found.get("run", "")
        assert "uses" not in found or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", found["uses"])


def test_each_input_is_used_and_each_output_is_set() -> None:
    text, inputs, outputs = ACTION.read_text(encoding="utf-8"), action()["inputs"], action()["outputs"]
    assert set(re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", text)) == set(inputs)
    written = set(re.findall(r'echo "([\w-]+)=', step(RUN_STEP)["run"]))
    assert written == set(outputs) == {value["value"].split(".")[-1].removesuffix(" }}") for value in outputs.values()}


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "code"), [("-- --demo --table aws_iam_account_summary", 0), ("--nonsense", 2)])
def test_the_step_runs_iamsql_and_passes_its_exit_code_on(tmp_path: Path, arguments: str, code: int) -> None:
    output = tmp_path / "output"
    values = {
        "IAMSQL": str(Path(sys.executable).with_name("iamsql")),
        "IAMSQL_CONFIG": "",
        "IAMSQL_RUNS": str(tmp_path / "runs"),
        "SUMMARY": str(tmp_path / "summary.json"),
        "REPORT": "",
        "SARIF": "results.sarif",
        "ARCHIVE": "",
        "ARGUMENTS": f"--benchmark root_mfa {arguments}",
        "GITHUB_OUTPUT": str(output),
    }
    assert set(step(RUN_STEP)["env"]) == set(values) - {"GITHUB_OUTPUT"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "IAMSQL_"))}
    script = ["bash", "-e", "-c", step(RUN_STEP)["run"]]
    done = subprocess.run(script, cwd=tmp_path, env=inherited | values, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stderr
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert outputs["exit-code"] == str(code) and outputs["sarif"] == "results.sarif"
    if code == 0:
        assert json.loads((tmp_path / "summary.json").read_text())["status"] == "succeeded"
        assert json.loads((tmp_path / "results.sarif").read_text())["version"] == "2.1.0"


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
    used = [
        found for found in github["jobs"]["audit"]["steps"] if "iamsql/.github/actions/audit" in found.get("uses", "")
    ]
    assert len(used) == 1 and set(used[0]["with"]) <= set(action()["inputs"])
    assert github["permissions"]["id-token"] == "write"
    assert any("iamsql run" in line for line in gitlab["audit"]["script"])
