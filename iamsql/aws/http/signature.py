"""Signature Version 4 in the Authorization header, as botocore's SigV4Auth computes it for requests without a query string.

Four of the five HMACs of a signature give the same key for a day, a region and a service, so these keys are cached.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

ALGORITHM = "AWS4-HMAC-SHA256"
# A run may assume roles in thousands of accounts, and reads some dozen at a time.
MAX_CACHED_KEYS = 2048


class Scope(NamedTuple):
    """What a signature is valid for: the host, the path in canonical form, the region and the service."""

    host: str
    path: str
    region: str
    service: str


def signature_headers(
    scope: Scope, headers: Mapping[str, str], body: bytes, credentials: Any, seconds: float
) -> dict[str, str]:
    """Return the headers that sign a POST request: X-Amz-Date, X-Amz-Security-Token if there is a token, and Authorization.

    All of `headers` are signed; headers that are added later are not. `credentials` are frozen credentials of botocore, and
    `seconds` is the signing time, in seconds since 1970.
    """
    timestamp = _format_timestamp(int(seconds))
    new_headers = {"X-Amz-Date": timestamp}
    if credentials.token:
        new_headers["X-Amz-Security-Token"] = credentials.token
    values = {name.lower(): " ".join(value.split()) for name, value in (*headers.items(), *new_headers.items())}
    values["host"] = scope.host
    header_names = sorted(values)
    signed_headers, canonical_headers = (
        ";".join(header_names),
        "".join([f"{name}:{values[name]}\n" for name in header_names]),
    )
    canonical_request = f"POST\n{scope.path}\n\n{canonical_headers}\n{signed_headers}\n{sha256(body).hexdigest()}"
    day = timestamp[:8]
    credential_scope = f"{day}/{scope.region}/{scope.service}/aws4_request"
    string_to_sign = f"{ALGORITHM}\n{timestamp}\n{credential_scope}\n{sha256(canonical_request.encode()).hexdigest()}"
    signature = _hmac_sha256(
        _signing_key(credentials.secret_key, day, scope.region, scope.service), string_to_sign
    ).hex()
    new_headers["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{credential_scope}, SignedHeaders={signed_headers}, Signature={signature}"
    )
    return new_headers


@lru_cache(maxsize=8)
def _format_timestamp(seconds: int) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


@lru_cache(maxsize=MAX_CACHED_KEYS)
def _signing_key(secret_key: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for text in (day, region, service, "aws4_request"):
        key = _hmac_sha256(key, text)
    return key


def _hmac_sha256(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
