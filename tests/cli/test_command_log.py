"""The log of a sync has what an administrator looks for, and nothing that an attacker looks for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from iamsql import cli
from iamsql.cli import main
from iamsql.demo import auth
from iamsql.demo.errors import AwsError
from iamsql.demo.protocol import REQUEST_ID
from tests.conftest import DAY
from tests.fake_aws import CREDENTIALS, FakeAws, Faults
from tests.fake_aws.over_http import Served, serving
from tests.hostile.test_secrets import MARK, issue_marked, marked_credentials
from tests.no_sleep import no_sleep

EXTERNAL = f"{MARK}-external"
REFUSED = "888899990000"
FORGED = '{"level": "INFO"}'
HOSTILE = (
    f"ExternalId '{EXTERNAL}' is wrong\n\u2028\u202e{FORGED} https://hooks.example.com/{MARK} X-Amz-Signature={MARK}"
)
FAULTS = Faults(
    errors=(("*", "ListAccountAliases", "Throttling", 2), ("*", "GetAccountSummary", 503, 99)), break_connections=(1,)
)
ASSUME = auth.Authenticator.assume


def records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a log of JSON lines."""
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    assert all(line.isprintable() for line in lines)
    return [json.loads(line) for line in lines]


def refuse(authenticator: auth.Authenticator, *args: Any) -> Any:
    """Quote the external ID in the error of one account, as STS does, with other secrets and control characters."""
    if any(f"::{REFUSED}:" in str(arg) for arg in args):
        raise AwsError("AccessDenied", HOSTILE, 403)
    return ASSUME(authenticator, *args)


@contextmanager
def marked_aws() -> Iterator[Served]:
    """Serve AWS with marked secrets and faults; yield the server."""
    with (
        patch.dict(CREDENTIALS, marked_credentials()),
        patch.object(auth.Authenticator, "_issue", issue_marked),
        patch.object(auth.Authenticator, "assume", refuse),
        serving(FakeAws(DAY, faults=FAULTS)) as served,
    ):
        yield served


def sync(folder: Path, served: Served, *options: str, **environment: str) -> Result:
    """Sync three accounts."""
    accounts = [part for account in ("777788889999", "444455556666", REFUSED) for part in ("--account", account)]
    args = ["sync", "--runs", str(folder / "synced"), *accounts, "--event", "none", *options]
    with no_sleep(served.aws):
        result = CliRunner().invoke(main, args, env=served.environment | environment)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, list[dict[str, Any]]]:
    """Return the outcome and the records of a sync with faults, with debug records in JSON."""
    folder = tmp_path_factory.mktemp("logged")
    names = ("aws_account", "aws_iam_account_summary", "aws_iam_credential_report", "aws_iam_user")
    tables = [part for name in names for part in ("--table", name)]
    with marked_aws() as served:
        options = ("--log-file", str(folder / "a.log"), "--log-format", "json", "--debug")
        done = sync(folder, served, *options, *tables, IAMSQL_EXTERNAL_ID=EXTERNAL)
    return done, records(folder / "a.log")


@pytest.mark.slow
def test_no_secret_is_in_the_log(logged: tuple[Result, list[dict[str, Any]]]) -> None:
    result, records = logged
    text = json.dumps(records)
    assert "AssumeRole" in text and "[redacted]" in text
    assert MARK not in text and MARK not in result.stdout
    debug = [line for line in result.stderr.splitlines() if line.startswith("{")]
    assert len(debug) == len(records) and MARK not in "".join(debug)


@pytest.mark.slow
def test_the_start_and_the_end_of_the_command_are_logged(logged: tuple[Result, list[dict[str, Any]]]) -> None:
    first, last = logged[1][0], logged[1][-1]
    assert (first["message"], first["command"]) == ("The command started.", "sync")
    assert first["options"]["external_id"] == "[redacted]" and first["options"]["--event"] == ["none"]
    assert (last["message"], last["exit_code"]) == ("The command finished.", 0) and last["seconds"] > 0


