"""STS is asked in the session's region, and in the partition's home region where it is not active in the former."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iamsql.aws.sessions import SessionFactory
from iamsql.model import IamsqlError
from tests.conftest import DAY
from tests.fake_aws import CREDENTIALS, FakeAws, Faults
from tests.sync.syncs import LOCKED, MANAGEMENT, PAYMENTS, Ran, ran

OFF, AWAY, HOME = "eu-south-2", "eu-central-1", "us-east-1"  # not enabled in any account; enabled; STS is always active
FEW: dict[str, Any] = {"accounts": (MANAGEMENT, PAYMENTS), "events": ("none",)}


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that syncs with a session of some region."""

    def made(region: str, **faults: Any) -> Ran:
        room = FakeAws(DAY, faults=Faults(**faults))
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
        return ran(tmp_path, room=room, **FEW)

    return made


def asked(run: Ran, operation: str) -> list[tuple[str | None, str]]:
    """List where STS was asked, and what it answered."""
    return [(one.region, one.outcome) for one in run.room.calls if one.operation == operation]


def test_the_session_s_region_is_asked_where_sts_is_active_there(read: Any) -> None:
    run = read(AWAY)
    assert asked(run, "GetCallerIdentity") == [(AWAY, "ok")]
    assert asked(run, "AssumeRole") == [(AWAY, "ok")] and run.outcome.gaps == 0


def test_a_region_that_is_not_enabled_is_left_for_the_home_region_once(read: Any) -> None:
    run = read(OFF)
    assert asked(run, "GetCallerIdentity") == [(OFF, "InvalidClientTokenId"), (HOME, "ok")]
    assert asked(run, "AssumeRole") == [(HOME, "ok")]
    assert run.rows("select distinct outcome from iamsql.accounts where selected") == [("read",)]


@pytest.mark.parametrize("operation", ["GetCallerIdentity", "AssumeRole"])
def test_where_sts_is_deactivated_the_home_region_is_asked(read: Any, operation: str) -> None:
    run = read(AWAY, regions_failing=(("*", operation, AWAY, "RegionDisabledException"),))
    assert asked(run, operation) == [(AWAY, "RegionDisabledException"), (HOME, "ok")]
    assert run.status("AssumeRole", PAYMENTS) == {("ok", None)} and run.outcome.gaps == 0


def test_a_region_without_sts_is_named_where_the_home_region_does_not_help(read: Any) -> None:
    failing = (
        ("*", "GetCallerIdentity", AWAY, "RegionDisabledException"),
        ("*", "GetCallerIdentity", HOME, "InvalidClientTokenId"),
    )
    with pytest.raises(IamsqlError) as raised:
        read(AWAY, regions_failing=failing)
    words = str(raised.value)
    assert words.startswith(f"STS is not active in {AWAY} (RegionDisabledException: ")
    assert f"{HOME} answered InvalidClientTokenId" in words and "expired or invalid" not in words


def test_credentials_that_both_regions_refuse_are_wrong(read: Any) -> None:
    failing = tuple(("*", "GetCallerIdentity", region, "InvalidClientTokenId") for region in (AWAY, HOME))
    with pytest.raises(IamsqlError, match="expired or invalid: InvalidClientTokenId"):
        read(AWAY, regions_failing=failing)


def test_a_role_that_no_region_gives_is_a_gap(read: Any) -> None:
    failing = tuple((PAYMENTS, "AssumeRole", region, "RegionDisabledException") for region in (AWAY, HOME))
    run = read(AWAY, regions_failing=failing)
    assert run.status("AssumeRole", PAYMENTS) == {("error", "RegionDisabledException")}
    assert run.status("GetAccountAuthorizationDetails", PAYMENTS) == {("not_asked", "AssumeRole")}
    assert run.rows("select outcome from iamsql.accounts where account_id = ?", PAYMENTS) == [("assume_role_failed",)]
    assert run.outcome.gaps > 0 and run.outcome.status == "gaps"


def test_a_role_that_denies_is_denied_and_no_second_region_is_asked(read: Any) -> None:
    run = read(AWAY, deny=((PAYMENTS, "AssumeRole"),))
    assert {region for region, _ in asked(run, "AssumeRole")} == {AWAY}
    assert run.status("AssumeRole", PAYMENTS) == {("denied", "AccessDenied")}
    assert LOCKED not in {one.account_id for one in run.room.calls}


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
    room = FakeAws(DAY)
    sessions = SessionFactory(send=room.answer, credentials=tuple(CREDENTIALS.values()))
    assert (sessions.region, sessions.home_region) == (region, home)
