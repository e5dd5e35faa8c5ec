"""The real command reads a trail's log files over HTTP, from the S3 of an AWS that somebody else made up."""

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

from tests.sync.syncs import ask
from tests.sync.test_moto import Estate

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


def fill(estate: Estate, accounts: list[str]) -> set[str]:
    """Put log files of some days into the bucket, beside a digest; give the ids of the events of the last three days."""
    s3 = estate.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    wanted = set()
    for account in accounts:
        for region in ("us-east-1", "eu-west-1"):
            for age in reversed(range(DAYS)):  # the last key is of today
                when = NOW - timedelta(days=age, minutes=30)
                records = [record(account, region, when, number) for number in range(EVENTS)]
                wanted |= {one["eventID"] for one in records if age < 3}
                name = f"{account}_CloudTrail_{region}_{when:%Y%m%dT%H%MZ}_abc+def =&.json.gz"
                for kind in ("CloudTrail", "CloudTrail-Digest"):
                    key = f"{PREFIX}AWSLogs/{ORGANIZATION}/{account}/{kind}/{region}/{when:%Y/%m/%d}/{name}"
                    body = gzip.compress(json.dumps({"Records": records}).encode())
                    s3.put_object(
                        Bucket=BUCKET, Key=key, Body=body, ContentEncoding="gzip", ContentType="application/json"
                    )
    s3.put_object(Bucket=BUCKET, Key=key.replace("-Digest", "").replace("_abc", "_bad"), Body=b"no log")
    return wanted


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    made = Estate(f"http://{host}:{port}", runs=tmp_path_factory.mktemp("moto"))
    urlopen(
        Request(f"{made.url}/moto-api/reset", method="POST")
    ).close()  # all servers of a process share what there is
    try:
        organization = made.client("organizations").create_organization(FeatureSet="ALL")["Organization"]
        made.management = organization["MasterAccountId"]
        yield made
    finally:
        server.stop()


def read(estate: Estate, runs: Path, *words: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run the command for the trail alone."""
    estate.runs = runs
    done = estate.command("sync", "--table", "aws_cloudtrail_event", "--event", "none", *words)
    return done, estate.path


def test_the_log_files_of_the_window_become_events(estate: Estate, tmp_path: Path) -> None:
    wanted = fill(estate, [estate.management, "210987654321"])
    done, path = read(estate, tmp_path, "--trail", f"s3://{BUCKET}/{PREFIX}", "--days", "3")
    assert done.returncode == 0, done.stderr
    assert "Read 36 events in" in done.stderr and "1 log files could not be read" in done.stderr
    assert {one for (one,) in ask(path, "select event_id from aws_cloudtrail_event")} == wanted
    assert ask(
        path, "select distinct username, target from aws_cloudtrail_event where event_id like '%-2' order by all"
    ) == [("ana ñ", "gone+2")]
    keys = {key for (key,) in ask(path, "select distinct log_file from aws_cloudtrail_event")}
    assert len(keys) == 12 and all("abc+def =&" in key for key in keys)
    bad = "select error_code, contains(error_message, 'bad+def =&') from iamsql.coverage where status = 'error' and service = 's3'"
    assert ask(path, bad) == [("not_json", True)]


def test_a_bucket_that_is_not_there_is_told(estate: Estate, tmp_path: Path) -> None:
    done, path = read(estate, tmp_path, "--trail", "s3://not-here/x", "--strict")
    assert done.returncode == 3, done.stderr
    assert "The trail s3://not-here/x could not be read: NoSuchBucket" in done.stderr
    assert ask(path, "select status, error_code from iamsql.event_coverage") == [("error", "NoSuchBucket")]
    assert "Traceback" not in done.stderr


def test_a_place_that_names_no_bucket_is_refused_at_once(estate: Estate, tmp_path: Path) -> None:
    estate.runs = tmp_path
    done = estate.command("sync", "--trail", "https://trail-of-all.s3.amazonaws.com/")
    assert done.returncode == 2
    assert "is not an S3 URL with a bucket" in done.stderr and "--trail s3://bucket/prefix" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_moto_is_asked_as_any_client_asks(estate: Estate) -> None:
    plain = boto3.client(
        "s3", endpoint_url=estate.url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    assert plain.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX)["KeyCount"] == 2 * 2 * DAYS * 2 + 1