def test_failed_requests_have_the_code_and_the_request_id_of_aws(logged: tuple[Result, list[dict[str, Any]]]) -> None:
    failed = [each for each in logged[1] if each["message"] == "The request failed and is given up."]
    denied = next(each for each in failed if each["operation"] == "GenerateCredentialReport")
    assert (denied["level"], denied["account_id"], denied["code"]) == ("WARNING", "777788889999", "AccessDenied")
    assert denied["request_id"] == REQUEST_ID and "not authorized" in denied["error"]
    (unavailable,) = {each["attempt"] for each in failed if each["operation"] == "GetAccountSummary"}
    assert unavailable == 5
    refused = next(each for each in failed if each["account_id"] == REFUSED)
    assert refused["role"].startswith(f"arn:aws:iam::{REFUSED}:role/")
    assert refused["error"].startswith("ExternalId '[redacted]' is wrong\n\u2028\u202e{")


def test_retries_throttling_and_successes_are_debug_records(logged: tuple[Result, list[dict[str, Any]]]) -> None:
    debug = [each for each in logged[1] if each["level"] == "DEBUG"]
    counts = Counter(each["message"] for each in debug)
    assert counts["AWS throttled the request."] == 2 and counts["The request succeeded."] > 20
    repeated = [each for each in debug if each["message"] == "The request failed and is sent again."]
    assert "GetAccountSummary" in {each["operation"] for each in repeated}
    assert all(each["wait"] > 0 and each["attempt"] >= 1 for each in repeated)
    assert any(each["code"].endswith("Error") and "request_id" not in each for each in repeated)
    succeeded = next(each for each in debug if each.get("operation") == "GetAccountAuthorizationDetails")
    assert {"account_id", "region", "service", "operation", "seconds", "attempt"} <= succeeded.keys()


def test_accounts_and_role_attempts_are_logged(logged: tuple[Result, list[dict[str, Any]]]) -> None:
    finished = {
        each["account_id"]: each["outcome"] for each in logged[1] if each["message"] == "An account is finished."
    }
    assert finished["777788889999"] == "incomplete" and finished[REFUSED] == "assume_role_failed"
    attempts = [each["role"] for each in logged[1] if each["message"] == "Assuming a role."]
    assert f"arn:aws:iam::{REFUSED}:role/OrganizationAccountAccessRole" in attempts
    assert any(each["message"] == "The run file is complete." and each["outcome"] == "incomplete" for each in logged[1])


@pytest.mark.slow
def test_a_log_without_debug_has_no_debug_record(folder: Path) -> None:
    with marked_aws() as served:
        result = sync(
            folder, served, "--log-file", "a.log", "--table", "aws_iam_credential_report", IAMSQL_EXTERNAL_ID=EXTERNAL
        )
    text = (folder / "a.log").read_text()
    assert " WARNING " in text and " INFO " in text and " DEBUG " not in text and MARK not in text
    assert " INFO " not in result.stderr and f"request_id={REQUEST_ID}" in text


@pytest.mark.slow
def test_an_unreadable_log_file_of_a_trail_is_a_warning(tmp_path: Path) -> None:
    faults = Faults(objects=(("denied", "2026/03/01"),))
    file = tmp_path / "own.toml"
    file.write_text("[sync]\nstart_date = 2026-03-01\nend_date = 2026-03-01\n")
    window = ("--trail", "auto", "--config", str(file), "--table", "aws_account")
    with serving(FakeAws(DAY, faults=faults)) as served:
        sync(tmp_path, served, *window, "--log-file", f"{tmp_path}/a.log", "--log-format", "json")
    warnings = [each for each in records(tmp_path / "a.log") if each["logger"] == "iamsql.sync.cloudtrail.download"]
    assert warnings and all(each["level"] == "WARNING" and each["key"].endswith(".json.gz") for each in warnings)
    assert {each["code"] for each in warnings} == {"AccessDenied"}


