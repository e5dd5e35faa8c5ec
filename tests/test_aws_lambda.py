"""The handler runs iamsql in its process, returns the summary, and fails with the run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from botocore.exceptions import ClientError

from iamsql import aws_lambda, cli
from iamsql.model import IamsqlError
from tests.deploy.lint import EXTERNAL_ID, SLACK

SUMMARY = {"status": "succeeded", "exit_code": 0}


class Secrets:
    """Clients of Systems Manager and Secrets Manager that record their regions."""

    def __init__(self) -> None:
        self.regions: list[tuple[str, str]] = []

    def client(self, service: str, region: str = "") -> Any:
        self.regions.append((service, region))
        return SimpleNamespace(get_parameter=self.get_parameter, get_secret_value=self.get_secret_value)

    def get_parameter(self, Name: str, WithDecryption: bool) -> dict[str, Any]:
        if Name == "/denied":
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetParameter")
        assert WithDecryption is True
        return {"Parameter": {"Value": f"value of {Name}"}}

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:
        return {"SecretString": f"secret {SecretId}"}


@pytest.fixture
def function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, str], list[list[str]]]:
    """Return a function that sets the exit code and the output of `iamsql run`, and returns the calls of it."""
    monkeypatch.setattr(aws_lambda, "FOLDER", tmp_path)
    for name in (
        "HOME",
        "IAMSQL_RUNS",
        "XDG_CACHE_HOME",
        "IAMSQL_ARCHIVE",
        aws_lambda.SECRETS,
        aws_lambda.CONFIGURATION,
    ):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)

    def replaced(code: int, output: str) -> list[list[str]]:
        calls: list[list[str]] = []

        def run(arguments: list[str], prog_name: str) -> None:
            calls.append(arguments)
            click.echo(output)
            raise SystemExit(code)

        monkeypatch.setattr(cli, "main", run)
        return calls

    return replaced


def test_the_summary_is_returned_and_is_one_line_of_the_log(
    function: Callable[[int, str], list[list[str]]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IAMSQL_ARCHIVE", "s3://bucket/iamsql")
    calls = function(0, json.dumps(SUMMARY))
    assert aws_lambda.handler({"options": ["--keep", "30"]}, None) == SUMMARY
    assert calls == [["run", "--archive", "s3://bucket/iamsql", "--keep", "30"]]
    assert json.loads(capsys.readouterr().out) == SUMMARY


def test_an_invocation_is_refused_while_another_one_uses_the_archive(
    function: Callable[[int, str], list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock of a runs folder is no help: each invocation has a folder of its own."""
    leases: list[tuple[str, str, float]] = []

    @contextmanager
    def refused(client: object, bucket: str, key: str, seconds: float) -> Iterator[None]:
        leases.append((bucket, key, seconds))
        raise IamsqlError("Another run uses it.")
        yield

    monkeypatch.setenv("IAMSQL_ARCHIVE", "s3://bucket/iamsql")
    monkeypatch.setattr(aws_lambda, "lease", refused)
    monkeypatch.setattr(aws_lambda, "Clients", Secrets)
    monkeypatch.setattr(Secrets, "client", lambda self, service: service)
    calls = function(0, json.dumps(SUMMARY))
    with pytest.raises(IamsqlError, match="Another run"):
        aws_lambda.handler({}, SimpleNamespace(get_remaining_time_in_millis=lambda: 899_000))
    assert calls == [] and leases == [("bucket", "iamsql/state/run-lease.json", 899)]


@pytest.mark.parametrize("code", [0, 1, 3, 4])
def test_findings_and_gaps_are_no_failure(code: int, function: Callable[[int, str], list[list[str]]]) -> None:
    function(code, json.dumps(SUMMARY | {"exit_code": code}))
    assert aws_lambda.handler({}, None)["exit_code"] == code


def test_a_run_that_could_not_be_done_fails_the_invocation(
    function: Callable[[int, str], list[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    function(2, json.dumps({"status": "failed"}))
    with pytest.raises(aws_lambda.RunFailed, match="exit code 2"):
        aws_lambda.handler({}, None)
    assert json.loads(capsys.readouterr().out) == {"status": "failed"}


def test_files_are_in_the_folder_that_a_function_can_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_lambda, "FOLDER", tmp_path)
    environment: dict[str, str] = {"HOME": "/home-of-nobody"}
    aws_lambda.prepare(environment)
    assert environment["HOME"] == str(tmp_path)
    assert environment["IAMSQL_RUNS"] == str(tmp_path / "runs")
    assert environment["XDG_CACHE_HOME"] == str(tmp_path / "cache")


def test_the_configuration_and_the_secrets_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_lambda, "FOLDER", tmp_path)
    secrets = {"IAMSQL_EXTERNAL_ID": EXTERNAL_ID, "IAMSQL_SLACK_WEBHOOK": SLACK}
    environment = {aws_lambda.SECRETS: json.dumps(secrets), aws_lambda.CONFIGURATION: "/iamsql/iamsql/configuration"}
    clients = Secrets()
    for _ in range(2):  # the second invocation of a warm function writes the file again
        aws_lambda.prepare(environment, clients)  # type: ignore[arg-type]
    written = Path(environment["IAMSQL_CONFIG"])
    assert written.read_text() == "value of /iamsql/iamsql/configuration"
    assert written.stat().st_mode & 0o777 == 0o600
    assert environment["IAMSQL_EXTERNAL_ID"] == f"value of {EXTERNAL_ID}"
    assert environment["IAMSQL_SLACK_WEBHOOK"] == f"secret {SLACK}"
    assert set(clients.regions) == {("ssm", "eu-west-1"), ("secretsmanager", "eu-west-1"), ("ssm", "")}


def test_a_denied_parameter_is_an_error_with_the_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_lambda, "FOLDER", tmp_path)
    with pytest.raises(IamsqlError, match="AccessDeniedException: no\nAllow the role"):
        aws_lambda.prepare({aws_lambda.CONFIGURATION: "/denied"}, Secrets())  # type: ignore[arg-type]


def test_the_command_line_runs_in_the_process() -> None:
    code, output = aws_lambda.invoke(["--version"])
    assert code == 0 and output.startswith("iamsql ")
    assert aws_lambda.invoke(["role", "--kind", "nothing"]) == (2, "")
    code, output = aws_lambda.invoke(["role"])
    assert code == 0 and json.loads(output)["Statement"]


def test_output_that_is_not_json_is_returned_as_text() -> None:
    assert aws_lambda.parse_summary('note\n{"status": "succeeded"}\n') == {"status": "succeeded"}
    assert aws_lambda.parse_summary("run.duckdb\n") == "run.duckdb"
