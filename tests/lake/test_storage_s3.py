"""Files in S3: local copies are verified and used again, and parts of responses that are missing are noticed."""

from __future__ import annotations

import re
from pathlib import Path

import boto3
import pytest

from iamsql.lake.files import ChangedFileError, MissingFileError, lake_file
from iamsql.lake.open_storage import open_storage
from iamsql.lake.storage import Storage, StorageOptions
from iamsql.model import IamsqlError
from tests.lake.object_store import BUCKET, DENIED, SHORT, UNAVAILABLE, ObjectStore, times

PATH = "state/table=t/organization=o/run=r/x.parquet"
LARGE = bytes(range(256)) * 50_000  # 12.8 MB, which is uploaded in two parts


def downloads(store: ObjectStore) -> int:
    """Return the number of GetObject requests."""
    return sum(method == "GET" and "?" not in path for method, path in store.requests)


def test_a_file_is_downloaded_once(store: ObjectStore, s3_storage: Storage, tmp_path: Path) -> None:
    s3_storage.create(PATH, b"content")
    file = lake_file(b"content", PATH)
    path = s3_storage.local(file)
    assert s3_storage.local_all([file, file]) == [path, path]
    assert downloads(store) == 1
    assert path.is_relative_to(tmp_path / "cache") and path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.slow
def test_a_large_file_is_uploaded_in_parts(store: ObjectStore, s3_storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(LARGE)
    s3_storage.upload(tmp_path / "large", PATH)
    assert s3_storage.local(lake_file(LARGE, PATH)).read_bytes() == LARGE
    assert [method for method, path in store.requests].count("POST") == 2


@pytest.mark.slow
def test_a_part_that_fails_is_repeated(store: ObjectStore, s3_storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(LARGE)
    store.fault = times(3, UNAVAILABLE, "PUT", re.escape(PATH))
    s3_storage.upload(tmp_path / "large", PATH)
    assert s3_storage.check(lake_file(LARGE, PATH)) == ""


@pytest.mark.slow
def test_a_response_that_ends_early_is_requested_again(store: ObjectStore, s3_storage: Storage) -> None:
    s3_storage.create(PATH, LARGE)
    file = lake_file(LARGE, PATH)
    store.fault = times(2, SHORT, "GET", "parquet$")
    assert s3_storage.local(file).read_bytes() == LARGE
    store.fault = times(2, SHORT, "GET", "parquet$")
    assert s3_storage.check(file) == ""
    store.fault = times(2, SHORT, "GET", "parquet$")
    assert s3_storage.read(PATH, 10**8) == LARGE
    store.fault = times(50, SHORT, "GET", "parquet$")
    with pytest.raises(IamsqlError, match=r"\nRepeat the command later\."):
        s3_storage.read(PATH, 10**8)


def test_a_copy_with_another_content_is_not_stored(s3_storage: Storage, tmp_path: Path) -> None:
    s3_storage.create(PATH, b"evil")
    with pytest.raises(ChangedFileError, match="its SHA-256 differs"):
        s3_storage.local(lake_file(b"good", PATH))
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


@pytest.mark.slow
def test_new_files_are_encrypted_with_the_key(store: ObjectStore, tmp_path: Path) -> None:
    key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    storage = open_storage(f"s3://{BUCKET}/kms", StorageOptions(kms_key=key))
    (tmp_path / "large").write_bytes(LARGE)
    storage.upload(tmp_path / "large", PATH)
    storage.create("runs/o/r.json", b"x")
    for name in (PATH, "runs/o/r.json"):
        head = boto3.client("s3").head_object(Bucket=BUCKET, Key=f"kms/{name}")
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"].split("/")[-1]) == ("aws:kms", key)


def test_errors_have_the_next_step(store: ObjectStore, s3_storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IamsqlError, match=r"NoSuchBucket: .*\nCreate the bucket, or correct its name\."):
        open_storage("s3://no-such-bucket-here").read("runs/o/r.json", 100)
    store.fault = times(1, DENIED, "GET", r"\?")
    with pytest.raises(IamsqlError, match=rf"\nAllow s3:ListBucket on arn:\*:s3:::{BUCKET} "):
        list(s3_storage.listing())
    store.fault = times(50, DENIED, "POST", "")
    with pytest.raises(IamsqlError, match=r"\nAllow s3:DeleteObject on "):
        s3_storage.delete([PATH])
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(IamsqlError, match=r"NoCredentialsError: .*\nRenew the credentials"):
        open_storage(f"s3://{BUCKET}").read("runs/o/r.json", 100)
    with pytest.raises(IamsqlError, match="List the profiles with"):
        open_storage(f"s3://{BUCKET}", StorageOptions(profile="no-such-profile"))


def test_a_key_that_is_denied_and_not_listed_does_not_exist(store: ObjectStore, s3_storage: Storage) -> None:
    s3_storage.create(PATH, b"content")
    store.fault = lambda method, path: DENIED if method == "GET" and "?" not in path else ""
    with pytest.raises(MissingFileError):
        s3_storage.read("runs/o/r.json", 100)
    with pytest.raises(IamsqlError, match=r"AccessDenied: .*\nAllow s3:GetObject on "):
        s3_storage.read(PATH, 10**8)


def test_many_files_are_deleted(store: ObjectStore, s3_storage: Storage) -> None:
    paths = [f"runs/o/{number}.json" for number in range(1001)]
    for path in (paths[0], paths[1000]):
        s3_storage.create(path, b"x")
    s3_storage.delete(paths)
    assert list(s3_storage.listing()) == []


def test_the_folders_of_the_console_are_not_files(s3_storage: Storage) -> None:
    prefix = s3_storage.uri("x").removeprefix(f"s3://{BUCKET}/").removesuffix("x")
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"{prefix}events/", Body=b"")
    assert list(s3_storage.listing()) == []


def test_the_cache_is_not_used_if_everybody_can_write_it(s3_storage: Storage, tmp_path: Path) -> None:
    s3_storage.create(PATH, b"content")
    folder = tmp_path / "cache" / "iamsql" / "lake"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    with pytest.raises(IamsqlError, match="Everyone can write the cache"):
        s3_storage.local(lake_file(b"content", PATH))
