"""The lease of an archive belongs to one run at a time, ends by itself, and is released at the end of the run."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iamsql.aws import object_lease
from iamsql.aws.object_lease import lease
from iamsql.model import IamsqlError

PLACE = ("bucket", "iamsql/state/run-lease.json")


class Bucket:
    """A client of S3 with conditional writes of one object."""

    def __init__(self, body: bytes | None = None) -> None:
        self.body, self.version, self.denies = body, 1, False

    def put_object(
        self, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str = "", IfMatch: str = ""
    ) -> dict[str, Any]:
        assert (Bucket, Key) == PLACE
        if self.denies:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")
        if (IfNoneMatch and self.body is not None) or (IfMatch and IfMatch != str(self.version)):
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": "no"}}, "PutObject")
        self.body, self.version = Body, self.version + 1
        return {"ETag": str(self.version)}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        assert self.body is not None
        return {"Body": BytesIO(self.body), "ETag": str(self.version)}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Return the time that the lease reads."""
    now = {"time": 1_700_000_000.0}
    monkeypatch.setattr(object_lease.time, "time", lambda: now["time"])
    return now


def test_a_second_run_is_refused_while_the_first_one_runs(clock: dict[str, float]) -> None:
    bucket = Bucket()
    with lease(bucket, *PLACE, 900):
        clock["time"] += 899
        refused = pytest.raises(
            IamsqlError, match="Another run uses s3://bucket/iamsql/state until 2023-11-14T22:28:20"
        )
        with refused, lease(bucket, *PLACE, 900):
            pass
    with lease(bucket, *PLACE, 900):
        pass


def test_the_lease_of_a_run_that_was_killed_ends_by_itself(clock: dict[str, float]) -> None:
    bucket = Bucket(json.dumps({"until": clock["time"] + 900}).encode())
    clock["time"] += 901
    with lease(bucket, *PLACE, 900):
        assert json.loads(bucket.body or b"")["until"] == clock["time"] + 900


def test_of_two_runs_that_replace_a_lease_one_is_refused() -> None:
    class Raced(Bucket):
        def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
            found = super().get_object(Bucket, Key)
            self.version += 1  # another run has replaced it since
            return found

    with pytest.raises(IamsqlError, match="Another run uses"), lease(Raced(b"not JSON"), *PLACE, 900):
        pass


def test_a_run_that_outlives_its_lease_does_not_release_that_of_another(clock: dict[str, float]) -> None:
    bucket = Bucket()
    with lease(bucket, *PLACE, 900):
        clock["time"] += 1000
        bucket.put_object(*PLACE, Body=(other := b'{"until": 1700009999}'), IfMatch=str(bucket.version))
    assert bucket.body == other


def test_a_denied_request_is_an_error_with_the_permission() -> None:
    bucket = Bucket()
    bucket.denies = True
    with (
        pytest.raises(IamsqlError, match=r"AccessDenied: no\nAllow s3:GetObject and s3:PutObject"),
        lease(bucket, *PLACE, 9),
    ):
        pass
