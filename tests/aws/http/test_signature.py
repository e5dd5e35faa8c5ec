"""Signatures of Signature Version 4 equal botocore's, and signing keys are cached by day, region and service."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from iamsql.aws.http import signature
from iamsql.aws.http.signature import Scope, signature_headers

NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
NAMES_OF_SCOPES = st.sampled_from(["iam", "sts", "us-east-1", "cn-north-1", "sso"])
SECRETS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/", min_size=1, max_size=60)
SET_BY_SIGNATURE = ("host", "date", "authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256")


def signed_by_botocore(
    scope: Scope, headers: dict[str, str], body: bytes, credentials: ReadOnlyCredentials, seconds: float
) -> dict[str, str]:
    """Return the headers that botocore adds to a request."""
    request = AWSRequest("POST", f"https://{scope.host}{scope.path}", dict(headers), body)
    with patch("botocore.auth.get_current_datetime", lambda: datetime.fromtimestamp(seconds, UTC)):
        SigV4Auth(credentials, scope.service, scope.region).add_auth(request)
    return {name: value for name, value in request.headers.items() if name not in headers}


@pytest.mark.slow
@given(
    headers=st.dictionaries(NAMES, VALUES, max_size=4),
    body=st.binary(max_size=200),
    secret=SECRETS,
    token=st.none() | st.text("abc/+=", min_size=1, max_size=300),
    region=NAMES_OF_SCOPES,
    service=NAMES_OF_SCOPES,
    seconds=st.integers(0, 4_000_000_000),
    path=st.sampled_from(["/", "/prefix/", "/a/b"]),
)
def test_a_signature_is_that_of_botocore(
    headers: dict[str, str],
    body: bytes,
    secret: str,
    token: str | None,
    region: str,
    service: str,
    seconds: int,
    path: str,
) -> None:
    lower = [name.lower() for name in headers]
    unsigned = {*SET_BY_SIGNATURE, *SIGNED_BY_NOBODY}
    headers = {
        name: text for name, text in headers.items() if lower.count(name.lower()) == 1 and name.lower() not in unsigned
    }
    credentials = ReadOnlyCredentials("AKIAEXAMPLE", secret, token)
    scope = Scope("iam.example.com:8443", path, region, service)
    signed = signature_headers(scope, headers, body, credentials, seconds + 0.5)
    assert signed == signed_by_botocore(scope, headers, body, credentials, seconds)


SIGNED_BY_NOBODY = ("connection", "expect", "te", "trailer", "upgrade", "baggage", "user-agent")


def test_a_key_is_derived_once_a_day_for_a_region_and_service() -> None:
    signature._signing_key.cache_clear()
    credentials = ReadOnlyCredentials("AKIAEXAMPLE", "a-secret", "a-token")

    def sign(region: str, service: str, seconds: float) -> str:
        return signature_headers(Scope("h", "/", region, service), {}, b"x", credentials, seconds)["Authorization"]

    assert sign("us-east-1", "iam", 10.0) == sign("us-east-1", "iam", 10.9) != sign("us-east-1", "iam", 11.0)
    assert signature._signing_key.cache_info().misses == 1
    assert len({sign("us-east-1", "iam", 86_400.0), sign("eu-west-1", "iam", 10), sign("us-east-1", "sts", 10)}) == 3
    assert signature._signing_key.cache_info().misses == 4
    assert "a-secret" not in sign("us-east-1", "iam", 10.0)
