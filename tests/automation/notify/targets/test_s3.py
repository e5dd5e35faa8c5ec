"""S3: the files of a run arrive under its ID with their types and checksums, and the link reads the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from iamsql.automation.notify.model import DeliveryError, TargetContext
from iamsql.automation.notify.targets.s3 import open_target, validity_phrase
from iamsql.aws.delivery import PresignedUrl
from tests.automation.notify.emulators import Emulator, bodies, deliver, moto
from tests.automation.notify.notices import RUN, notice, usual

BUCKET, FOLDER = "iamsql-reports", f"audit/{RUN.run_id}"
CONTENTS = {
    "report.html": b"<!doctype html><title>report</title>",
    "audit_report.csv": b"account_id\n",
    "run.duckdb": bytes(range(256)) * 80_000,  # 20 MB: three parts
}


def attachments(contents: dict[str, bytes] = CONTENTS) -> Callable[[Path], Sequence[Path]]:
    """Return a function that writes files, as the command does."""

    def write(folder: Path) -> Sequence[Path]:
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        return [folder / name for name in contents]

    return write


@pytest.fixture(scope="module")
def aws() -> Iterator[Emulator]:
    with moto() as emulator:
        emulator.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield emulator


@pytest.mark.slow
def test_the_files_of_a_run_arrive_with_type_and_checksum_and_without_an_acl(aws: Emulator) -> None:
    target = open_target(f"s3://{BUCKET}/audit/", aws.context(attachments=attachments()))
    aws.requests.clear()
    answers = deliver(target, usual())
    s3 = aws.client("s3")
    sizes = {item["Key"]: item["Size"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert sizes == {f"{FOLDER}/{name}": len(content) for name, content in CONTENTS.items()}
    types = {name: s3.head_object(Bucket=BUCKET, Key=f"{FOLDER}/{name}")["ContentType"] for name in CONTENTS}
    assert types == {
        "report.html": "text/html; charset=utf-8", "audit_report.csv": "text/csv; charset=utf-8",
        "run.duckdb": "application/octet-stream",
    }  # fmt: skip
    head = s3.head_object(Bucket=BUCKET, Key=f"{FOLDER}/report.html", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] and "SSEKMSKeyId" not in head
    assert s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/run.duckdb")["Body"].read() == CONTENTS["run.duckdb"]
    grants = s3.get_object_acl(Bucket=BUCKET, Key=f"{FOLDER}/report.html")["Grants"]
    assert {grant["Grantee"]["Type"] for grant in grants} == {"CanonicalUser"}
    assert answers[:2] == ["uploaded audit_report.csv", "uploaded run.duckdb"]
    assert {"CreateMultipartUpload", "UploadPart", "PutObject"} <= {operation for _, operation in aws.requests}


def test_the_link_reads_the_report_for_seven_days(aws: Emulator) -> None:
    target = open_target(f"s3://{BUCKET}/audit", aws.context(attachments=attachments({"report.html": b"the report"})))
    assert target.link == ""
    [answer] = deliver(target, usual())
    with urlopen(target.link) as response:
        assert response.read() == b"the report"
    values = parse_qs(urlsplit(target.link).query)
    assert values["X-Amz-Expires"] == ["604800"] and values["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert re.fullmatch(r"uploaded report\.html; the link works until \d{4}-\d\d-\d\d \d\d:\d\d UTC", answer)
    assert "Signature" not in answer + repr(target)


@pytest.mark.slow
def test_files_are_encrypted_with_the_key_of_the_settings(aws: Emulator) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    settings = {"sse_kms_key": key}
    target = open_target(f"s3://{BUCKET}/kms", aws.context(attachments=attachments(), settings=settings))
    deliver(target, usual())
    for name in CONTENTS:
        head = aws.client("s3").head_object(Bucket=BUCKET, Key=f"kms/{RUN.run_id}/{name}")
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"].split("/")[-1]) == ("aws:kms", key)


@pytest.mark.slow
def test_a_run_without_changes_is_uploaded_too_and_a_second_time_with_the_same_keys(aws: Emulator) -> None:
    target = open_target(f"s3://{BUCKET}/twice", aws.context(attachments=attachments()))
    first = [(message.body["Key"], message.settles) for message in target.messages(notice())]
    deliver(target, notice())
    deliver(target, notice())
    objects = aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="twice/")["Contents"]
    assert sorted(item["Key"] for item in objects) == sorted(key for key, _ in first)
    assert first == [(message.body["Key"], message.settles) for message in target.messages(notice())]


def test_the_files_are_private_and_deleted_with_the_target(aws: Emulator) -> None:
    target = open_target(f"s3://{BUCKET}", aws.context(attachments=attachments()))
    folder = Path(bodies(target, usual())[0]["File"]).parent
    assert folder.stat().st_mode & 0o077 == 0
    assert [body["Key"] for body in bodies(target, usual())][-1] == f"{RUN.run_id}/report.html"
    del target
    assert not folder.exists()


def test_a_missing_bucket_is_an_error_with_the_next_step(aws: Emulator) -> None:
    target = open_target("s3://no-such-bucket-here", aws.context(attachments=attachments()))
    with pytest.raises(DeliveryError, match=r"NoSuchBucket: .*\nCreate the bucket, or correct its name\."):
        deliver(target, usual())
    assert target.link == ""


def test_no_upload_without_files() -> None:
    assert bodies(open_target("s3://bucket", TargetContext(dict)), usual()) == []


@pytest.mark.parametrize(
    "text",
    ["s3://", "s3:///prefix", "s3://UPPER/x", "s3://a", "s3://bucket/../x", "s3://bucket/a//b", "s3://bucket/a/./b", "s3://bucket/ä",
     "s3://bucket/a b", "s3://bucket/a\nb", "https://bucket/x", f"s3://bucket/{'x' * 701}", "s3://buc_ket/x", "s3://bucket/<script>"],
)  # fmt: skip
def test_another_text_is_not_a_bucket_and_prefix(text: str) -> None:
    with pytest.raises(DeliveryError, match=r"is not the name of a bucket and a prefix\.\nExample: s3://"):
        open_target(text, TargetContext(dict))


def test_the_validity_of_a_link_says_why_it_is_short() -> None:
    expires = datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert validity_phrase(PresignedUrl("", expires, False, True)) == "the link works until 2026-03-09 12:00 UTC"
    temporary = PresignedUrl("", expires - timedelta(days=6), True, True)
    assert validity_phrase(temporary).endswith(
        "2026-03-03 12:00 UTC because the credentials that signed it are temporary"
    )
    assert validity_phrase(PresignedUrl("", expires, True, False)) == (
        "the link works until the temporary credentials that signed it expire, for at most 7 days"
    )
