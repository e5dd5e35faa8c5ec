"""A lake in a folder and a lake in S3: a test with the fixture `storage` runs with both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import boto3
import pytest
from botocore.retries.standard import ExponentialBackoff

from iamsql.lake import manifest
from iamsql.lake.open_storage import open_storage
from iamsql.lake.storage import Storage
from tests.automation.notify.emulators import variables
from tests.lake.object_store import BUCKET, ObjectStore, no_fault, object_store


@pytest.fixture(scope="session")
def _server() -> Iterator[ObjectStore]:
    with object_store() as store:
        yield store


@pytest.fixture
def store(_server: ObjectStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ObjectStore:
    """Return an object store without faults, which is the S3 of this test and of its processes."""
    for name, value in {**variables(_server.url), "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda self, context: 0.0)
    monkeypatch.setattr("iamsql.aws.object_storage.time.sleep", lambda seconds: None)
    _server.fault = no_fault
    s3 = boto3.client("s3")
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    _server.requests.clear()
    return _server


@pytest.fixture(params=["folder", "s3"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the location of a lake that does not exist."""
    if request.param == "folder":
        return str(tmp_path / "lake")
    request.getfixturevalue("store")
    return f"s3://{BUCKET}/{token_hex(4)}/lake"


@pytest.fixture
def storage(location: str, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """Return the storage of a lake that does not exist."""
    monkeypatch.setattr(manifest, "MAX_PAUSE_SECONDS", 0.01)
    return open_storage(location)


@pytest.fixture
def s3_storage(store: ObjectStore) -> Storage:
    """Return the storage of a lake in S3 that does not exist."""
    return open_storage(f"s3://{BUCKET}/{token_hex(4)}")
