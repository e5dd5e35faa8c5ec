"""Credentials appear in no file, answer, message, traceback or log."""

from __future__ import annotations

import shutil
import subprocess
import sys
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import boto3
import duckdb
import pytest
from botocore.credentials import Credentials
from click.testing import CliRunner, Result

from iamsql.aws.sessions import AccountSession, SessionFactory, assumed_session
from iamsql.cli import main
from iamsql.demo import auth
from iamsql.demo.errors import AwsError
from iamsql.runs.store.writer import RunWriter
from iamsql.sync import Options
from tests.fake_aws import CREDENTIALS, EXTERNAL_ID

MARK = "s3cr3t-M4rk"
ACCOUNTS = ("555566667777", "444455556666", "121212121212")
ASKING = "888899990000"  # its role iamsql-audit requires an external ID
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAMARKMARKMARKMARK",
    "AWS_SECRET_ACCESS_KEY": f"{MARK}-environment",
    "AWS_SESSION_TOKEN": f"{MARK}-environment-token",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": f"{MARK}-container",
    "IAMSQL_SOMETHING": f"{MARK}-else",
    "IAMSQL_EXTERNAL_ID": f"{MARK}-external",
}
ADMIT = auth.Authenticator._issue


def issue_marked(authenticator: auth.Authenticator, *args: Any) -> dict[str, Any]:
    """Return a role's credentials as the fake AWS does, with marked secrets."""
    response = ADMIT(authenticator, *args)
    response["Credentials"] |= {"SecretAccessKey": f"{MARK}-secret", "SessionToken": f"{MARK}-token"}
    return response


def marked_credentials() -> dict[str, str]:
    return CREDENTIALS | {"aws_secret_access_key": f"{MARK}-secret-own", "aws_session_token": f"{MARK}-token-own"}


def sync_marked(runs: Path, *options: str, **more_environment: str) -> Result:
    """Sync with marked secrets in every place."""
    account_options = [part for account in ACCOUNTS for part in ("--account", account)]
    args = ["sync", "--demo", "--runs", str(runs), *account_options, *options]
    with (
        patch.dict(CREDENTIALS, marked_credentials()),
        patch.object(auth.Authenticator, "_issue", issue_marked),
    ):
        return CliRunner().invoke(main, args, env=ENVIRONMENT | more_environment)


def output(done: Result) -> str:
    """Return all that a command printed, and the traceback of a crash."""
    crash = "".join(traceback.format_exception(*done.exc_info)) if done.exc_info else ""
    return done.output + crash + repr(done.exception)


def all_bytes(folder: Path) -> str:
    """Return the bytes of each file, and each value of the tables of run files, which are compressed."""
    texts = []
    for path in folder.rglob("*"):
        texts.append(str(path))
        if path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
            texts += values(path) if ".duckdb" in path.name and path.read_bytes()[8:12] == b"DUCK" else []
    return "\n".join(texts)


def values(path: Path) -> list[str]:
    """Return the values of a copy, because the crashed command of this process may have the file open."""
    with (
        TemporaryDirectory() as folder,
        duckdb.connect(shutil.copy(path, Path(folder, "copy.duckdb")), read_only=True) as con,
    ):
        statement = "select schema_name, table_name from duckdb_tables() where not internal"
        return [
            str(con.execute(f'select string_agg(columns(*)::varchar, chr(10)) from "{schema}"."{name}"').fetchall())
            for schema, name in con.execute(statement).fetchall()
        ]


def test_a_run_contains_no_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    result = sync_marked(tmp_path / "runs")
    assert result.exit_code == 0, output(result)
    [run] = (tmp_path / "runs").glob("*.duckdb")
    out = CliRunner().invoke(
        main, ["export", str(tmp_path / "out"), "--output", "csv", "--raw", "--run", str(run)], env=ENVIRONMENT
    )
    assert out.exit_code == 0, output(out)
    answered = CliRunner().invoke(main, ["query", "from iamsql.run", "--run", str(run), "-o", "json"], env=ENVIRONMENT)
    stored = all_bytes(tmp_path)
    assert "sandbox" in stored and ACCOUNTS[0] in stored
    for text in (stored, output(result), output(out), output(answered), caplog.text):
        assert MARK not in text


def sync_with_external_id(runs: Path, *options: str, **environment: str) -> str:
    """Sync the account whose role requires an external ID; return its outcome."""
    args = ["sync", "--demo", "--runs", str(runs), "--account", ASKING, "--table", "aws_account", *options]
    result = CliRunner().invoke(main, args, env=environment)
    assert result.exit_code == 0, output(result)
    [run] = runs.glob("*.duckdb")
    with duckdb.connect(str(run), read_only=True) as con:
        ((outcome,),) = con.execute("select role_used from iamsql.accounts where account_id = $1", [ASKING]).fetchall()
    return str(outcome)


