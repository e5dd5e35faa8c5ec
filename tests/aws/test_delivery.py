"""Clients for deliveries: credentials of roles are renewed, clients are few, links end with the credentials that signed them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, NoCredentialsError

from iamsql.aws import delivery
from iamsql.aws.delivery import MAX_CACHED_CLIENTS, Clients, describe_error, describe_fault
from iamsql.model import IamsqlError

ROLE = "arn:aws:iam::222222222222:role/iamsql-securityhub"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTING000000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")


class FakeSts:
    """An STS that gives credentials for a limited time, and counts them."""

    def __init__(self, lifetime: timedelta) -> None:
        self.lifetime = lifetime
        self.requests: list[dict[str, Any]] = []

    def assume_role(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        expires = datetime.now(UTC) + self.lifetime
        keys = {"AccessKeyId": "ASIA1", "SecretAccessKey": "secret", "SessionToken": "token", "Expiration": expires}
        return {"Credentials": keys}


def with_sts(sts: FakeSts) -> Clients:
    clients = Clients()
    create = clients._session.client
    clients._session.client = lambda service, **options: sts if service == "sts" else create(service, **options)
    return clients


def test_a_role_is_assumed_once_for_all_services() -> None:
    sts = FakeSts(timedelta(hours=1))
    clients = with_sts(sts)
    first = clients.client("securityhub", "", ROLE, "id")
    assert clients.client("securityhub", "eu-west-1", ROLE, "id") is first
    clients.client("events", "", ROLE, "id")
    assert sts.requests == [{"RoleArn": ROLE, "RoleSessionName": "iamsql", "ExternalId": "id"}]
    assert first.meta.config.retries["mode"] == "standard" and first._get_credentials().access_key == "ASIA1"


def test_credentials_that_expire_soon_are_renewed() -> None:
    sts = FakeSts(timedelta(seconds=delivery.RENEW_BEFORE - 1))
    clients = with_sts(sts)
    first = clients.client("securityhub", "", ROLE)
    assert clients.client("securityhub", "", ROLE) is not first and len(sts.requests) == 2
    assert "ExternalId" not in sts.requests[0]


def test_few_clients_are_kept() -> None:
    clients = with_sts(FakeSts(timedelta(hours=1)))
    client = clients.client("sns")
    for number in range(MAX_CACHED_CLIENTS):
        clients.client("sns", "", f"arn:aws:iam::{number:012d}:role/x")
        clients.client("sns")
    assert len(clients._clients) == MAX_CACHED_CLIENTS and clients.client("sns") is client


def test_a_profile_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(IamsqlError, match="List the profiles with: aws configure list-profiles"):
        Clients("no-such-profile")


def signed(clients: Clients) -> tuple[Any, float]:
    """Return a link, and the seconds that it works."""
    presigned = clients.presign("bucket", "run/report.html")
    return presigned, float(parse_qs(urlsplit(presigned.url).query)["X-Amz-Expires"][0])


def test_a_link_of_permanent_credentials_works_for_seven_days() -> None:
    presigned, seconds = signed(Clients())
    assert seconds == 604_800 and not presigned.is_temporary and presigned.is_certain
    assert "Signature" not in repr(presigned) and "X-Amz-Signature" in presigned.url


def test_a_link_of_temporary_credentials_ends_with_them() -> None:
    clients, expires = Clients(), datetime.now(UTC) + timedelta(hours=1)
    refreshable = RefreshableCredentials("a", "b", "token", expires, lambda: {}, "role")
    clients._session.get_credentials = lambda: refreshable
    presigned, seconds = signed(clients)
    assert 3_590 <= seconds <= 3_600 and presigned.expires == expires
    assert presigned.is_temporary and presigned.is_certain
    clients._session.get_credentials = lambda: Credentials("a", "b", "token")
    presigned, seconds = signed(clients)
    assert seconds == 604_800 and presigned.is_temporary and not presigned.is_certain


class Bucket(BaseHTTPRequestHandler):
    """S3 of a bucket in another region: the first request is redirected to its region."""

    authorizations: list[str]

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.authorizations.append(self.headers["Authorization"])
        is_right = "/us-west-2/s3/" in self.headers["Authorization"]
        self.send_response(200 if is_right else 301)
        self.send_header("x-amz-bucket-region", "us-west-2")
        body = b"" if is_right else b"<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Bucket]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
    Bucket.authorizations = []
    yield Bucket
    server.shutdown()
    server.server_close()


def test_a_bucket_in_another_region_gets_the_file_and_the_link_is_for_its_region(
    bucket: type[Bucket], tmp_path: Path
) -> None:
    (tmp_path / "report.html").write_text("report")
    clients = Clients()
    clients.upload("reports", "report.html", tmp_path / "report.html", {"ContentType": "text/html"})
    assert len(bucket.authorizations) == 2 and "/eu-west-1/s3/" in bucket.authorizations[0]
    assert (
        "/us-west-2/s3/"
        in parse_qs(urlsplit(clients.presign("reports", "report.html").url).query)["X-Amz-Credential"][0]
    )


def test_an_error_is_a_line_with_code_and_request() -> None:
    response = {"Error": {"Code": "AccessDenied", "Message": "no"}, "ResponseMetadata": {"RequestId": "r-1"}}
    error = ClientError(response, "Publish")
    assert describe_error(error) == "Publish: AccessDenied: no (request r-1)" and describe_fault(error) == (
        "denied",
        "AccessDenied",
    )
    assert describe_fault(NoCredentialsError())[0] == "expired"
    assert describe_error(EndpointConnectionError(endpoint_url="https://sns")).startswith(
        "EndpointConnectionError: Could not connect"
    )
    with pytest.raises(KeyError):
        describe_error(KeyError("x"))


def test_a_failed_request_is_a_line_and_a_record(caplog: pytest.LogCaptureFixture) -> None:
    response = {
        "Error": {"Code": "AuthorizationError", "Message": "User: x is not authorized"},
        "ResponseMetadata": {"RequestId": "5b3c1f2e"},
    }
    with caplog.at_level(logging.WARNING, "iamsql"):
        line = describe_error(ClientError(response, "Publish"))
        timeout = describe_error(ConnectTimeoutError(endpoint_url="https://sns.us-east-1.amazonaws.com/"))
    assert line == "Publish: AuthorizationError: User: x is not authorized (request 5b3c1f2e)"
    assert timeout.startswith("ConnectTimeoutError: ")
    first, second = (record.fields for record in caplog.records)  # type: ignore[attr-defined]
    assert first == {
        "operation": "Publish", "code": "AuthorizationError", "error": "User: x is not authorized", "request_id": "5b3c1f2e"
    }  # fmt: skip
    assert second["code"] == "ConnectTimeoutError"
