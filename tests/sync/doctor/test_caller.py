"""The caller's credentials: where they come from, how to renew them, and whether they last for a sync."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iamsql.sync.doctor import caller
from iamsql.sync.doctor.checks import diagnose
from iamsql.sync.doctor.model import Row
from tests.fake_aws.over_http import Served
from tests.sync.doctor.conftest import options, rows

PROFILE = """[profile audit]
sso_session = main
sso_account_id = 111122223333
sso_role_name = Auditor
region = us-east-1
[sso-session main]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
"""


@pytest.fixture(autouse=True)
def _reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.sync.doctor.network.connect", lambda _: None)


def credentials(tmp_path: Path, profile: str | None = None) -> Row:
    """Return the row of the check of the credentials."""
    [row] = rows(diagnose(options(tmp_path, profile=profile)), "credentials")
    return row


@pytest.mark.slow
def test_missing_credentials_and_profiles_have_a_next_step(tmp_path: Path) -> None:
    row = credentials(tmp_path)
    assert (row.status, row.detail) == ("failed", "No AWS credentials found.")
    assert "aws sso login" in row.remediation
    row = credentials(tmp_path, "nobody")
    assert "nobody" in row.detail
    assert row.remediation == "List the profiles with: aws configure list-profiles"


@pytest.mark.slow
def test_an_expired_sign_in_names_the_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text(PROFILE)
    monkeypatch.setenv("HOME", str(tmp_path))
    row = credentials(tmp_path, "audit")
    assert row.status == "failed"
    assert row.remediation == "aws sso login --profile audit"
    monkeypatch.setenv("AWS_PROFILE", "audit")
    assert credentials(tmp_path).remediation == "aws sso login --profile audit"


@pytest.mark.slow
@pytest.mark.parametrize(("minutes", "status"), [(5, "warning"), (60, "ok")])
def test_credentials_must_last_for_a_sync(
    serve: Callable[..., Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minutes: int, status: str
) -> None:
    serve()
    # botocore renews credentials with an expiry some minutes before, and the environment has no newer ones.
    monkeypatch.setattr(caller, "USUAL_SECONDS", 45.0 * 60 if status == "warning" else 900.0)
    expires = datetime.now(UTC) + timedelta(minutes=minutes + 20)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", expires.isoformat())
    [row] = rows(diagnose(options(tmp_path, accounts=("111122223333",))), "credential expiry")
    assert row.status == status
    assert row.detail.endswith("minutes (assumed)")
    assert bool(row.remediation) == (status == "warning")


def test_a_command_for_credentials_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile audit]\ncredential_process = /no-such-command\n")
    row = credentials(tmp_path, "audit")
    assert row.status == "failed"
    assert "no-such-command" in row.detail
