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
from tests.automation.deploy.lint import EXTERNAL_ID, SLACK

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
    monkeypatch.setattr(aws_lambda, "WRITABLE_FOLDER", tmp_path)
    for name in (
        "HOME",
        "IAMSQL_RUNS",
        "XDG_CACHE_HOME",
        "IAMSQL_ARCHIVE",
        aws_lambda.SECRETS_VARIABLE,
        aws_lambda.CONFIGURATION_VARIABLE,
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
    assert aws_lambda.handler({"options": ["--benchmark", "cis_v7.0", "--", "--days=7"]}, None) == SUMMARY
    assert calls == [["run", "--archive", "s3://bucket/iamsql", "--benchmark", "cis_v7.0", "--", "--days=7"]]
    assert json.loads(capsys.readouterr().out) == SUMMARY


def test_an_invocation_is_refused_while_another_one_uses_the_archive(
    function: Callable[[int, str], list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock of a runs folder does not help: each invocation has a folder of its own."""
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


def test_an_event_chooses_what_is_read_and_evaluated() -> None:
    run = [
        "--benchmark",
        "iamsql",
        "--benchmark=mfa_*",
        "--organization",
        "prod",
        "--fail-on",
        "alarm",
        "--strict",
        "--no-resume",
    ]
    sync = [
        "--account=111122223333", "--ou", "ou-ab12-11111111", "--region", "all", "--event", "all-writes", "--days", 30,
        "--table", "aws_iam_*", "--for", "stale_keys@2", "--max-calls", "100000", "--strict",
    ]  # fmt: skip
    for options in ([], run, ["--", *sync], [*run, "--", *sync]):
        assert aws_lambda.event_options({"options": options}) == [str(word) for word in options]
    assert aws_lambda.event_options({}) == aws_lambda.event_options(None) == aws_lambda.event_options("x") == []


def test_each_option_of_an_event_exists() -> None:
    for command, allowed in (("run", aws_lambda.EVENT_OPTIONS), ("sync", aws_lambda.EVENT_SYNC_OPTIONS)):
        subcommand = cli.main.get_command(click.Context(cli.main), command)
        assert subcommand is not None
        flags = {
            option: getattr(param, "is_flag", False)
            for param in subcommand.params
            if isinstance(param, click.Option)
            for option in param.opts
        }
        assert {name: flags.get(name) for name in allowed} == {
            name: form == aws_lambda.FLAG_PATTERN for name, form in allowed.items()
        }


REFUSED = [
    *(
        ["--to", "webhook:https://attacker.example/"],
        ["--to=slack"],
        ["--archive", "s3://attacker/x"],
        ["--config", "/tmp/x"],
    ),
    *(
        ["--runs", "/tmp/other"],
        ["--report", "x.html"],
        ["--export", "/tmp/x.csv"],
        ["--summary", "/tmp/x"],
        ["--keep", "1"],
    ),
    *(["--older-than", "1d"], ["--queries", "/tmp"], ["--mutes", "/tmp/x"], ["--profile", "x"], ["--demo"], ["--all"]),
    *(
        ["--restore", "1"],
        ["--merge-shards", "2"],
        ["--timeout", "0"],
        ["--memory", "9GB"],
        ["--quiet"],
        ["-q"],
        ["x"],
        [""],
    ),
    *(["--", "--role", "x"], ["--", "--external-id", "x"], ["--", "--org-role", "arn:aws:iam::666666666666:role/x"]),
    *(
        ["--", "--trail", "s3://attacker/x"],
        ["--", "--trail-role", "x"],
        ["--", "--no-session-policy"],
        ["--", "--demo"],
    ),
    *(["--", "--runs", "x"], ["--", "--profile", "x"], ["--", "--transport", "botocore"], ["--", "--", "--role", "x"]),
    *(["--account", "111122223333"], ["--", "--benchmark", "x"], ["--", "--resume"], ["--", "--shard", "1/2"]),
]


@pytest.mark.parametrize("options", REFUSED, ids=" ".join)
def test_an_event_does_not_choose_roles_files_and_targets(
    function: Callable[[int, str], list[list[str]]], monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    calls = function(0, json.dumps(SUMMARY))
    monkeypatch.setattr(aws_lambda, "prepare_environment", lambda _environment: pytest.fail("secrets were read"))
    with pytest.raises(IamsqlError, match=r"An event cannot set .*\nOptions that an event can set: --"):
        aws_lambda.handler({"options": options}, None)
    assert calls == []


@pytest.mark.parametrize(
    "options",
    [
        *(["--benchmark"], ["--benchmark", "--to"], ["--benchmark", "../x"], ["--benchmark="], ["--benchmark", "a b"]),
        *(
            ["--strict=1"],
            ["--organization", "../x"],
            ["--", "--account", "1"],
            ["--", "--days", "-1"],
            ["--", "--days", "٣"],
        ),
        *(
            ["--", "--for", "/tmp/x.sql"],
            ["--", "--table", "x\n--role"],
            ["--", "--days", "7\n"],
            ["--benchmark", "--"],
        ),
    ],
)
def test_a_value_of_another_form_is_an_error(options: list[str]) -> None:
    with pytest.raises(IamsqlError, match=r"The value of --[a-z-]+ in the options of the event is not valid\."):
        aws_lambda.event_options({"options": options})


@pytest.mark.parametrize("options", ["--to", {"--to": "x"}, [["--to"]], [None], [True], [1.5], 1, None])
def test_options_that_are_not_a_list_of_strings_are_an_error(options: object) -> None:
    with pytest.raises(IamsqlError, match="The options of an event are a list of texts"):
        aws_lambda.event_options({"options": options})


@pytest.mark.parametrize("code", [0, 1, 3, 4])
def test_findings_and_gaps_are_not_failures(code: int, function: Callable[[int, str], list[list[str]]]) -> None:
    function(code, json.dumps(SUMMARY | {"exit_code": code}))
    assert aws_lambda.handler({}, None)["exit_code"] == code


def test_a_run_that_could_not_be_done_fails_the_invocation(
    function: Callable[[int, str], list[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    function(2, json.dumps({"status": "failed"}))
    with pytest.raises(aws_lambda.RunFailedError, match="exit code 2"):
        aws_lambda.handler({}, None)
    assert json.loads(capsys.readouterr().out) == {"status": "failed"}


def test_files_are_in_the_folder_that_a_function_can_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_lambda, "WRITABLE_FOLDER", tmp_path)
    environment: dict[str, str] = {"HOME": "/home-of-nobody"}
    aws_lambda.prepare_environment(environment)
    assert environment["HOME"] == str(tmp_path)
    assert environment["IAMSQL_RUNS"] == str(tmp_path / "runs")
    assert environment["XDG_CACHE_HOME"] == str(tmp_path / "cache")


def test_the_configuration_and_the_secrets_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_lambda, "WRITABLE_FOLDER", tmp_path)
    secrets = {"IAMSQL_EXTERNAL_ID": EXTERNAL_ID, "IAMSQL_SLACK_WEBHOOK": SLACK}
    environment = {
        aws_lambda.SECRETS_VARIABLE: json.dumps(secrets),
        aws_lambda.CONFIGURATION_VARIABLE: "/iamsql/iamsql/configuration",
    }
    clients = Secrets()
    for _ in range(2):  # the second invocation of a warm function writes the file again
        aws_lambda.prepare_environment(environment, clients)  # type: ignore[arg-type]
    written = Path(environment["IAMSQL_CONFIG"])
    assert written.read_text() == "value of /iamsql/iamsql/configuration"
    assert written.stat().st_mode & 0o777 == 0o600
    assert environment["IAMSQL_EXTERNAL_ID"] == f"value of {EXTERNAL_ID}"
    assert environment["IAMSQL_SLACK_WEBHOOK"] == f"secret {SLACK}"
    assert set(clients.regions) == {("ssm", "eu-west-1"), ("secretsmanager", "eu-west-1"), ("ssm", "")}


def test_a_denied_parameter_is_an_error_with_the_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_lambda, "WRITABLE_FOLDER", tmp_path)
    with pytest.raises(IamsqlError, match="AccessDeniedException: no\nAllow the role"):
        aws_lambda.prepare_environment({aws_lambda.CONFIGURATION_VARIABLE: "/denied"}, Secrets())  # type: ignore[arg-type]


def test_the_command_line_runs_in_the_process() -> None:
    code, output = aws_lambda.invoke(["--version"])
    assert code == 0 and output.startswith("iamsql ")
    assert aws_lambda.invoke(["role", "--kind", "nothing"]) == (2, "")
    code, output = aws_lambda.invoke(["role"])
    assert code == 0 and json.loads(output)["Statement"]


def test_output_that_is_not_json_is_returned_as_text() -> None:
    assert aws_lambda.parse_summary('note\n{"status": "succeeded"}\n') == {"status": "succeeded"}
    assert aws_lambda.parse_summary("run.duckdb\n") == "run.duckdb"
