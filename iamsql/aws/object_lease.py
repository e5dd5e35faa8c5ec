"""Let one process at a time use a prefix of a bucket. An object below the prefix has the end of the lease.

S3 decides between two processes: PutObject with If-None-Match creates the object only if there is none, and with If-Match it
replaces only the version that was read (S3 User Guide, conditional writes). A process that is killed has the lease until its end.
The object names its holder, because a request is sent again if its response is lost, and then fails after it has succeeded.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import ClientError

from iamsql.aws.delivery import AWS_EXCEPTIONS, describe_error, error_code
from iamsql.aws.timestamps import iso_time
from iamsql.model import IamsqlError

LEASE_TAKEN_CODES = ("PreconditionFailed", "ConditionalRequestConflict")
MAX_LEASE_SECONDS = 86_400.0  # seconds; a run in Lambda ends after 15 minutes
MAX_LEASE_BYTES = 1000  # bytes of the object that are read


@contextmanager
def lease(client: Any, bucket: str, key: str, seconds: float) -> Iterator[None]:
    """Have the lease for at most `seconds` in a `with` statement.

    Raise IamsqlError if another process has it, or if the object can be neither read nor written.
    """
    try:
        tag = _take_lease(client, bucket, key, time.time() + seconds)
    except AWS_EXCEPTIONS as error:
        if error_code(error) in LEASE_TAKEN_CODES:
            raise _in_use_error(bucket, key) from None
        advice = "Allow s3:GetObject and s3:PutObject on it."
        raise IamsqlError(f"s3://{bucket}/{key}: {describe_error(error)}\n{advice}") from error
    try:
        yield
    finally:
        with suppress(*AWS_EXCEPTIONS):  # the lease expires
            client.put_object(Bucket=bucket, Key=key, Body=_lease_content(time.time()), IfMatch=tag)


def _take_lease(client: Any, bucket: str, key: str, until: float) -> str:
    """Write the object and return its entity tag. Raise IamsqlError if the present lease has not ended."""
    target, content = {"Bucket": bucket, "Key": key}, _lease_content(until, uuid.uuid4().hex)
    tag, other_content = _write_object(client, target, content, IfNoneMatch="*")
    if other_content is not None and _lease_end(other_content) <= time.time():
        tag, other_content = _write_object(client, target, content, IfMatch=tag)
    if other_content is not None:
        raise _in_use_error(bucket, key, _lease_end(other_content))
    return tag


def _write_object(client: Any, target: dict[str, str], content: bytes, **condition: str) -> tuple[str, bytes | None]:
    """Write the object under a condition. Return the entity tag of the object, and its content if another process wrote it."""
    try:
        return str(client.put_object(**target, Body=content, **condition)["ETag"]), None
    except ClientError as error:
        if error_code(error) != "PreconditionFailed":
            raise
    response = client.get_object(**target)
    current_content = response["Body"].read(MAX_LEASE_BYTES)
    return str(response["ETag"]), None if current_content == content else current_content


def _in_use_error(bucket: str, key: str, end: float = 0) -> IamsqlError:
    until = f" until {iso_time(end)} at the latest" if end else ""
    return IamsqlError(
        f"Another run uses s3://{bucket}/{key.rpartition('/')[0]}{until}.\nWait until it has ended, then start the run again."
    )


def _lease_content(until: float, holder: str = "") -> bytes:
    return json.dumps({"until": until, "time": iso_time(until), "holder": holder}).encode()


def _lease_end(content: bytes) -> float:
    """Return the end of the lease in an object; 0 for content that no lease has, such as an end after MAX_LEASE_SECONDS."""
    try:
        end = float(json.loads(content)["until"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return 0.0
    return end if end <= time.time() + MAX_LEASE_SECONDS else 0.0
