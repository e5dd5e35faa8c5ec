"""The command `iamsql doctor` in a process of its own: six faults at once, a healthy setup, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from iamsql.cli import main
from tests.fake_aws import FakeAws
from tests.fake_aws.faults import Faults
from tests.fake_aws.over_http import serving

WEB, DATA = "222233334444", "012345678901"
SECRET = "external-id-that-is-secret"


def run(folder: Path, environment: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a folder, without other settings of AWS."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "IAMSQL_", "REQUESTS_"))
    }
    variables = {"HOME": str(folder), "AWS_CONFIG_FILE": str(folder / "config"), "IAMSQL_EXTERNAL_ID": SECRET}
    return subprocess.run(
        [Path(sys.executable).with_name("iamsql"), "doctor", *args],
        cwd=folder,
        env=inherited | variables | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.slow
def test_six_faults_at_once_are_named_with_their_next_steps(tmp_path: Path) -> None:
    (tmp_path / "iamsql.toml").write_text("[arg.stale_keys]\ndays = 45\n")
    runs = tmp_path / "runs"
    runs.mkdir()
    runs.chmod(0o777)
    faults = Faults(seconds_ahead=290, deny=((WEB, "AssumeRole"), (DATA, "iam:ListUsers")), deny_bucket=True)
    accounts = ("--account", WEB, "--account", DATA, "--runs", str(runs))
    with serving(FakeAws(faults=faults)) as served:
        result = run(tmp_path, served.environment, *accounts, "--trail", "auto", "-o", "json")
    assert result.returncode == 2, result.stderr
    faulty_rows = [row for row in json.loads(result.stdout) if row["status"] not in ("ok", "skipped")]
    expected = [
        ("configuration", "arg: unknown key; did you mean args?", "Correct iamsql.toml"),
        ("runs folder", "Everyone can write the runs folder", f"chmod o-w {runs}"),
        ("clock", "5 minutes behind", "NTP"),
        ("role", "No role can be assumed", f"arn:aws:iam::{WEB}:role/iamsql-audit"),
        ("permissions", "iam:ListUsers is denied", '"iam:ListUsers"'),
        ("trail bucket", "AccessDenied", '"s3:ListBucket"'),
    ]
    assert [row["check"] for row in faulty_rows] == [check for check, _, _ in expected]
    for row, (_, detail, step) in zip(faulty_rows, expected, strict=True):
        assert detail in row["detail"]
        assert step in row["remediation"]
    assert "5 failed" in result.stderr
    secrets = (served.environment["AWS_SECRET_ACCESS_KEY"], served.environment["AWS_SESSION_TOKEN"], SECRET)
    assert not [secret for secret in secrets if secret in result.stdout + result.stderr]


@pytest.mark.slow
def test_a_healthy_setup_ends_with_0_and_writes_nothing(tmp_path: Path) -> None:
    with serving(FakeAws()) as served:
        result = run(
            tmp_path, served.environment, "--sample", "0", "--runs", str(tmp_path / "runs"), "--color", "always"
        )
    assert result.returncode == 0, result.stdout
    assert "identity" in result.stdout
    assert "FAILED" not in result.stdout
    assert result.stderr.splitlines()[-1] == "1 of 16 accounts were tried; --all tries all of them."
    assert not (tmp_path / "runs").exists()


def test_the_output_has_a_row_for_each_check(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["doctor", "--offline", "--runs", str(tmp_path), "-o", "csv", "--quiet"])
    assert result.exit_code == 0
    assert result.stderr == ""
    head, *lines = result.stdout.splitlines()
    assert head == "check,account,status,detail,remediation"
    assert len(lines) == 14


@pytest.mark.parametrize(
    "args",
    [["--all", "--account", WEB], ["--table", "aws_iam_usr"], ["--account", "1"], ["--trail", "bucket"], ["-o", "xml"]],
)
def test_invalid_options_are_errors_of_use(args: list[str], monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    result = CliRunner().invoke(
        main, ["doctor", "--runs", str(tmp_path), *(args if "-o" not in args else [*args, "--offline"])]
    )
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")


def test_the_sample_organization_shows_a_role_that_is_denied(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["doctor", "--demo", "--runs", str(tmp_path), "-o", "json"])
    failures = [row for row in json.loads(result.stdout) if row["status"] == "failed"]
    assert result.exit_code == 2 and {row["check"] for row in failures} == {"role", "permissions"}
    assert "999900001111" in {row["account"] for row in failures if row["check"] == "role"}
    assert result.stderr.splitlines()[-1] == f"First: {failures[0]['remediation']}"
