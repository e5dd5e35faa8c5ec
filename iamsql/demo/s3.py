"""S3 as the room speaks it: REST and XML, buckets in their own regions, bodies as streams."""

from __future__ import annotations

import base64
import binascii
import io
import time
from collections.abc import Iterator
from hashlib import md5
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse

from iamsql.demo.auth import Caller
from iamsql.demo.errors import AwsError, denial
from iamsql.demo.protocol import REQUEST_ID, Request
from iamsql.demo.vaults import Thing, Vault

SMALL_PAGE, MOST = 40, 1000
SLOW = 1.0
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
KEY = "arn:aws:kms:{region}:{owner}:key/5c0ffee0-0000-4000-8000-000000000001"


class Flow(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """Give all that is left."""
        yield self.read()


class S3:
    """Answers S3 requests from its vaults; `page_size` keys are the longest page."""

    def __init__(self, vaults: dict[str, Vault], page_size: int = SMALL_PAGE) -> None:
        self.vaults, self.page_size = vaults, page_size

    def answer(self, url: str, caller: Caller, asked: Request) -> AWSResponse:
        """Answer a request that is signed by the caller."""
        params = dict(asked.params)
        vault = self._vault(params.get("Bucket", ""), caller, asked)
        if asked.operation == "GetBucketLocation":
            place = "" if vault.region == "us-east-1" else vault.region
            return _xml(url, f"<LocationConstraint {NAMESPACE}>{place}</LocationConstraint>")
        if asked.region != vault.region:
            raise Moved(vault)
        if asked.operation == "HeadBucket":
            return _respond(url, 200, b"", {"x-amz-bucket-region": vault.region})
        if asked.operation == "ListObjectsV2":
            return _xml(url, self._list(vault, params))
        if asked.operation in ("GetObject", "HeadObject"):
            return self._get(url, vault, params["Key"], caller, asked.operation)
        raise denial("s3", asked.operation, caller.arn)

    def bucket_missing(self, name: str) -> bool:
        """Return whether a bucket does not exist, although there is one of that name."""
        return False

    def bucket_denied(self, name: str) -> bool:
        """Return whether a bucket denies everybody."""
        return False

    def harm(self, key: str, thing: Thing | None) -> str:
        """Return what is wrong with an object, '' for nothing."""
        return thing.harm if thing else ""

    def _vault(self, name: str, caller: Caller, asked: Request) -> Vault:
        vault = self.vaults.get(name)
        if vault is None and not name:
            raise denial("s3", asked.operation, caller.arn)
        if vault is None or self.bucket_missing(name):
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
        here = asked.region == vault.region or asked.operation == "GetBucketLocation"
        if here and (self.bucket_denied(name) or not vault.lets(caller)):
            raise denial("s3", asked.operation, caller.arn)
        owner = dict(asked.params).get("ExpectedBucketOwner", vault.owner)
        if owner != vault.owner:
            raise AwsError("AccessDenied", "Access Denied", 403)
        return vault

    def _list(self, vault: Vault, params: dict[str, Any]) -> str:
        prefix, delimiter = params.get("prefix", ""), params.get("delimiter", "")
        most = min(int(params.get("max-keys", MOST)), self.page_size)
        token = params.get("continuation-token", "")
        found, last, more = _page(vault, prefix, delimiter, _opened(token) or params.get("start-after", ""), most)
        spell = quote if params.get("encoding-type") == "url" else escape
        parts = [
            f"<ListBucketResult {NAMESPACE}><Name>{vault.name}</Name><Prefix>{spell(prefix)}</Prefix>",
            f"<KeyCount>{len(found)}</KeyCount><MaxKeys>{params.get('max-keys', MOST)}</MaxKeys>",
            f"<Delimiter>{escape(delimiter)}</Delimiter>" if delimiter else "",
            "<EncodingType>url</EncodingType>" if spell is quote else "",
            f"<ContinuationToken>{escape(token)}</ContinuationToken>" if token else "",
            f"<StartAfter>{spell(params['start-after'])}</StartAfter>" if "start-after" in params else "",
            f"<IsTruncated>{str(more).lower()}</IsTruncated>",
            f"<NextContinuationToken>{_closed(last)}</NextContinuationToken>" if more else "",
        ]
        for key, thing in found:
            spelled = spell(key)
            parts.append(
                f"<CommonPrefixes><Prefix>{spelled}</Prefix></CommonPrefixes>"
                if thing is None
                else f"<Contents><Key>{spelled}</Key>{_facts(thing)}</Contents>"
            )
        return "".join(parts) + "</ListBucketResult>"

    def _get(self, url: str, vault: Vault, key: str, caller: Caller, operation: str) -> AWSResponse:
        thing = vault.get(key)
        harm = self.harm(key, thing)
        if thing is None or harm == "missing":
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
        if harm == "denied":
            words = "because no resource-based policy allows the kms:Decrypt action"
            arn = KEY.format(region=vault.region, owner=vault.owner)
            text = f"User: {caller.arn} is not authorized to perform: kms:Decrypt on resource: {arn} {words}"
            raise AwsError("AccessDenied", text, 403)
        if harm == "slow":
            time.sleep(SLOW)
        body = _harmed(thing.body, harm)
        headers = {
            "Content-Length": str(len(body)),
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "ETag": _tag(thing),
            "Last-Modified": f"{thing.written:%a, %d %b %Y %H:%M:%S GMT}",
            "Accept-Ranges": "bytes",
        }
        sent = body[: len(body) // 2] if harm == "broken" else body
        return _respond(url, 200, b"" if operation == "HeadObject" else sent, headers)


class Moved(AwsError):
    """The bucket is in another region."""

    def __init__(self, vault: Vault) -> None:
        super().__init__("PermanentRedirect", "The bucket must be addressed using the specified endpoint.", 301)
        self.vault = vault


def _page(
    vault: Vault, prefix: str, delimiter: str, start: str, most: int
) -> tuple[list[tuple[str, Thing | None]], str, bool]:
    """Collect keys and common prefixes behind `start`; tell the last key passed, and whether there are more."""
    found: list[tuple[str, Thing | None]] = []
    last = start
    while True:
        for key in vault.after(last, prefix):
            if len(found) >= most:
                return found, last, True
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            if cut >= 0:
                common = key[: cut + len(delimiter)]
                found.append((common, None))
                last = common + "\U0010ffff"
                break
            thing = vault.get(key)
            if thing:
                found.append((key, thing))
            last = key
        else:
            return found, last, False


def _harmed(body: bytes, harm: str) -> bytes:
    if harm == "cut":
        return body[: len(body) * 3 // 5]
    if harm == "corrupt":
        middle = len(body) // 2
        return body[:middle] + bytes(255 - one for one in body[middle : middle + 8]) + body[middle + 8 :]
    return b"<html>Service Unavailable</html>" if harm == "not_json" else body


def _facts(thing: Thing) -> str:
    size = len(_harmed(thing.body, thing.harm)) if thing.harm else thing.size
    return (
        f"<LastModified>{thing.written:%Y-%m-%dT%H:%M:%S.000Z}</LastModified><ETag>{escape(_tag(thing))}</ETag>"
        f"<Size>{size}</Size><StorageClass>STANDARD</StorageClass>"
    )


def _tag(thing: Thing) -> str:
    """Give the ETag: of an encrypted object it is no digest of the bytes."""
    return f'"{md5(f"{thing.key}{thing.written}".encode(), usedforsecurity=False).hexdigest()}"'


def _closed(key: str) -> str:
    return base64.b64encode(key.encode()).decode()


def _opened(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise AwsError("InvalidArgument", "The continuation token provided is incorrect") from error


def _xml(url: str, text: str) -> AWSResponse:
    return _respond(url, 200, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(), {})


def refuse(url: str, refusal: AwsError, *, head: bool) -> AWSResponse:
    """Wrap an error; a HEAD has no body."""
    headers = {"x-amz-bucket-region": refusal.vault.region} if isinstance(refusal, Moved) else {}
    text = (
        f"<Error><Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
        f"<RequestId>{REQUEST_ID}</RequestId><HostId>demo</HostId></Error>"
    )
    return _respond(url, refusal.status, b"" if head else text.encode(), headers)


def _respond(url: str, status: int, body: bytes, headers: dict[str, str]) -> AWSResponse:
    plain = {"Content-Type": "application/xml", "x-amz-request-id": REQUEST_ID} | headers
    return AWSResponse(url, status, plain, Flow(body))
