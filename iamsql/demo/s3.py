"""S3: REST and XML, buckets in their own regions, bodies as streams."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from hashlib import md5
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse

from iamsql.demo.auth import Caller
from iamsql.demo.buckets import Bucket, StoredObject
from iamsql.demo.errors import AwsError, access_denied_error
from iamsql.demo.protocol import REQUEST_ID, Request

OBJECT_OPERATIONS = ("ListObjectsV2", "GetObject")  # recorded responses answer the other operations
PAGE_SIZE, MAX_KEYS = 40, 1000  # the sample organization's page, small so that lists have several pages, and S3's
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
KMS_KEY_ARN = "arn:aws:kms:{region}:{owner}:key/5c0ffee0-0000-4000-8000-000000000001"


class StreamBody(io.BytesIO):
    """A body as urllib3 returns it."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """Yield the remaining bytes."""
        yield self.read()


class S3:
    """Answers requests from its buckets; a page has at most `page_size` keys."""

    def __init__(self, buckets: dict[str, Bucket], page_size: int = PAGE_SIZE) -> None:
        self.buckets, self.page_size = buckets, page_size

    def answer(self, url: str, caller: Caller, request: Request) -> AWSResponse:
        """Answer a request that is signed by the caller."""
        params = dict(request.params)
        bucket = self._find_bucket(params.get("Bucket", ""), caller, request)
        # S3 names the bucket's region in the error, and botocore sends the request again.
        if request.region != bucket.region:
            message = "The bucket must be addressed using the specified endpoint."
            raise AwsError("PermanentRedirect", message, 301, {"x-amz-bucket-region": bucket.region})
        if request.operation == "ListObjectsV2":
            text = f'<?xml version="1.0" encoding="UTF-8"?>\n{self._list_objects(bucket, params)}'
            return _respond(url, 200, text.encode(), {})
        if request.operation == "GetObject":
            return self._get_object(url, bucket, params["Key"], caller)
        raise access_denied_error("s3", request.operation, caller.arn)

    def readable(self, bucket: Bucket, caller: Caller) -> bool:
        """Return whether a caller may list and read a bucket."""
        role = "" if caller.is_base else caller.arn.split("/")[-2]
        return (caller.account.id, role) in bucket.readers

    def fault(self, stored: StoredObject) -> str:
        """Return why an object cannot be read, '' if it can."""
        return stored.fault

    def content(self, stored: StoredObject, fault: str) -> tuple[bytes, int]:
        """Return the bytes of a response, and the value of its header Content-Length."""
        body = cut_short(stored.body) if fault == "cut" else stored.body
        return body, len(body)

    def _find_bucket(self, name: str, caller: Caller, request: Request) -> Bucket:
        bucket = self.buckets.get(name)
        if not name:
            raise access_denied_error("s3", request.operation, caller.arn)
        if bucket is None:
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
        # As in S3, a request to another region is redirected, whether or not the caller may read the bucket.
        if request.region == bucket.region and not self.readable(bucket, caller):
            raise access_denied_error("s3", request.operation, caller.arn)
        return bucket

    def _list_objects(self, bucket: Bucket, params: dict[str, Any]) -> str:
        prefix, delimiter = params.get("prefix", ""), params.get("delimiter", "")
        max_keys = min(int(params.get("max-keys", MAX_KEYS)), self.page_size)
        start = base64.b64decode(params.get("continuation-token", "")).decode() or params.get("start-after", "")
        entries, last, is_truncated = _list_page(bucket, prefix, delimiter, start, max_keys)
        parts = [
            f"<ListBucketResult {NAMESPACE}><Name>{bucket.name}</Name><Prefix>{quote(prefix)}</Prefix>",
            f"<KeyCount>{len(entries)}</KeyCount><MaxKeys>{params.get('max-keys', MAX_KEYS)}</MaxKeys>",
            f"<EncodingType>url</EncodingType><IsTruncated>{str(is_truncated).lower()}</IsTruncated>",
        ]
        if is_truncated:
            token = base64.b64encode(last.encode()).decode()
            parts.append(f"<NextContinuationToken>{token}</NextContinuationToken>")
        parts += [
            f"<Contents><Key>{quote(key)}</Key>{_object_attributes(stored)}</Contents>"
            if stored
            else f"<CommonPrefixes><Prefix>{quote(key)}</Prefix></CommonPrefixes>"
            for key, stored in entries
        ]
        return "".join(parts) + "</ListBucketResult>"

    def _get_object(self, url: str, bucket: Bucket, key: str, caller: Caller) -> AWSResponse:
        stored = bucket.get(key)
        if stored is None:
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
        fault = self.fault(stored)
        if fault == "denied":
            reason = "because no resource-based policy allows the kms:Decrypt action"
            arn = KMS_KEY_ARN.format(region=bucket.region, owner=bucket.owner)
            text = f"User: {caller.arn} is not authorized to perform: kms:Decrypt on resource: {arn} {reason}"
            raise AwsError("AccessDenied", text, 403)
        body, length = self.content(stored, fault)
        headers = {
            "Content-Length": str(length),
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "ETag": _entity_tag(stored),
            "Last-Modified": f"{stored.written:%a, %d %b %Y %H:%M:%S GMT}",
            "Accept-Ranges": "bytes",
        }
        return _respond(url, 200, body, headers)


def _list_page(
    bucket: Bucket, prefix: str, delimiter: str, start: str, max_keys: int
) -> tuple[list[tuple[str, StoredObject | None]], str, bool]:
    """Return keys and common prefixes after `start`, the key where the next page starts, and whether there are more."""
    entries: list[tuple[str, StoredObject | None]] = []
    last = start
    while True:
        for key in bucket.after(last, prefix):
            if len(entries) >= max_keys:
                return entries, last, True
            delimiter_position = key.find(delimiter, len(prefix)) if delimiter else -1
            if delimiter_position >= 0:
                common_prefix = key[: delimiter_position + len(delimiter)]
                entries.append((common_prefix, None))
                last = common_prefix + "\U0010ffff"  # after every key with this prefix
                break
            entries.append((key, bucket.get(key)))
            last = key
        else:
            return entries, last, False


def cut_short(body: bytes) -> bytes:
    """Return the first part of a body, as after an interrupted upload."""
    return body[: len(body) * 3 // 5]


def _object_attributes(stored: StoredObject) -> str:
    size = len(cut_short(stored.body)) if stored.fault == "cut" else stored.size
    return (
        f"<LastModified>{stored.written:%Y-%m-%dT%H:%M:%S.000Z}</LastModified><ETag>{escape(_entity_tag(stored))}</ETag>"
        f"<Size>{size}</Size><StorageClass>STANDARD</StorageClass>"
    )


def _entity_tag(stored: StoredObject) -> str:
    """Return the ETag. As for an object encrypted with SSE-KMS, it is not a digest of the bytes."""
    return f'"{md5(f"{stored.key}{stored.written}".encode(), usedforsecurity=False).hexdigest()}"'


def error_response(url: str, error: AwsError) -> AWSResponse:
    """Return the response for an error."""
    text = (
        f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
        f"<RequestId>{REQUEST_ID}</RequestId><HostId>demo</HostId></Error>"
    )
    return _respond(url, error.status, text.encode(), error.headers)


def _respond(url: str, status: int, body: bytes, headers: dict[str, str]) -> AWSResponse:
    all_headers = {"Content-Type": "application/xml", "x-amz-request-id": REQUEST_ID} | headers
    return AWSResponse(url, status, all_headers, StreamBody(body))
