"""Responses that are not answers, clock skew, throttling and repeated failures: the fault that each becomes."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from iamsql.aws.client import MAX_THROTTLE_TRIES, ApiClient, CallStats, Request
from iamsql.aws.credential_report import GENERATE_OPERATION, REPORT_OPERATION, fetch_credential_report, parse_report
from iamsql.aws.errors import Fault, MalformedResponseError, RequestFailedError, classify
from iamsql.aws.plan import MAX_FAILURES, CallResult
from iamsql.aws.rates.limiter import backoff_seconds
from iamsql.aws.sessions import SessionFactory
from iamsql.catalog.settings.option_types import BOTOCORE, TRANSPORTS
from iamsql.model import Call, IamsqlError
from tests.conftest import DAY
from tests.fake_aws import FakeAws, Faults
from tests.no_sleep import NoSleepLoop
from tests.sync.syncs import PAYMENTS, run_sync

KEYS = ("ASIAEXAMPLEEXAMPLE00", "not-a-secret", "not-a-token")


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a transport the default of session factories."""
    monkeypatch.setitem(SessionFactory.__init__.__kwdefaults__, "uses_botocore", request.param == BOTOCORE)
    return str(request.param)


def response_or_fault(service: str, operation: str, body: bytes, status: int = 200, **params: Any) -> Any:
    """Send a request to an AWS that answers with the same body; return the response, or the fault that the client raises."""

    def send(request: Any, **_: Any) -> AWSResponse:
        response = AWSResponse(request.url, status, {"Content-Type": "text/plain"}, None)
        response._content = body
        return response

    return send_request(SessionFactory(send=send, credentials=KEYS), service, operation, **params)


def send_request(sessions: SessionFactory, service: str, operation: str, **params: Any) -> Any:
    """Send one request with the caller's credentials, in simulated time."""
    api = ApiClient(sessions, rate_limited=False)
    request = Request(service, operation, "us-east-1", params)
    try:
        with asyncio.Runner(loop_factory=NoSleepLoop) as runner:
            return runner.run(api.send(sessions.caller, request, CallStats()))
    except RequestFailedError as failed:
        return failed.fault
    finally:
        api.close()


BROKEN = [
    ("organizations", "ListAccounts", b""),
    ("organizations", "ListAccounts", b"null"),
    ("organizations", "ListAccounts", b"[]"),
    ("organizations", "ListAccounts", b'"Accounts"'),
    ("organizations", "ListAccounts", b'{"Accounts": [{"Id": "1234'),
    ("organizations", "ListAccounts", b'{"Accounts": {"Id": "1"}, "NextToken": 7}'),
    ("organizations", "ListAccounts", b'{"accounts": []}'),
    ("organizations", "ListAccounts", b"<html><body>Sign in</body></html>"),
    ("organizations", "ListAccounts", b"\xff\xfe\x00"),
    ("cloudtrail", "DescribeTrails", b"<!doctype html>"),
    ("account", "ListRegions", b"Service unavailable"),
    ("accessanalyzer", "ListAnalyzers", b"{"),
    ("iam", "ListUsers", b""),
    ("iam", "ListUsers", b"<ListUsersResponse><ListUsersResult><Users><member><UserName>a"),
    ("iam", "ListUsers", b"<html><body>Sign in</body></html>"),
    ("iam", "ListUsers", b"<ListUsersResponse></ListUsersResponse>"),
    ("iam", "ListUsers", b"<ListUsersResponse><ListUsersResult></ListUsersResult></ListUsersResponse>"),
    ("iam", "ListUsers", b"{}"),
    ("iam", "GetAccountSummary", b"<R><GetAccountSummaryResult><SummaryMap><entry><key>Users</key><value>many</value>"),
    ("sts", "GetCallerIdentity", b"<Other/>"),
    ("ec2", "DescribeRegions", b"<html><body>Sign in</body></html>"),
    ("ec2", "DescribeRegions", b""),
    ("ec2", "DescribeRegions", b'<DescribeRegionsResponse xmlns="x"/>'),
    ("s3", "ListObjectsV2", b""),
    ("s3", "ListObjectsV2", b"<html><body>Sign in</body></html>"),
    ("s3", "ListObjectsV2", b"<ListBucketResult><KeyCount>1</KeyCount><Contents><Key>a"),
    ("s3", "GetBucketAcl", b"<AccessControlPolicy><Owner><ID>1"),
    ("s3", "GetBucketPolicy", b'{"Version": "2012'),
]


