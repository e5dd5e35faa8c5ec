"""Objects that cannot be read, and buckets that are denied or missing."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from botocore.exceptions import IncompleteReadError

from tests.demo.clients import PAYMENTS, client, fake_aws, refusal
from tests.fake_aws import FakeAws

BUCKET, PREFIX = "acme-trail", f"acme/AWSLogs/o-demo123456/{PAYMENTS}/CloudTrail/us-east-1/"


def s3(aws: FakeAws) -> Any:
    return client(aws, "s3", region="eu-west-1")


def first_key(s3_client: Any) -> str:
    return str(s3_client.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX)["Contents"][0]["Key"])


def body(kind: str) -> bytes:
    s3_client = s3(fake_aws(objects=((kind, f"{PAYMENTS}_CloudTrail_us-east-1"),)))
    return bytes(s3_client.get_object(Bucket=BUCKET, Key=first_key(s3_client))["Body"].read())


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "code"), [("denied", "AccessDenied"), ("missing", "NoSuchKey")])
def test_a_listed_object_is_denied_or_missing(kind: str, code: str) -> None:
    with refusal(code):
        body(kind)


@pytest.mark.slow
def test_damaged_objects() -> None:
    with pytest.raises(EOFError):
        gzip.decompress(body("cut"))
    with pytest.raises((zlib.error, gzip.BadGzipFile)):
        gzip.decompress(body("corrupt"))
    with pytest.raises(IncompleteReadError):
        body("broken")
    assert body("not_json").startswith(b"<html>")


@pytest.mark.slow
def test_a_slow_object_is_complete() -> None:
    assert json.loads(gzip.decompress(body("slow")))["Records"]


@pytest.mark.slow
def test_other_objects_are_not_damaged() -> None:
    s3_client = s3(fake_aws(objects=(("denied", "/eu-west-1/"),)))
    assert s3_client.get_object(Bucket=BUCKET, Key=first_key(s3_client))["Body"].read()


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "code"), [("deny_bucket", "AccessDenied"), ("no_bucket", "NoSuchBucket")])
@pytest.mark.parametrize("which", [True, BUCKET])
def test_a_bucket_that_is_denied_or_missing(fault: str, code: str, which: bool | str) -> None:
    with refusal(code):
        s3(fake_aws(**{fault: which})).list_objects_v2(Bucket=BUCKET)
    assert s3(fake_aws(**{fault: "another"})).list_objects_v2(Bucket=BUCKET)["KeyCount"]


@pytest.mark.slow
def test_planned_errors_and_denials_reach_s3() -> None:
    s3_client = s3(fake_aws(errors=(("*", "ListObjectsV2", "SlowDown", 1),), deny=(("*", "GetObject"),)))
    with refusal("SlowDown"):
        s3_client.list_objects_v2(Bucket=BUCKET)
    key = first_key(s3_client)
    with refusal("AccessDenied"):
        s3_client.get_object(Bucket=BUCKET, Key=key)
