"""STS requests go to the session's region, and to the partition's home region if STS is not active in the session's region."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iamsql.aws.sessions import SessionFactory
from iamsql.model import IamsqlError
from tests.conftest import DAY
from tests.fake_aws import CREDENTIALS, FakeAws, Faults
from tests.sync.syncs import LOCKED, MANAGEMENT, PAYMENTS, SyncedRun, run_sync

OFF, AWAY, HOME = "eu-south-2", "eu-central-1", "us-east-1"  # not enabled in any account; enabled; STS is always active
FEW: dict[str, Any] = {"accounts": (MANAGEMENT, PAYMENTS), "events": ("none",)}


@pytest.fixture
def sync_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that syncs with a session of a region."""

    def made(region: str, **faults: Any) -> SyncedRun:
        aws = FakeAws(DAY, faults=Faults(**faults))
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
        return run_sync(tmp_path, aws=aws, **FEW)

    return made


def sts_calls(run: SyncedRun, operation: str) -> list[tuple[str | None, str]]:
    """Return the region and the outcome of each STS request."""
    return [(call.region, call.outcome) for call in run.aws.calls if call.operation == operation]


@pytest.mark.slow
def test_the_sessions_region_is_used_where_sts_is_active(sync_in: Any) -> None:
    run = sync_in(AWAY)
    assert sts_calls(run, "GetCallerIdentity") == [(AWAY, "ok")]
    assert sts_calls(run, "AssumeRole") == [(AWAY, "ok")] and run.result.gaps == 0


@pytest.mark.slow
def test_after_a_region_that_is_not_enabled_the_home_region_is_used_from_then_on(sync_in: Any) -> None:
    run = sync_in(OFF)
    assert sts_calls(run, "GetCallerIdentity") == [(OFF, "InvalidClientTokenId"), (HOME, "ok")]
    assert sts_calls(run, "AssumeRole") == [(HOME, "ok")]
    assert run.rows("select distinct outcome from iamsql.accounts where selected") == [("complete",)]


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["GetCallerIdentity", "AssumeRole"])
def test_where_sts_is_deactivated_the_home_region_is_used(sync_in: Any, operation: str) -> None:
    run = sync_in(AWAY, regions_failing=(("*", operation, AWAY, "RegionDisabledException"),))
    assert sts_calls(run, operation) == [(AWAY, "RegionDisabledException"), (HOME, "ok")]
    assert run.status("AssumeRole", PAYMENTS) == {("ok", None)} and run.result.gaps == 0


def test_the_error_names_the_region_when_the_home_region_fails_too(sync_in: Any) -> None:
    failing = (
        ("*", "GetCallerIdentity", AWAY, "RegionDisabledException"),
        ("*", "GetCallerIdentity", HOME, "InvalidClientTokenId"),
    )
    with pytest.raises(IamsqlError) as raised:
        sync_in(AWAY, regions_failing=failing)
    message = str(raised.value)
    assert message.startswith(f"STS is not active in {AWAY} (RegionDisabledException: ")
    assert f"{HOME} answered InvalidClientTokenId" in message and "expired or invalid" not in message


def test_credentials_that_both_regions_reject_are_invalid(sync_in: Any) -> None:
    failing = tuple(("*", "GetCallerIdentity", region, "InvalidClientTokenId") for region in (AWAY, HOME))
    with pytest.raises(IamsqlError, match="expired or invalid: InvalidClientTokenId"):
        sync_in(AWAY, regions_failing=failing)


@pytest.mark.slow
def test_a_role_that_neither_region_returns_is_a_gap(sync_in: Any) -> None:
    failing = tuple((PAYMENTS, "AssumeRole", region, "RegionDisabledException") for region in (AWAY, HOME))
    run = sync_in(AWAY, regions_failing=failing)
    assert run.status("AssumeRole", PAYMENTS) == {("error", "RegionDisabledException")}
    assert run.status("GetAccountAuthorizationDetails", PAYMENTS) == {("not_requested", "AssumeRole")}
    assert run.rows("select outcome from iamsql.accounts where account_id = ?", PAYMENTS) == [("assume_role_failed",)]
    assert run.result.gaps > 0 and run.result.status == "incomplete"


@pytest.mark.slow
def test_a_denied_role_is_not_requested_in_a_second_region(sync_in: Any) -> None:
    run = sync_in(AWAY, deny=((PAYMENTS, "AssumeRole"),))
    assert {region for region, _ in sts_calls(run, "AssumeRole")} == {AWAY}
    assert run.status("AssumeRole", PAYMENTS) == {("denied", "AccessDenied")}
    assert LOCKED not in {call.account_id for call in run.aws.calls}


@pytest.mark.parametrize(
    ("region", "home"),
    [
        ("eu-south-1", "us-east-1"),
        ("cn-northwest-1", "cn-north-1"),
        ("us-gov-east-1", "us-gov-west-1"),
        ("eusc-de-east-1", "eusc-de-east-1"),
        ("us-iso-west-1", "us-iso-east-1"),
        ("xx-nowhere-1", "us-east-1"),
    ],
)
def test_every_partition_has_its_home_region(monkeypatch: pytest.MonkeyPatch, region: str, home: str) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    aws = FakeAws(DAY)
    sessions = SessionFactory(send=aws.answer, credentials=tuple(CREDENTIALS.values()))
    assert (sessions.region, sessions.home_region) == (region, home)
