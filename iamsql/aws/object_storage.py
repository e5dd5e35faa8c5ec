"""The objects of a bucket: read, create unless they exist, upload, download, list and delete.

S3 decides between two writers: PutObject with If-None-Match creates an object only if the key has none (S3 User Guide,
conditional writes).
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from iamsql.aws.delivery import AWS_EXCEPTIONS, Clients, describe_error, describe_fault, error_code
from iamsql.aws.errors import TRANSIENT_EXCEPTIONS
from iamsql.escaping import printable
from iamsql.model import IamsqlError

CHUNK_BYTES = 1 << 20  # bytes of a download that are in memory
MAX_DOWNLOAD_ATTEMPTS = 4  # attempts
MAX_DELETE_KEYS = 1000  # keys that DeleteObjects takes
# S3 answers ConditionalRequestConflict while another request writes or deletes the key.
MAX_CONFLICT_ATTEMPTS = 8
MISSING_KEY_CODES = ("NoSuchKey", "404", "NotFound")
TRANSFER_CONFIG = TransferConfig(max_concurrency=4)  # parts of a file that are uploaded at a time
STEPS_BY_CODE = {
    "NoSuchBucket": "Create the bucket, or correct its name.",
    "KMS.NotFoundException": "Correct --kms-key, the key that encrypts the files.",
    "KMS.DisabledException": "Enable the KMS key that encrypts the files.",
}
STEPS_BY_FAULT_TYPE = {
    "expired": "Renew the credentials, or choose others with AWS_PROFILE.",
    "rejected": "Renew the credentials, or choose others with AWS_PROFILE.",
    "throttled": "Repeat the command later.",
    "transient": "Repeat the command later.",
    "skewed": "Set the clock of this machine.",
}


@dataclass(frozen=True)
class StoredObject:
    """An object as S3 lists it: key, size in bytes, time of the last change."""

    key: str
    size: int
    modified: datetime


class DownloadStream(Protocol):
    """A stream that a download writes. The next attempt rewinds and truncates it."""

    def write(self, content: bytes, /) -> object:
        """Append bytes."""

    def seek(self, offset: int, /) -> object:
        """Go to an offset."""

    def truncate(self) -> object:
        """Remove what follows the current offset."""


class Bucket:
    """The objects of a bucket. Every method raises IamsqlError with AWS's error and the next step."""

    def __init__(self, clients: Clients, bucket: str, kms_key: str = "") -> None:
        """Use the credentials of `clients`. `kms_key` encrypts new objects; '' for the default encryption of the bucket."""
        self._clients, self._bucket = clients, bucket
        self._encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}

    def create(self, key: str, content: bytes) -> bool:
        """Create an object. Return False if the key has an object; an attempt without a response may have created it."""
        arguments = {"Bucket": self._bucket, "Key": key, "Body": content, "ChecksumAlgorithm": "SHA256"}
        with self._raise_user_errors("s3:PutObject", key):
            for attempt in range(MAX_CONFLICT_ATTEMPTS):
                try:
                    self._client.put_object(**arguments, IfNoneMatch="*", **self._encryption)
                    return True
                except ClientError as error:
                    if error_code(error) == "PreconditionFailed":
                        return False
                    if error_code(error) != "ConditionalRequestConflict" or attempt == MAX_CONFLICT_ATTEMPTS - 1:
                        raise
                time.sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311
        raise AssertionError("the last attempt returns or raises")

    def upload(self, source: Path, key: str) -> None:
        """Upload a file, a large one in parts, with checksums."""
        with self._raise_user_errors("s3:PutObject and s3:AbortMultipartUpload", key), source.open("rb") as stream:
            arguments = {"ChecksumAlgorithm": "SHA256", **self._encryption}
            self._client.upload_fileobj(stream, self._bucket, key, ExtraArgs=arguments, Config=TRANSFER_CONFIG)

    def download(self, key: str, stream: DownloadStream) -> bool:
        """Write the content of an object to a stream. Return False if no object has this key.

        An exception of the stream ends the download.
        """
        with self._raise_user_errors("s3:GetObject", key):
            for attempt in range(MAX_DOWNLOAD_ATTEMPTS):
                try:
                    # Closed, because the stream may refuse the rest.
                    with closing(self._client.get_object(Bucket=self._bucket, Key=key)["Body"]) as body:
                        for chunk in body.iter_chunks(CHUNK_BYTES):
                            stream.write(chunk)
                    return True
                except ClientError as error:
                    if error_code(error) in MISSING_KEY_CODES or (
                        error_code(error) == "AccessDenied" and not self._is_listed(key)
                    ):
                        return False
                    raise
                except (
                    TRANSIENT_EXCEPTIONS
                ):  # botocore does not repeat a request if the body of the response ends early
                    if attempt == MAX_DOWNLOAD_ATTEMPTS - 1:
                        raise
                    stream.seek(0)
                    stream.truncate()
        raise AssertionError("the last attempt returns or raises")

    def _is_listed(self, key: str) -> bool:
        """Return whether the bucket lists a key.

        For a key that does not exist, S3 answers AccessDenied if the policy allows s3:ListBucket only for prefixes.
        """
        response = self._client.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1)
        return [item["Key"] for item in response.get("Contents", ())] == [key]

    def list_objects(self, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects with keys that begin with a prefix."""
        with self._raise_user_errors("s3:ListBucket"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            for page in pages:
                for item in page.get("Contents", ()):
                    yield StoredObject(item["Key"], item["Size"], item["LastModified"])

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects. A key without an object is not an error."""
        remaining_keys = iter(keys)
        while batch := list(islice(remaining_keys, MAX_DELETE_KEYS)):
            objects = [{"Key": key} for key in batch]
            with self._raise_user_errors("s3:DeleteObject", batch[0]):
                response = self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True}, ChecksumAlgorithm="SHA256"
                )
            self._require_no_errors(response.get("Errors", ()))

    def _require_no_errors(self, errors: Sequence[dict[str, Any]]) -> None:
        for error in errors:
            raise IamsqlError(
                f"{len(errors)} objects of s3://{self._bucket} were not deleted: "
                f"{printable(str(error.get('Key')))}: {error.get('Code')}: {printable(str(error.get('Message')))}\n"
                f"Allow s3:DeleteObject on arn:*:s3:::{self._bucket}/*, and repeat the command."
            )

    @property
    def _client(self) -> Any:
        return self._clients.client("s3")

    @contextmanager
    def _raise_user_errors(self, permission: str, key: str = "") -> Iterator[None]:
        """Raise IamsqlError for an error of AWS, with the next step."""
        try:
            yield
        except AWS_EXCEPTIONS as error:
            fault_type, code = describe_fault(error)
            resource = f"arn:*:s3:::{self._bucket}/{key}" if key else f"arn:*:s3:::{self._bucket}"
            denied_step = f"Allow {permission} on {resource} in the policies of the credentials and of the bucket."
            step = STEPS_BY_CODE.get(code) or (
                denied_step if fault_type == "denied" else STEPS_BY_FAULT_TYPE.get(fault_type)
            )
            message = f"s3://{self._bucket}/{key}: {describe_error(error)}"
            raise IamsqlError(
                f"{printable(message)}\n{step or 'Correct the location, and repeat the command.'}"
            ) from error
