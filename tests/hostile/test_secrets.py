"""What lets somebody in is written nowhere: no file, no answer, no line, no traceback, no log that nobody asked for."""

from __future__ import annotations

import logging
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
from iamsql.store.writer import RunWriter
from iamsql.sync import Options
from tests.fake_aws import CREDENTIALS, EXTERNAL_ID

MARK = "s3cr3t-M4rk"
ACCOUNTS = ("555566667777", "444455556666", "121212121212")
ASKING = "888899990000"  # its role iamsql-audit asks for an external id
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAMARKMARKMARKMARK",
    "AWS_SECRET_ACCESS_KEY": f"{MARK}-environment",
    "AWS_SESSION_TOKEN": f"{MARK}-environment-token",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": f"{MARK}-container",
    "IAMSQL_SOMETHING": f"{MARK}-else",
}
GIVEN = ("--external-id", f"{MARK}-external")
ADMIT = auth.Authenticator._issue


def admit(gate: auth.Authenticator, *args: Any) -> dict[str, Any]:
    """Hand out a role's credentials as the room does, with marked secrets."""
    answer = ADMIT(gate, *args)
    answer["Credentials"] |= {"SecretAccessKey": f"{MARK}-secret", "SessionToken": f"{MARK}-token"}
    return answer


def own() -> dict[str, str]:
    return CREDENTIALS | {"aws_secret_access_key": f"{MARK}-secret-own", "aws_session_token": f"{MARK}-token-own"}


def synced(runs: Path, *more: str, given: tuple[str, ...] = GIVEN, **more_environment: str) -> Result:
    """Sync with marked secrets everywhere."""
    chosen = [part for account in ACCOUNTS for part in ("--account", account)]
    args = ["sync", "--demo", "--runs", str(runs), *given, *chosen, *more]
    with (
        patch.dict(CREDENTIALS, own()),
        patch.object(auth.Authenticator, "_issue", admit),
    ):
        return CliRunner().invoke(main, args, env=ENVIRONMENT | more_environment)


def told(done: Result) -> str:
    """Give all that a command said, and the traceback that a crash would print."""
    crash = "".join(traceback.format_exception(*done.exc_info)) if done.exc_info else ""
    return done.output + crash + repr(done.exception)


def written(folder: Path) -> str:
    """Give the bytes of every file, and every value of every table of the run files, which are compressed."""
    found = []
    for path in folder.rglob("*"):
        found.append(str(path))
        if path.is_file():
            found.append(path.read_bytes().decode("latin-1"))
            found += values(path) if ".duckdb" in path.name and path.read_bytes()[8:12] == b"DUCK" else []
    return "\n".join(found)


def values(path: Path) -> list[str]:
    """Give the values of a copy: the crashed command of this process may hold the file itself."""
    with (
        TemporaryDirectory() as folder,
        duckdb.connect(shutil.copy(path, Path(folder, "copy.duckdb")), read_only=True) as con,
    ):
        held = "select schema_name, table_name from duckdb_tables() where not internal"
        return [
            str(con.execute(f'select string_agg(columns(*)::varchar, chr(10)) from "{schema}"."{name}"').fetchall())
            for schema, name in con.execute(held).fetchall()
        ]


@pytest.mark.parametrize("given", [GIVEN, ()], ids=["option", "environment"])
def test_a_run_holds_no_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture, given: tuple[str, ...]) -> None:
    done = synced(tmp_path / "runs", given=given, IAMSQL_EXTERNAL_ID=f"{MARK}-variable")
    assert done.exit_code == 0, told(done)
    [run] = (tmp_path / "runs").glob("*.duckdb")
    out = CliRunner().invoke(
        main, ["export", str(tmp_path / "out"), "--format", "csv", "--raw", "--run", str(run)], env=ENVIRONMENT
    )
    assert out.exit_code == 0, told(out)
    asked = CliRunner().invoke(main, ["query", "from iamsql.run", "--run", str(run), "-o", "json"], env=ENVIRONMENT)
    held = written(tmp_path)
    assert "sandbox" in held and ACCOUNTS[0] in held
    for text in (held, told(done), told(out), told(asked), caplog.text):
        assert MARK not in text


def entered(runs: Path, *more: str, **environment: str) -> str:
    """Sync the account of the demo whose role asks for an external id; return how that went."""
    args = ["sync", "--demo", "--runs", str(runs), "--account", ASKING, "--table", "aws_account", *more]
    done = CliRunner().invoke(main, args, env=environment)
    assert done.exit_code == 0, told(done)
    [run] = runs.glob("*.duckdb")
    with duckdb.connect(str(run), read_only=True) as con:
        ((outcome,),) = con.execute("select role_used from iamsql.accounts where account_id = $1", [ASKING]).fetchall()
    return str(outcome)


