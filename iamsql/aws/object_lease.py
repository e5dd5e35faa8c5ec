"""Let one process at a time use a prefix of a bucket: an object in it says until when a process has the lease.

S3 decides between two processes: PutObject with If-None-Match creates the object only if there is none, and with If-Match it
replaces only the version that was read (S3 User Guide, conditional writes). A process that is killed has the lease until its end.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import ClientError

from iamsql.aws.delivery import FAILURES, failure
from iamsql.aws.timestamps import iso_time
from iamsql.model import IamsqlError

TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


@contextmanager
def lease(client: Any, bucket: str, key: str, seconds: float) -> Iterator[None]:
    """Have the lease for at most `seconds` in a `with` statement.

    Raise IamsqlError if another process has it, or if the object can be neither read nor written.
    """
    try:
        tag = _take(client, bucket, key, time.time() + seconds)
    except FAILURES as error:
        if _code(error) in TAKEN:
            raise _in_use(bucket, key) from None
        advice = "Allow s3:GetObject and s3:PutObject on it."
        raise IamsqlError(f"s3://{bucket}/{key}: {failure(error)}\n{advice}") from error
    try:
        yield
    finally:
        with suppress(*FAILURES):  # the lease expires
            client.put_object(Bucket=bucket, Key=key, Body=_content(time.time()), IfMatch=tag)


def _take(client: Any, bucket: str, key: str, until: float) -> str:
    """Write the object and return its entity tag. Raise IamsqlError if the present lease has not ended."""
    content = _content(until)
    try:
        return str(client.put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")["ETag"])
    except ClientError as error:
        if _code(error) != "PreconditionFailed":
            raise
    found = client.get_object(Bucket=bucket, Key=key)
    if (end := _end(found["Body"].read(1000))) > time.time():
        raise _in_use(bucket, key, end)
    return str(client.put_object(Bucket=bucket, Key=key, Body=content, IfMatch=found["ETag"])["ETag"])


def _in_use(bucket: str, key: str, end: float = 0) -> IamsqlError:
    until = f" until {iso_time(end)} at the latest" if end else ""
    return IamsqlError(
        f"Another run uses s3://{bucket}/{key.rpartition('/')[0]}{until}.\nWait until it has ended, then start the run again."
    )


def _content(until: float) -> bytes:
    return json.dumps({"until": until, "time": iso_time(until)}).encode()


def _end(content: bytes) -> float:
    """Return the end of the lease in an object; 0 for other content."""
    try:
        return float(json.loads(content)["until"])
    except (ValueError, TypeError, KeyError):
        return 0.0


def _code(error: Exception) -> str:
    response: dict[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code"))