@pytest.mark.usefixtures("transport")
@pytest.mark.parametrize(("service", "operation", "body"), BROKEN)
def test_a_body_that_is_not_a_response_is_a_fault_and_not_an_empty_list(
    service: str, operation: str, body: bytes
) -> None:
    params = {"Bucket": "some-logs"} if service == "s3" else {}
    fault = response_or_fault(service, operation, body, **params)
    assert isinstance(fault, Fault), fault
    assert (fault.fault_type, fault.code) == ("error", "UnreadableAnswer")
    assert "\n" not in fault.message and len(fault.message) < 300


@pytest.mark.usefixtures("transport")
@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [
        ("organizations", "ListDelegatedAdministrators", b"{}"),
        ("organizations", "ListDelegatedAdministrators", b' {"DelegatedAdministrators": []}\n'),
        ("sso-admin", "GetInlinePolicyForPermissionSet", b"{ }"),
        ("iam", "ListUsers", b"<R><ListUsersResult><Users/><IsTruncated>false</IsTruncated></ListUsersResult></R>"),
        ("ec2", "DescribeRegions", b'<DescribeRegionsResponse xmlns="x"><regionInfo/></DescribeRegionsResponse>'),
    ],
)
def test_a_response_without_items_is_an_empty_list(service: str, operation: str, body: bytes) -> None:
    response = response_or_fault(service, operation, body)
    assert isinstance(response, dict), response
    assert not any(response.get(name) for name in ("DelegatedAdministrators", "Users", "Regions", "InlinePolicy"))


@pytest.mark.usefixtures("transport")
def test_an_error_of_s3_in_a_response_of_status_200_is_its_error() -> None:
    body = b"<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"
    fault = response_or_fault("s3", "ListObjectsV2", body, Bucket="some-logs")
    assert isinstance(fault, Fault) and (fault.fault_type, fault.code) == ("error", "InternalError"), fault


@pytest.mark.usefixtures("transport")
@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize(("service", "operation"), [("iam", "ListUsers"), ("organizations", "ListAccounts")])
def test_an_html_page_of_a_gateway_is_an_error(service: str, operation: str, status: int) -> None:
    fault = response_or_fault(service, operation, b"<html><body><hr>Bad gateway</body></html>", status)
    assert isinstance(fault, Fault) and fault.fault_type == "error", fault


@contextmanager
def listening(handle: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen on a port: `handle` serves each connection, which is then closed."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    handle(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def _short(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"Accounts": [')
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65536):  # closing a connection with unread bytes would reset it
        pass


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