@pytest.mark.parametrize(
    "args",
    [
        ("--log-file", "a.log", "query", "select 1 as one"),
        ("query", "--log-file", "a.log", "select 1 as one"),
        ("query", "select 1 as one", "--log-file", "a.log"),
        ("--debug", "query", "select 1 as one", "--log-file", "a.log"),
    ],
)
def test_the_options_are_accepted_before_and_after_the_command(folder: Path, args: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, args)
    text = (folder / "a.log").read_text()
    assert result.exit_code == 0 and result.stdout.splitlines()[-1].strip() == "1"
    assert text.count("The command started.") == 1 and "command=query" in text and "exit_code=0" in text
    assert ('statement="select 1 as one"' in text) == ("--debug" in args) == bool(result.stderr)


def test_a_command_of_a_group_is_logged_by_its_own_name(folder: Path) -> None:
    for args in (["runs", "show", "nope"], ["runs"], ["--log-format", "json", "runs", "list"]):
        CliRunner().invoke(main, args, env={"IAMSQL_LOG_FILE": "a.log"})
    text = (folder / "a.log").read_text()
    assert 'command="runs show"' in text and "exit_code=2" in text and 'error="There is no run nope' in text
    assert "command=runs " in text and '"command": "runs list"' in text and text.count("started") == 3


def test_the_environment_sets_the_options_and_the_command_line_overrides_it(folder: Path) -> None:
    environment = {"IAMSQL_LOG_FILE": "a.log", "IAMSQL_LOG_FORMAT": "json", "IAMSQL_DEBUG": "1"}
    result = CliRunner().invoke(main, ["query", "select 1"], env=environment)
    assert [each["level"] for each in records(folder / "a.log")].count("DEBUG") >= 1 and result.stderr.startswith("{")
    CliRunner().invoke(main, ["query", "select 1", "--log-file", "b.log"], env=environment)
    assert len(records(folder / "b.log")) >= 3 and (folder / "a.log").read_text().count("The command started.") == 1


def test_a_log_file_that_cannot_be_written_is_an_error_before_anything_is_done(folder: Path) -> None:
    for name in ("missing/a.log", "/dev/full", "runs"):
        result = CliRunner().invoke(main, ["query", "select 1", "--log-file", name])
        assert (result.exit_code, result.stdout) == (2, "") and len(result.stderr.splitlines()) == 2
        assert result.stderr.startswith(f"Error: cannot write the log file {name}: ")


def test_an_unexpected_error_is_logged_with_its_traceback(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("SecretAccessKey=s3cr3t\nsecond line")

    monkeypatch.setattr("iamsql.cli.query.run_query", broken)
    result = CliRunner().invoke(main, ["query", "select 1", "--log-file", "a.log", "--debug"])
    last = (folder / "a.log").read_text().splitlines()[-1]
    assert isinstance(result.exception, RuntimeError) and " CRITICAL " in last
    assert "Traceback" in last and "RuntimeError: SecretAccessKey=[redacted]" in last and "s3cr3t" not in last
    assert "CRITICAL" not in result.stderr  # the traceback is printed there


def test_the_help_of_the_program_has_the_options_and_that_of_commands_does_not() -> None:
    help_text = CliRunner().invoke(main, ["--help"]).stdout
    assert all(f"--{name}" in help_text for name in ("debug", "log-file FILE", "log-format [text|json]"))
    for name in cli.COMMANDS:
        result = CliRunner().invoke(main, [name, "--help"])
        assert "--log-file" not in result.stdout and result.exit_code == 0


@pytest.mark.slow
def test_a_command_without_a_log_does_not_change_what_it_prints(folder: Path) -> None:
    plain = CliRunner().invoke(main, ["query", "from aws_iam_user"])
    logged = CliRunner().invoke(main, ["query", "from aws_iam_user"], env={"IAMSQL_LOG_FILE": "a.log"})
    assert (plain.stdout, plain.stderr) == (logged.stdout, logged.stderr) and plain.stderr


def test_the_version_loads_no_module_of_logging() -> None:
    code = """
import sys
from iamsql.cli import main
try:
    main(["--version"])
finally:
    print("logging" in sys.modules, "iamsql.logs" in sys.modules)
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ}, check=True
    )
    assert result.stdout.split()[-2:] == ["False", "False"]