@pytest.mark.slow
def test_the_external_id_of_the_environment_has_precedence_over_the_file(tmp_path: Path) -> None:
    first = "iamsql-audit"
    assert first not in sync_with_external_id(tmp_path / "none")
    assert first in sync_with_external_id(tmp_path / "environment", IAMSQL_EXTERNAL_ID=EXTERNAL_ID)
    file = tmp_path / "own.toml"
    file.write_text(f"[sync]\nexternal_id = '{EXTERNAL_ID}'\n")
    file.chmod(0o600)
    assert first in sync_with_external_id(tmp_path / "file", "--config", str(file))
    assert first not in sync_with_external_id(tmp_path / "both", "--config", str(file), IAMSQL_EXTERNAL_ID="other")
    assert first not in sync_with_external_id(tmp_path / "empty", IAMSQL_EXTERNAL_ID="")


@pytest.mark.parametrize("value", [f"{MARK} ", f"{MARK}\n", f"<{MARK}>", MARK * 200, f"{MARK}é"])
def test_an_external_id_that_sts_would_quote_in_an_error_is_not_sent(tmp_path: Path, value: str) -> None:
    result = sync_marked(tmp_path, IAMSQL_EXTERNAL_ID=value)
    assert (
        result.exit_code == 2 and "IAMSQL_EXTERNAL_ID takes 2 to 1224" in result.stderr and MARK not in output(result)
    )


def test_a_flag_for_the_external_id_is_refused_without_its_value(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["sync", f"--external-id={MARK}"])
    assert (
        result.exit_code == 2
        and "environment variable IAMSQL_EXTERNAL_ID" in result.stderr
        and MARK not in output(result)
    )


def test_the_help_does_not_show_the_external_id() -> None:
    result = CliRunner().invoke(main, ["sync", "--help"], env={"IAMSQL_EXTERNAL_ID": MARK})
    assert result.exit_code == 0 and MARK not in result.output


@pytest.mark.slow
@pytest.mark.parametrize("where", ["write_items", "insert_rows", "finish"])
def test_a_crash_prints_and_stores_no_secret(tmp_path: Path, where: str) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is gone")

    with patch.object(RunWriter, where, broken):
        done = sync_marked(tmp_path / "runs")
    assert isinstance(done.exception, RuntimeError), output(done)
    assert MARK not in output(done) and MARK not in all_bytes(tmp_path)


@pytest.mark.slow
def test_an_error_of_aws_is_printed_without_secrets(tmp_path: Path) -> None:
    def refused(*_: Any) -> dict[str, Any]:
        raise AwsError("AccessDenied", "User: arn:aws:sts::1:x is not authorized", 403)

    with patch.object(auth.Authenticator, "assume", refused):
        result = sync_marked(tmp_path / "runs")
    assert result.exit_code == 0 and MARK not in output(result) and MARK not in all_bytes(tmp_path)


def test_malformed_credentials_are_reported_without_secrets(tmp_path: Path) -> None:
    def garbled(gate: auth.Authenticator, *args: Any) -> dict[str, Any]:
        response = issue_marked(gate, *args)
        return {"Credentials": {"SecretAccessKey": response["Credentials"]["SecretAccessKey"]}}

    with patch.dict(CREDENTIALS, marked_credentials()), patch.object(auth.Authenticator, "_issue", garbled):
        done = CliRunner().invoke(
            main, ["sync", "--demo", "--runs", str(tmp_path), "--account", ACCOUNTS[0]], env=ENVIRONMENT
        )
    assert MARK not in output(done) and MARK not in all_bytes(tmp_path)


@pytest.mark.slow
def test_there_is_no_log_by_default(tmp_path: Path) -> None:
    code = f"""
import logging
from tests.fake_aws import CREDENTIALS
CREDENTIALS["aws_secret_access_key"] = {MARK + "-secret"!r}
from iamsql.cli import main
import iamsql.sync
for name in ("botocore", "urllib3", "iamsql", "iamsql.sync"):
    logging.getLogger(name).warning({MARK + "-logged"!r})
main(["sync", "--demo", "--runs", {str(tmp_path)!r}, "--account", {ACCOUNTS[0]!r}])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0 and MARK not in result.stdout + result.stderr


def test_no_repr_contains_a_secret() -> None:
    credentials = Credentials("AKIA", f"{MARK}-secret", f"{MARK}-token")
    entered = AccountSession("1", credentials, assumed_by=AccountSession("2", credentials.get_frozen_credentials()))
    response = {
        "Credentials": {
            "AccessKeyId": "A", "SecretAccessKey": f"{MARK}-secret", "SessionToken": f"{MARK}-token",
            "Expiration": "2026-01-01T00:00:00Z",
        }
    }  # fmt: skip
    sessions = SessionFactory(send=lambda **_: None, credentials=("AKIA", f"{MARK}-secret", f"{MARK}-token"))
    options = Options(runs=Path("x"), external_id=f"{MARK}-external")
    for instance in (
        entered,
        assumed_session(entered, "arn:aws:iam::1:role/x", response),
        sessions,
        sessions.caller,
        boto3.Session(),
        options,
    ):
        assert MARK not in repr(instance) and MARK not in str(instance)