def test_the_environment_gives_the_external_id_and_the_option_goes_before_it(tmp_path: Path) -> None:
    first = "iamsql-audit"
    assert first not in entered(tmp_path / "none")
    assert first in entered(tmp_path / "environment", IAMSQL_EXTERNAL_ID=EXTERNAL_ID)
    assert first in entered(tmp_path / "option", "--external-id", EXTERNAL_ID, IAMSQL_EXTERNAL_ID="other")
    assert first not in entered(tmp_path / "empty", IAMSQL_EXTERNAL_ID="")


@pytest.mark.parametrize("value", [f"{MARK} ", f"{MARK}\n", f"<{MARK}>", MARK * 200, f"{MARK}é"])
def test_an_external_id_that_sts_would_quote_in_its_refusal_is_not_sent(tmp_path: Path, value: str) -> None:
    for given, environment in ((("--external-id", value), {}), ((), {"IAMSQL_EXTERNAL_ID": value})):
        done = synced(tmp_path, given=given, **environment)
        assert done.exit_code == 2 and "IAMSQL_EXTERNAL_ID" in done.stderr and MARK not in told(done)


def test_help_does_not_show_the_external_id() -> None:
    done = CliRunner().invoke(main, ["sync", "--help"], env={"IAMSQL_EXTERNAL_ID": MARK})
    assert done.exit_code == 0 and "$IAMSQL_EXTERNAL_ID" in done.stdout and MARK not in done.output


@pytest.mark.parametrize("where", ["write_items", "insert_rows", "finish"])
def test_a_crash_prints_and_leaves_no_secret(tmp_path: Path, where: str) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is gone")

    with patch.object(RunWriter, where, broken):
        done = synced(tmp_path / "runs")
    assert isinstance(done.exception, RuntimeError), told(done)
    assert MARK not in told(done) and MARK not in written(tmp_path)


def test_what_aws_refuses_is_told_without_secrets(tmp_path: Path) -> None:
    def refused(*_: Any) -> dict[str, Any]:
        raise AwsError("AccessDenied", "User: arn:aws:sts::1:x is not authorized", 403)

    with patch.object(auth.Authenticator, "assume", refused):
        done = synced(tmp_path / "runs")
    assert done.exit_code == 0 and MARK not in told(done) and MARK not in written(tmp_path)


def test_a_garbled_way_in_is_told_without_secrets(tmp_path: Path) -> None:
    def garbled(gate: auth.Authenticator, *args: Any) -> dict[str, Any]:
        answer = admit(gate, *args)
        return {"Credentials": {"SecretAccessKey": answer["Credentials"]["SecretAccessKey"]}}

    with patch.dict(CREDENTIALS, own()), patch.object(auth.Authenticator, "_issue", garbled):
        done = CliRunner().invoke(
            main, ["sync", "--demo", "--runs", str(tmp_path), "--account", ACCOUNTS[0]], env=ENVIRONMENT
        )
    assert MARK not in told(done) and MARK not in written(tmp_path)


def test_nothing_logs_unless_somebody_turns_it_on(tmp_path: Path) -> None:
    code = f"""
import logging
from tests.fake_aws import CREDENTIALS
CREDENTIALS["aws_secret_access_key"] = {MARK + "-secret"!r}
from iamsql.cli import main
main(["sync", "--demo", "--runs", {str(tmp_path)!r}, "--account", {ACCOUNTS[0]!r}])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0 and MARK not in done.stdout + done.stderr
    heard = [one for name in ("botocore", "boto3", "urllib3", "iamsql") for one in logging.getLogger(name).handlers]
    assert all(isinstance(one, logging.NullHandler) for one in heard)


def test_reprs_hold_no_secret() -> None:
    held = Credentials("AKIA", f"{MARK}-secret", f"{MARK}-token")
    entered = AccountSession("1", held, assumed_by=AccountSession("2", held.get_frozen_credentials()))
    answer = {
        "Credentials": {
            "AccessKeyId": "A", "SecretAccessKey": f"{MARK}-secret", "SessionToken": f"{MARK}-token",
            "Expiration": "2026-01-01T00:00:00Z",
        }
    }  # fmt: skip
    sessions = SessionFactory(send=lambda **_: None, credentials=("AKIA", f"{MARK}-secret", f"{MARK}-token"))
    options = Options(runs=Path("x"), external_id=f"{MARK}-external")
    for one in (
        entered,
        assumed_session(entered, "arn:aws:iam::1:role/x", answer),
        sessions,
        sessions.caller,
        boto3.Session(),
        options,
    ):
        assert MARK not in repr(one) and MARK not in str(one)
