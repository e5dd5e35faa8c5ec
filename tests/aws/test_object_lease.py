"""The lease of an archive belongs to one run at a time, ends automatically, and is released at the end of the run."""

from __future__ import annotations

import json
import time
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
        self.body, self.version, self.denies, self.repeats = body, 1, False, False

    def put_object(
        self, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str = "", IfMatch: str = ""
    ) -> dict[str, Any]:
        assert (Bucket, Key) == PLACE
        if self.denies:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")
        for _ in range(1 + self.repeats):
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
            response = super().get_object(Bucket, Key)
            self.version += 1  # another run has replaced it since
            return response

    with pytest.raises(IamsqlError, match="Another run uses"), lease(Raced(b"not JSON"), *PLACE, 900):
        pass


def test_a_run_that_outlives_its_lease_does_not_release_that_of_another(clock: dict[str, float]) -> None:
    bucket = Bucket()
    with lease(bucket, *PLACE, 900):
        clock["time"] += 1000
        bucket.put_object(*PLACE, Body=(other := b'{"until": 1700009999}'), IfMatch=str(bucket.version))
    assert bucket.body == other


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 1000,
        b'{"until": 1' + b"0" * 900 + b"}",
        b'{"until": Infinity}',
        b'{"until": NaN}',
        b'{"until": 1e300}',
        b'{"until": 33333333333}',  # in the year 3026
        b'{"until": {"until": 1}}',
        b'"until\x1b[2J"',
        b"\xff\xfe",
        b"x" * 10**6,
    ],
)
def test_an_object_that_no_lease_has_written_is_replaced(content: bytes) -> None:
    bucket = Bucket(content)
    with lease(bucket, *PLACE, 900):
        assert json.loads(bucket.body or b"")["holder"]


@pytest.mark.parametrize("earlier", [None, b'{"until": 1}'])
def test_a_request_whose_response_is_lost_gives_the_lease(earlier: bytes | None) -> None:
    """A client repeats such a request. The condition of the second one is false because of the first one."""
    bucket = Bucket(earlier)
    bucket.repeats = True
    with lease(bucket, *PLACE, 900), pytest.raises(IamsqlError, match="Another run uses"), lease(bucket, *PLACE, 900):
        pass
    assert json.loads(bucket.body or b"")["until"] <= time.time()


def test_a_denied_request_is_an_error_with_the_permission() -> None:
    bucket = Bucket()
    bucket.denies = True
    with (
        pytest.raises(IamsqlError, match=r"AccessDenied: no\nAllow s3:GetObject and s3:PutObject"),
        lease(bucket, *PLACE, 9),
    ):
        pass
