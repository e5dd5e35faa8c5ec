"""The command reads log files of a trail from moto's S3 over HTTP."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.sync.syncs import query
from tests.sync.test_moto import MotoOrganization

BUCKET, PREFIX, ORGANIZATION = "trail-of-all", "logs/", "o-abcdefghij"
NOW = datetime.now(UTC).replace(microsecond=0)
DAYS, EVENTS = 5, 3


def record(account: str, region: str, when: datetime, number: int) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "eventID": f"{account}-{region}-{when:%d%H}-{number}",
        "eventName": "DeleteUser",
        "eventSource": "iam.amazonaws.com",
        "eventTime": f"{when:%Y-%m-%dT%H:%M:%SZ}",
        "awsRegion": region,
        "recipientAccountId": account,
        "userIdentity": {"type": "IAMUser", "userName": "ana ñ", "accountId": account},
        "requestParameters": {"userName": f"gone+{number}"},
    }


def fill(organization: MotoOrganization, accounts: list[str]) -> set[str]:
    """Write log files of some days and a digest into the bucket; return the IDs of the events of the last three days."""
    s3 = organization.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    event_ids = set()
    for account in accounts:
        for region in ("us-east-1", "eu-west-1"):
            for age in reversed(range(DAYS)):  # the last key is of today
                when = NOW - timedelta(days=age, minutes=30)
                records = [record(account, region, when, number) for number in range(EVENTS)]
                event_ids |= {event["eventID"] for event in records if age < 3}
                name = f"{account}_CloudTrail_{region}_{when:%Y%m%dT%H%MZ}_abc+def =&.json.gz"
                for kind in ("CloudTrail", "CloudTrail-Digest"):
                    key = f"{PREFIX}AWSLogs/{ORGANIZATION}/{account}/{kind}/{region}/{when:%Y/%m/%d}/{name}"
                    body = gzip.compress(json.dumps({"Records": records}).encode())
                    s3.put_object(
                        Bucket=BUCKET, Key=key, Body=body, ContentEncoding="gzip", ContentType="application/json"
                    )
    s3.put_object(Bucket=BUCKET, Key=key.replace("-Digest", "").replace("_abc", "_bad"), Body=b"no log")
    return event_ids


@pytest.fixture(scope="module")
def organization(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoOrganization]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    organization = MotoOrganization(f"http://{host}:{port}", runs=tmp_path_factory.mktemp("moto"))
    urlopen(
        Request(f"{organization.url}/moto-api/reset", method="POST")
    ).close()  # all servers of a process share their data
    try:
        created = organization.client("organizations").create_organization(FeatureSet="ALL")["Organization"]
        organization.management = created["MasterAccountId"]
        yield organization
    finally:
        server.stop()


@pytest.fixture(scope="module")
def event_ids(organization: MotoOrganization) -> set[str]:
    """Write the log files of two accounts to the bucket; return the IDs of the events of the last three days."""
    return fill(organization, [organization.management, "210987654321"])


def read_trail(
    organization: MotoOrganization, runs: Path, *arguments: str
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run the command for the trail alone."""
    organization.runs = runs
    done = organization.command("sync", "--table", "aws_cloudtrail_event", "--event", "none", *arguments)
    return done, organization.path


@pytest.mark.slow
def test_the_log_files_of_the_window_become_events(
    organization: MotoOrganization, event_ids: set[str], tmp_path: Path
) -> None:
    result, path = read_trail(organization, tmp_path, "--trail", f"s3://{BUCKET}/{PREFIX}", "--days", "3")
    assert result.returncode == 0, result.stderr
    assert "Read 36 events in" in result.stderr and "1 log files could not be read" in result.stderr
    assert {event_id for (event_id,) in query(path, "select event_id from aws_cloudtrail_event")} == event_ids
    assert query(
        path, "select distinct username, target from aws_cloudtrail_event where event_id like '%-2' order by all"
    ) == [("ana ñ", "gone+2")]
    keys = {key for (key,) in query(path, "select distinct log_file from aws_cloudtrail_event")}
    assert len(keys) == 12 and all("abc+def =&" in key for key in keys)
    bad = "select error_code, contains(error_message, 'bad+def =&') from iamsql.coverage where status = 'error' and service = 's3'"
    assert query(path, bad) == [("not_json", True)]


@pytest.mark.slow
def test_a_missing_bucket_is_reported(organization: MotoOrganization, tmp_path: Path) -> None:
    result, path = read_trail(organization, tmp_path, "--trail", "s3://not-here/x", "--strict")
    assert result.returncode == 3, result.stderr
    assert "The trail s3://not-here/x could not be read: NoSuchBucket" in result.stderr
    assert query(path, "select status, error_code from iamsql.event_coverage") == [("error", "NoSuchBucket")]
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_a_location_without_a_bucket_is_an_error_before_any_request(
    organization: MotoOrganization, tmp_path: Path
) -> None:
    organization.runs = tmp_path
    result = organization.command("sync", "--trail", "https://trail-of-all.s3.amazonaws.com/")
    assert result.returncode == 2
    assert "is not an S3 URL with a bucket" in result.stderr and "--trail s3://bucket/prefix" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("event_ids")
def test_requests_have_the_form_of_any_s3_client(organization: MotoOrganization) -> None:
    plain = boto3.client(
        "s3", endpoint_url=organization.url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    assert plain.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX)["KeyCount"] == 2 * 2 * DAYS * 2 + 1
