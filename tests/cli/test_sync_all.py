"""`iamsql sync --all`: organizations side by side, from the installed command, against two servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.model import Result as Rows
from iamsql.sync.organizations import SyncsResult
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.fake_aws.over_http import Served, serving
from tests.trusted import trust_file

COMMAND = [sys.executable, "-m", "iamsql"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("IAMSQL_RUNS", "IAMSQL_EXTERNAL_ID", "IAMSQL_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def write(text: str, name: str = "iamsql.toml") -> None:
    Path(name).write_text(text)
    Path(name).chmod(0o600)
    trust_file(Path(name))


def environment(here: Path, **servers: Served) -> dict[str, str]:
    """Return the environment of a process with an AWS profile for each server, and one without credentials."""
    lines = ["[profile broken]", "region = us-east-1"]
    for name, served in servers.items():
        values = served.environment
        keys = {key: values[key.upper()] for key in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")}
        lines += [f"[profile {name}]", f"endpoint_url = {served.url}", "region = us-east-1"]
        lines += [f"{key} = {value}" for key, value in keys.items()]
    (here / "aws.ini").write_text("\n".join(lines))
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "IAMSQL_"))}
    files = {"AWS_CONFIG_FILE": str(here / "aws.ini"), "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return clean | files | {"AWS_EC2_METADATA_DISABLED": "true"}


def calls(served: Served) -> int:
    """Return the number of calls that the server answered."""
    return len(served.aws.calls)


DEV = """
[organization.dev]
profile = "dev"
runs = "dev-runs"
tables = ["aws_iam_role"]
"""
ORGANIZATIONS = f"""
runs = "data"
[sync]
events = ["none"]
[organization.prod]
profile = "prod"
tables = ["aws_iam_user"]
{DEV}
[organization.broken]
profile = "broken"
"""


@pytest.mark.slow
@pytest.mark.parametrize("good", [("prod",), pytest.param(("prod", "dev"), marks=pytest.mark.slow)], ids=" ".join)
def test_organizations_are_read_side_by_side_and_one_fails(here: Path, good: tuple[str, ...]) -> None:
    write("jobs = 3\n" + (ORGANIZATIONS if "dev" in good else ORGANIZATIONS.replace(DEV, "")))
    with serving(FakeAws(DAY, accounts=2, users_per_account=2)) as prod, serving(FakeAws(DAY, accounts=3)) as dev:
        env = environment(here, prod=prod, dev=dev)
        result = subprocess.run(
            [*COMMAND, "sync", "--all", "--strict"], env=env, capture_output=True, text=True, timeout=120
        )
        assert prod.aws.calls and bool(dev.aws.calls) == ("dev" in good)
    assert result.returncode == 2, result.stderr
    heads, _, *lines = result.stdout.splitlines()
    assert heads.split() == ["organization", "exit_code", "run", "error"]
    rows = {line.split()[0]: line for line in lines}
    assert list(rows) == [*good, "broken"]
    for name in good:
        (path,) = Path({"prod": "data/prod", "dev": "dev-runs"}[name]).glob("*.duckdb")
        assert rows[name].split()[1:3] == ["0", str(path)]
        assert f"{name}: Run file: {path}" in result.stderr.splitlines()
    assert rows["broken"].split()[1] == "2" and "No AWS credentials found." in rows["broken"]
    assert "broken: Error: No AWS credentials found." in result.stderr.splitlines()
    names = {line.partition(": ")[0] for line in result.stderr.splitlines()}
    assert names == {*good, "broken", "./iamsql.toml sets jobs, runs and sync.events."}


@pytest.mark.slow  # tests/catalog/settings/test_processes.py has the signals
def test_ctrl_c_stops_all_and_leaves_runs_that_resume(here: Path) -> None:
    write("jobs = 2\n" + ORGANIZATIONS.replace('profile = "broken"', 'profile = "prod"'))
    with serving(FakeAws(DAY, accounts=30, users_per_account=5)) as prod, serving(FakeAws(DAY, accounts=30)) as dev:
        env = environment(here, prod=prod, dev=dev)
        command = [*COMMAND, "sync", "--all", "--runs", "r"]
        process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        partials = [Path("r/prod"), Path("r/dev")]
        while not all([*folder.glob("*.partial")] for folder in partials) or min(calls(prod), calls(dev)) < 40:
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
        assert (process.returncode, stdout) == (130, "")
        assert "Stopped. Continue an organization with: iamsql sync --organization NAME --resume" in stderr
        assert not Path("r/broken").exists()
        assert [len([*folder.glob("*.partial")]) for folder in partials] == [1, 1], stderr
        again = [*COMMAND, "sync", "--organization", "prod", "--resume", "--runs", "r"]
        result = subprocess.run(again, env=env, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert [*Path("r/prod").glob("*.duckdb")]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replace the processes by a function that records what they would get."""
    recorded: dict[str, Any] = {}

    def sync(words: list[str], folders: dict[str, Path], jobs: int, on_line: Any, more: dict[str, str]) -> SyncsResult:
        recorded.update(words=words, folders=folders, jobs=jobs, environment=more)
        on_line("prod", "a \x1b[31mline")
        return SyncsResult(Rows(("organization",), [("prod",)], ("VARCHAR",)), 3)

    monkeypatch.setattr("iamsql.cli.sync_all.sync_organizations", sync)
    return recorded


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["sync", *args])


def test_the_other_options_are_passed_on(seen: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    write(f"jobs = 2\n{ORGANIZATIONS}", "own.toml")
    monkeypatch.setenv("IAMSQL_EXTERNAL_ID", "canary")
    arguments = ("--role", "a", "--role", "b", "--strict", "-q", "--runs", "r", "--days", "7")
    result = run("--all", "--config", "own.toml", *arguments)
    assert result.exit_code == 3 and "prod: a \\x1b[31mline" in result.stderr
    expected = ["--config", "own.toml", "--role=a", "--role=b", "--days=7", "--strict", "--quiet", "--runs=r"]
    assert sorted(seen["words"]) == sorted(expected)
    assert (seen["jobs"], seen["environment"]) == (2, {"IAMSQL_EXTERNAL_ID": "canary"})
    assert seen["folders"] == {name: Path("r") / name for name in ("prod", "dev", "broken")}
    monkeypatch.delenv("IAMSQL_EXTERNAL_ID")
    run("--all", "--config", "own.toml")
    assert (seen["words"], seen["environment"]) == (["--config", "own.toml"], {})
    assert seen["folders"]["dev"] == Path("dev-runs")


@pytest.mark.parametrize(
    ("args", "text", "message"),
    [
        (("--organization", "prod"), ORGANIZATIONS, "Use --organization or --all, not both."),
        (("--dry-run",), ORGANIZATIONS, "--dry-run estimates one organization"),
        ((), "", "There is no ./iamsql.toml, and --config names no organization."),
        ((), "runs = 'x'", "iamsql.toml names no organization.\nAdd a table for each"),
    ],
)
def test_options_of_one_organization_are_refused(
    seen: dict[str, Any], args: tuple[str, ...], text: str, message: str
) -> None:
    if text:
        write(text)
    result = run("--all", *args)
    assert (result.exit_code, seen) == (2, {}) and message in result.stderr
