"""Upload the report, the CSV files and the run file of a run to S3, and sign a link to the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from iamsql.automation.notify.aws_requests import AwsTarget, convert_aws_errors, digest
from iamsql.automation.notify.message.formatting import format_minute
from iamsql.automation.notify.model import DeliveryError, Message, Notice, TargetContext
from iamsql.aws.delivery import PRESIGNED_URL_LIFETIME, PresignedUrl
from iamsql.catalog.settings.option_types import s3_location
from iamsql.model import IamsqlError

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".duckdb": "application/octet-stream",
}
DEFAULT_CONTENT_TYPE = "application/octet-stream"
HINTS_BY_CODE = {
    "NoSuchBucket": "Create the bucket, or correct its name.",
    "KMS.NotFoundException": "Correct sse_kms_key, the key that encrypts the files.",
    "KMS.DisabledException": "Enable the KMS key that encrypts the files.",
}


@dataclass
class S3Target(AwsTarget):
    """A bucket and a prefix. Each run has a folder, and uploading a run again replaces its files with equal ones.

    `link` is a presigned URL of the report after its upload, '' before.
    """

    label: str
    bucket: str
    prefix: str
    context: TargetContext
    takes_all: bool = False
    link: str = field(default="", repr=False)
    _folder: TemporaryDirectory[str] | None = field(default=None, repr=False)

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Yield an upload for each file of the run, whether it has changes or not. The report is last, because it has the link."""
        if self.context.attachments is None:
            return
        # The target owns the folder, because files are sent after the messages are made.
        self._folder = TemporaryDirectory(prefix="iamsql-")
        paths = sorted(
            self.context.attachments(Path(self._folder.name)), key=lambda path: (_is_report(path), path.name)
        )
        for path in paths:
            key = "/".join(part for part in (self.prefix, notice.run.run_id, path.name) if part)
            body = {
                "Bucket": self.bucket,
                "Key": key,
                "File": str(path),
                "Size": path.stat().st_size,
                **self._upload_arguments(path),
            }
            yield Message(
                "PutObject", body, [digest(self.label, notice.run.run_id, path.name)], f"upload of {path.name}"
            )

    def send(self, message: Message) -> str:
        """Upload a file, in parts if it is large, and sign a link if it is the report. Raise DeliveryError if S3 refuses it."""
        bucket, key, path = message.body["Bucket"], message.body["Key"], Path(message.body["File"])
        arguments = {name: message.body[name] for name in self._upload_arguments(path)}
        with convert_aws_errors(
            "s3:PutObject and s3:AbortMultipartUpload", f"arn:*:s3:::{bucket}/{key}", HINTS_BY_CODE
        ):
            self.clients.upload(bucket, key, path, arguments)
            if not _is_report(path):
                return f"uploaded {path.name}"
            presigned = self.clients.presign(bucket, key)
        self.link = presigned.url
        return f"uploaded {path.name}; {validity_phrase(presigned)}"

    def _upload_arguments(self, path: Path) -> dict[str, Any]:
        """Return the arguments of PutObject. Without a key, S3 encrypts as the bucket does by default."""
        key = str(self.context.settings.get("sse_kms_key") or "")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        return {"ContentType": CONTENT_TYPES.get(path.suffix, DEFAULT_CONTENT_TYPE), **encryption}


def open_target(text: str, context: TargetContext) -> S3Target:
    """Return the target of s3://BUCKET or s3://BUCKET/PREFIX. Raise DeliveryError for another text."""
    bucket, prefix = parse_location(text)
    return S3Target(f"s3://{bucket}/{prefix}".rstrip("/"), bucket, prefix, context)


def parse_location(text: str) -> tuple[str, str]:
    """Return the bucket and the prefix of s3://BUCKET/PREFIX. Raise DeliveryError for another text."""
    try:
        return s3_location(text)
    except IamsqlError as error:
        raise DeliveryError(str(error)) from None


def validity_phrase(presigned: PresignedUrl) -> str:
    """Return how long a link works."""
    if not presigned.is_certain:
        days = PRESIGNED_URL_LIFETIME // timedelta(days=1)
        return f"the link works until the temporary credentials that signed it expire, for at most {days} days"
    reason = " because the credentials that signed it are temporary" if presigned.is_temporary else ""
    return f"the link works until {format_minute(presigned.expires)}{reason}"


def _is_report(path: Path) -> bool:
    return path.suffix == ".html"
