"""The buckets of the trails: lists, redirects, bodies and permissions."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.demo.clients import DAY, PAYMENTS, client, flat, refusal
from tests.fake_aws import ORG_TRAIL, OWN_TRAIL, FakeAws

LOGS, NETWORK, ALICE, GREENFIELD, HOSTILE = (
    "222233334444",
    "012345678901",
    "101010101010",
    "131313131313",
    "1" + "21" * 5 + "2",
)
BUCKET, HEAD = "acme-trail", "acme/AWSLogs/o-demo123456/"
FILE = re.compile(
    r"(\d{12})/CloudTrail/([a-z0-9-]+)/(\d{4}/\d\d/\d\d)/\1_CloudTrail_\2_(\d{8})T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz"
)


@pytest.fixture(scope="module")
def aws() -> FakeAws:
    return FakeAws(DAY)


def s3(aws: FakeAws, account_id: str = "", region: str = "eu-west-1", **more: Any) -> Any:
    return client(aws, "s3", account_id, region=region, **more)


def listed(s3_client: Any, prefix: str = HEAD, **more: Any) -> list[Any]:
    bucket = more.pop("Bucket", BUCKET)
    parts = s3_client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, **more)
    return flat([part.get("Contents", []) for part in parts])


def records(s3_client: Any, key: str, bucket: str = BUCKET) -> list[Any]:
    body = s3_client.get_object(Bucket=bucket, Key=key)["Body"].read()
    return list(json.loads(gzip.decompress(body))["Records"])


@pytest.mark.slow
def test_the_layout_of_an_organization_trail(aws: FakeAws) -> None:
    assert f"s3://{BUCKET}/acme" == ORG_TRAIL
    keys = [s3_client["Key"].removeprefix(HEAD) for s3_client in listed(s3(aws))]
    file_types = Counter(key.split("/")[1] for key in keys)
    assert set(file_types) == {"CloudTrail", "CloudTrail-Digest", "CloudTrail-Insight"}
    for key in keys:
        if "/CloudTrail/" in key:
            match = FILE.fullmatch(key)
            assert match and match[3].replace("/", "") == match[4]
    assert len({key.split("/")[0] for key in keys}) == 13


@pytest.mark.slow
def test_lists_have_pages_and_start_after_the_requested_key(aws: FakeAws) -> None:
    s3_client = s3(aws)
    keys = [item["Key"] for item in listed(s3_client)]
    assert keys == sorted(keys) and len(keys) == len(set(keys)) > 300
    first = s3_client.list_objects_v2(Bucket=BUCKET, MaxKeys=7)
    assert (first["KeyCount"], first["MaxKeys"], first["IsTruncated"]) == (7, 7, True)
    second = s3_client.list_objects_v2(Bucket=BUCKET, MaxKeys=7, ContinuationToken=first["NextContinuationToken"])
    assert [item["Key"] for item in (*first["Contents"], *second["Contents"])] == keys[:14]
    assert [item["Key"] for item in listed(s3_client, StartAfter=keys[100])] == keys[101:]
    with refusal("InvalidArgument"):
        s3_client.list_objects_v2(Bucket=BUCKET, ContinuationToken="?")


@pytest.mark.slow
def test_a_delimiter_gives_common_prefixes(aws: FakeAws) -> None:
    s3_client = s3(aws)
    parts = s3_client.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix=HEAD, Delimiter="/", PaginationConfig={"PageSize": 5}
    )
    accounts = [item["Prefix"].removeprefix(HEAD) for part in parts for item in part.get("CommonPrefixes", [])]
    assert len(accounts) == len(set(accounts)) == 13 and f"{PAYMENTS}/" in accounts
    days = s3_client.list_objects_v2(
        Bucket=BUCKET, Prefix=f"{HEAD}{PAYMENTS}/CloudTrail/us-east-1/2026/03/", Delimiter="/"
    )
    assert days["KeyCount"] == len(days["CommonPrefixes"]) and "Contents" not in days


@pytest.mark.slow
def test_botocore_follows_the_redirect_to_the_region_of_the_bucket(aws: FakeAws) -> None:
    s3_client = s3(aws, region="us-east-1")
    before = len(aws.calls)
    assert s3_client.list_objects_v2(Bucket=BUCKET, MaxKeys=1)["KeyCount"] == 1
    assert s3_client.list_objects_v2(Bucket=BUCKET, MaxKeys=1)["KeyCount"] == 1
    outcomes = [(call.region, call.outcome) for call in aws.calls[before:]]
    assert outcomes == [("us-east-1", "PermanentRedirect"), ("eu-west-1", "ok"), ("eu-west-1", "ok")]


@pytest.mark.slow
def test_log_files_have_every_event_of_lookups_and_data_events(aws: FakeAws) -> None:
    s3_client = s3(aws)
    delivered = {
        record["eventID"]: record
        for item in listed(s3_client, f"{HEAD}{PAYMENTS}/CloudTrail/")
        for record in records(s3_client, item["Key"])
    }
    for region in ("us-east-1", "eu-west-1", "us-east-2"):
        trail = client(aws, "cloudtrail", PAYMENTS, region=region)
        for page in trail.get_paginator("lookup_events").paginate():
            for event in page["Events"]:
                assert delivered[event["EventId"]] == json.loads(event["CloudTrailEvent"])
    data = {record["eventName"] for record in delivered.values() if record["eventCategory"] == "Data"}
    assert {"GetObject", "Invoke", "GetItem"} <= data
    oldest = datetime(2026, 3, 14, tzinfo=UTC) - timedelta(days=90)
    assert any(record["eventTime"] < oldest.isoformat() for record in delivered.values())


def test_a_busy_day_has_two_files_that_share_an_event(aws: FakeAws) -> None:
    s3_client = s3(aws)
    items = listed(s3_client, f"{HEAD}{PAYMENTS}/CloudTrail/us-east-1/2026/03/11/")
    first, second = (records(s3_client, item["Key"]) for item in items)
    assert first[-1] == second[0]
    times = [record["eventTime"] for record in (*first, *second)]
    assert times == sorted(times)


def test_an_event_before_midnight_is_in_a_file_of_the_next_day(aws: FakeAws) -> None:
    s3_client = s3(aws)
    item = listed(s3_client, f"{HEAD}888899990000/CloudTrail/us-east-1/2026/03/11/")[0]
    assert {record["eventTime"][:10] for record in records(s3_client, item["Key"])} == {"2026-03-10", "2026-03-11"}


@pytest.mark.slow
def test_bodies_are_deterministic_and_as_long_as_listed(aws: FakeAws) -> None:
    s3_client, other = s3(aws), s3(FakeAws(DAY))
    item = listed(s3_client, f"{HEAD}{LOGS}/CloudTrail/")[3]
    response = s3_client.get_object(Bucket=BUCKET, Key=item["Key"])
    body = response["Body"].read()
    assert body == other.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
    assert (len(body), response["ContentLength"], response["ETag"]) == (item["Size"], item["Size"], item["ETag"])
    assert body[4:8] == b"\0" * 4


@pytest.mark.slow
def test_only_two_accounts_may_read_the_bucket(aws: FakeAws) -> None:
    assert s3(aws, LOGS).list_objects_v2(Bucket=BUCKET)["KeyCount"]
    for other in (PAYMENTS, NETWORK):
        with refusal("AccessDenied"):
            s3(aws, other).list_objects_v2(Bucket=BUCKET)
    with refusal("AccessDenied"):
        client(FakeAws(DAY, caller=PAYMENTS), "s3", region="eu-west-1").list_objects_v2(Bucket=BUCKET)
    with refusal("NoSuchBucket"):
        s3(aws).list_objects_v2(Bucket="nobody-s")
    with refusal("NoSuchKey"):
        s3(aws).get_object(Bucket=BUCKET, Key="acme/none")


def test_one_object_is_denied_and_one_is_cut(aws: FakeAws) -> None:
    s3_client = s3(aws)
    bad = Counter(why for account in (ALICE, NETWORK, LOGS) for why in unreadable(s3_client, account))
    assert bad == {"denied": 1, "cut": 1}


def unreadable(s3_client: Any, account: str) -> list[str]:
    faults = []
    for item in listed(s3_client, f"{HEAD}{account}/CloudTrail/"):
        try:
            records(s3_client, item["Key"])
        except EOFError:
            faults.append("cut")
        except ClientError as error:
            assert "is not authorized to perform: kms:Decrypt on resource" in str(error)
            faults.append("denied")
    return faults


def test_accounts_without_files(aws: FakeAws) -> None:
    s3_client = s3(aws)
    for account in ("141414141414", "151515151515", "161616161616"):
        assert not listed(s3_client, HEAD + account)
    newest = max(item["LastModified"] for item in listed(s3_client, f"{HEAD}{GREENFIELD}/CloudTrail/"))
    assert datetime(2026, 3, 14, tzinfo=UTC) - newest > timedelta(days=20)
    assert listed(s3_client, f"{HEAD}999900001111/CloudTrail/")


def test_the_trail_of_the_network_account_ends_when_it_is_stopped(aws: FakeAws) -> None:
    s3_client = s3(aws, NETWORK, "us-east-1")
    assert OWN_TRAIL == "s3://acme-network-trail"
    items = listed(s3_client, f"AWSLogs/{NETWORK}/CloudTrail/us-east-1/", Bucket="acme-network-trail")
    assert items == listed(s3_client, "", Bucket="acme-network-trail")
    last = records(s3_client, items[-1]["Key"], "acme-network-trail")
    assert last[-1]["eventTime"] < "2026-03-12T03:41:12Z"
    with refusal("AccessDenied"):
        s3(aws, region="us-east-1").list_objects_v2(Bucket="acme-network-trail")


@pytest.mark.slow
def test_a_synthetic_trail_of_any_size() -> None:
    assert not client(FakeAws(DAY, accounts=3, users_per_account=2), "cloudtrail").describe_trails()["trailList"]
    aws = FakeAws(DAY, accounts=3, users_per_account=2, trail=(600, 40))
    s3_client = s3(aws)
    items = listed(s3_client)
    assert len(items) == 600 and len({item["Key"].split("/")[3] for item in items}) == 3
    event_ids = set()
    for item in items[::60]:
        assert len(s3_client.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()) == item["Size"]
        file_records = records(s3_client, item["Key"])
        assert {record["recipientAccountId"] for record in file_records} == {item["Key"].split("/")[3]}
        event_ids |= {record["eventID"] for record in file_records}
        newest = max(record["eventTime"] for record in file_records)
        assert timedelta(0) < item["LastModified"] - datetime.fromisoformat(newest) < timedelta(hours=2)
    assert len(event_ids) == 400
    with refusal("NoSuchKey"):
        s3_client.get_object(Bucket=BUCKET, Key=items[0]["Key"].replace("_A", "_B"))
