"""Faults of objects, buckets and look-ups."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from botocore.exceptions import IncompleteReadError

from tests.demo.clients import DAY, PAYMENTS, client, refusal
from tests.fake_aws import FakeAws, Faults

BUCKET, PREFIX = "acme-trail", f"acme/AWSLogs/o-demo123456/{PAYMENTS}/CloudTrail/us-east-1/"


def room_with(**faults: object) -> FakeAws:
    return FakeAws(DAY, faults=Faults(**faults))


def s3(aws: FakeAws) -> Any:
    return client(aws, "s3", region="eu-west-1")


def first_key(one: Any) -> str:
    return str(one.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX)["Contents"][0]["Key"])


def body(kind: str) -> bytes:
    one = s3(room_with(objects=((kind, f"{PAYMENTS}_CloudTrail_us-east-1"),)))
    return bytes(one.get_object(Bucket=BUCKET, Key=first_key(one))["Body"].read())


@pytest.mark.parametrize(("kind", "code"), [("denied", "AccessDenied"), ("missing", "NoSuchKey")])
def test_objects_that_are_listed_and_cannot_be_read(kind: str, code: str) -> None:
    with refusal(code):
        body(kind)


@pytest.mark.slow
def test_objects_that_are_damaged() -> None:
    with pytest.raises(EOFError):
        gzip.decompress(body("cut"))
    with pytest.raises((zlib.error, gzip.BadGzipFile)):
        gzip.decompress(body("corrupt"))
    with pytest.raises(IncompleteReadError):
        body("broken")
    assert body("not_json").startswith(b"<html>")


def test_a_slow_object_is_complete() -> None:
    assert json.loads(gzip.decompress(body("slow")))["Records"]


def test_only_the_named_objects_are_damaged() -> None:
    one = s3(room_with(objects=(("denied", "/eu-west-1/"),)))
    assert one.get_object(Bucket=BUCKET, Key=first_key(one))["Body"].read()


@pytest.mark.parametrize(("fault", "code"), [("deny_bucket", "AccessDenied"), ("no_bucket", "NoSuchBucket")])
@pytest.mark.parametrize("which", [True, BUCKET])
def test_a_bucket_that_is_denied_or_missing(fault: str, code: str, which: bool | str) -> None:
    with refusal(code):
        s3(room_with(**{fault: which})).list_objects_v2(Bucket=BUCKET)
    assert s3(room_with(**{fault: "another"})).list_objects_v2(Bucket=BUCKET)["KeyCount"]


def test_planned_errors_and_denials_reach_s3() -> None:
    one = s3(room_with(errors=(("*", "ListObjectsV2", "SlowDown", 1),), deny=(("*", "GetObject"),)))
    with refusal("SlowDown"):
        one.list_objects_v2(Bucket=BUCKET)
    key = first_key(one)
    with refusal("AccessDenied"):
        one.get_object(Bucket=BUCKET, Key=key)


def test_an_operation_is_denied_in_one_region() -> None:
    aws = room_with(regions_denied=((PAYMENTS, "LookupEvents", "eu-west-1"), ("*", "DescribeTrails", "us-east-1")))
    with refusal("AccessDeniedException"):
        client(aws, "cloudtrail", PAYMENTS, region="eu-west-1").lookup_events()
    assert client(aws, "cloudtrail", PAYMENTS).lookup_events()["Events"]
    assert client(aws, "cloudtrail", region="eu-west-1").lookup_events()["Events"]
    with refusal("AccessDeniedException"):
        client(aws, "cloudtrail").describe_trails()


def test_every_third_look_up_is_throttled() -> None:
    one = client(room_with(lookup_stolen=3), "cloudtrail")
    for _ in range(2):
        assert one.lookup_events() and one.lookup_events()
        with refusal("ThrottlingException"):
            one.lookup_events()


def test_the_rate_of_look_ups_limits_no_other_operation() -> None:
    one = client(room_with(lookup_rate=0.001, lookup_burst=1), "cloudtrail")
    assert one.lookup_events() and one.describe_trails() and one.describe_trails()
    with refusal("ThrottlingException"):
        one.lookup_events()