@pytest.mark.usefixtures("transport")
@pytest.mark.parametrize(("handle", "code"), [(_short, "UnreadableAnswer"), (_reset, "ConnectionClosedError")])
def test_a_broken_connection_gives_the_same_fault_as_the_fake_aws(
    handle: Callable[[socket.socket], None], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reset connection, and a body that is shorter than its length."""
    with listening(handle) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        fault = send_request(SessionFactory(credentials=KEYS), "organizations", "ListAccounts")
    assert (fault.fault_type, fault.code) == ("error", code)


# -- clocks ----------------------------------------------------------------------------------------------------------------


def client_error(code: str, message: str, date: datetime | None = None) -> Fault:
    headers = {"date": format_datetime(date)} if date else {}
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 403, "HTTPHeaders": headers},
    }
    return classify(ClientError(response, "ListUsers"))  # type: ignore[arg-type]


EXPIRED = "Signature expired: 20260302T114000Z is now earlier than 20260302T115500Z (20260302T120000Z - 5 min.)"
EARLY = "Signature not yet current: 20260302T140000Z is still later than 20260302T120500Z (20260302T120000Z + 5 min.)"


@pytest.mark.parametrize(
    ("code", "message", "difference"),
    [
        ("SignatureDoesNotMatch", EXPIRED, "20 minutes behind"),
        ("InvalidSignatureException", EXPIRED, "20 minutes behind"),
        ("SignatureDoesNotMatch", EARLY, "2 hours ahead"),
    ],
)
def test_clock_skew_is_recognized_by_the_error_message(code: str, message: str, difference: str) -> None:
    fault = client_error(code, message)
    assert fault.fault_type == "skewed" and fault.message.endswith(f"This machine's clock is {difference}.")


@pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"])
def test_clock_skew_is_recognized_by_the_date_header(code: str) -> None:
    fault = client_error(code, "No.", datetime.now(UTC) - timedelta(minutes=30))
    assert fault.fault_type == "skewed" and fault.message == "No. This machine's clock is 30 minutes ahead."


def test_without_clock_skew_the_error_is_about_credentials() -> None:
    assert client_error("RequestExpired", "Request has expired.", datetime.now(UTC)).fault_type == "expired"
    assert client_error("RequestExpired", "Request has expired.").fault_type == "expired"
    assert (
        client_error("SignatureDoesNotMatch", "The request signature we calculated does not match.").fault_type
        == "rejected"
    )
    assert client_error("RequestTimeTooSkewed", "Too large.").message == "Too large."
    assert client_error("SignatureDoesNotMatch", "Signature expired: soon").fault_type == "skewed"
    odd = EXPIRED.replace("20260302", "20269999")
    assert client_error("SignatureDoesNotMatch", odd).message == odd


def test_after_clock_skew_the_sync_says_to_set_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.aws.client.backoff_seconds", lambda attempt: 0.0)
    aws = FakeAws(DAY, faults=Faults(network_faults=(("*", "*", "skew", 99),)))
    with pytest.raises(IamsqlError, match=r"clock is 20 minutes behind\.\nCorrect its clock"):
        run_sync(tmp_path, aws=aws)
    assert list(tmp_path.glob("*.duckdb*")) == []


@pytest.mark.slow
def test_clock_skew_does_not_mark_a_region_as_not_enabled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.aws.client.backoff_seconds", lambda attempt: 0.0)
    aws = FakeAws(DAY, faults=Faults(network_faults=((PAYMENTS, "cloudtrail:DescribeTrails", "skew", 99),)))
    run = run_sync(tmp_path, aws=aws, accounts=(PAYMENTS,), regions=("eu-west-1",), tables=("aws_cloudtrail_trail",))
    assert run.status("DescribeTrails", PAYMENTS) == {("error", "InvalidSignatureException")}


# -- throttling, and the credential report ---------------------------------------------------------------------------------


def test_a_throttled_request_is_retried_for_more_than_a_minute() -> None:
    class Least(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return a

    waits = [backoff_seconds(attempt, Least()) for attempt in range(1, MAX_THROTTLE_TRIES - 3)]
    assert sum(waits) > 60


@pytest.mark.parametrize("kind", ["error", "throttled"])
def test_a_call_that_fails_for_several_parents_in_a_row_is_not_repeated(kind: str) -> None:
    outcome = CallResult(Call("iam", "ListAccessKeys"), "us-east-1")
    outcome.stats.faults += [Fault(kind, "InternalFailure", "No.")] * (MAX_FAILURES - 1)
    assert not outcome.should_stop
    outcome.stats.faults.append(outcome.stats.faults[0])
    assert outcome.should_stop
    outcome.succeeded = 1
    assert not outcome.should_stop


CONTENT = (
    b"user,arn,password_enabled\n<root_account>,arn:aws:iam::1:root,not_supported\nanna,arn:aws:iam::1:user/anna,true"
)


@pytest.mark.parametrize(
    "content", [b"", b"user,arn\n", CONTENT[:-5].rpartition(b",")[0], b"<html>", b"\xff\xfe", b"a,b\nc,d"]
)
def test_a_truncated_credential_report_is_malformed(content: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        parse_report({"Content": content})
    assert [row["user"] for row in parse_report({"Content": CONTENT})] == ["<root_account>", "anna"]


def test_a_malformed_credential_report_is_requested_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([b"user,arn\n", CONTENT[:-20], CONTENT])

    class Client:
        async def send(self, request: Request, stats: CallStats) -> Any:
            return {"State": "COMPLETE"} if request.operation == GENERATE_OPERATION else {"Content": next(answers)}

    generated, fetched = (CallResult(Call("iam", name), "us-east-1") for name in (GENERATE_OPERATION, REPORT_OPERATION))
    assert len(asyncio.run(fetch_credential_report(Client(), generated, fetched))) == 2
