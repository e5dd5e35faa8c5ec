"""The fake AWS over HTTP: connections that stay open, errors and faults, rate limits, and the report of its traffic."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from tests.demo.clients import DAY, MANAGEMENT
from tests.fake_aws import CREDENTIALS, FakeAws, Faults
from tests.fake_aws.over_http import Served, serving

ROOT = Path(__file__).parents[2]
SCOPE = "AWS4-HMAC-SHA256 Credential={}/20260314/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(FakeAws(DAY)) as server:
        yield server


@contextmanager
def serving_faults(**faults: Any) -> Iterator[Served]:
    with serving(FakeAws(DAY, faults=Faults(**faults))) as server:
        yield server


def port_of(served: Served) -> int:
    return int(served.url.rpartition(":")[2])


def message(operation: str, *more: str, version: str = "HTTP/1.1") -> bytes:
    """Return a request of IAM, with additional headers."""
    body = f"Action={operation}&Version=2010-05-08"
    authorization = SCOPE.format(CREDENTIALS["aws_access_key_id"], "iam")
    headers = ["Host: localhost", f"authorization: {authorization}", f"content-length: {len(body)}", *more]
    return "\r\n".join([f"POST / {version}", *headers, "", body]).encode()


def connect(served: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port_of(served)), timeout=10)


def read_response(connection: socket.socket) -> tuple[HTTPResponse, bytes]:
    """Read one response, and leave what follows it."""
    response = HTTPResponse(connection)
    response.begin()
    return response, response.read()


def client(served: Served, service: str, region: str = "us-east-1") -> Any:
    config = Config(retries={"total_max_attempts": 1})
    return boto3.client(service, region_name=region, endpoint_url=served.url, config=config, **CREDENTIALS)


def report(served: Served) -> dict[str, Any]:
    with urllib.request.urlopen(f"{served.url}/_report") as response:
        traffic: dict[str, Any] = json.load(response)
    return traffic


def test_a_connection_stays_open(served: Served) -> None:
    connection = HTTPConnection("127.0.0.1", port_of(served))
    headers = {"Authorization": SCOPE.format(CREDENTIALS["aws_access_key_id"], "iam"), "Content-Type": FORM}
    ports = set()
    for operation in ("GetAccountSummary", "ListAccountAliases", "NoSuchOperation"):
        connection.request("POST", "/", f"Action={operation}", headers)
        ports.add(connection.sock.getsockname()[1])
        response = connection.getresponse()
        content = response.read()
        assert response.status == (403 if operation == "NoSuchOperation" else 200), content
        assert response.headers["Content-Type"] == "text/xml"
        assert parsedate_to_datetime(response.headers["Date"]).tzinfo
    assert len(ports) == 1
    connection.close()


def test_requests_in_pieces_and_at_once_are_answered_in_order(served: Served) -> None:
    both = message("GetAccountSummary") + message("ListAccountAliases")
    for pieces in ([both], [both[:40], both[40:260], both[260:]], [both[:-5], both[-5:]]):
        with connect(served) as connection:
            for piece in pieces:
                connection.sendall(piece)
            # HTTPResponse may read ahead, so the end of all responses is what is compared.
            connection.shutdown(socket.SHUT_WR)
            content = b"".join(iter(lambda connection=connection: connection.recv(65536), b""))
        assert content.count(b"HTTP/1.1 200 OK") == 2
        assert content.index(b"<GetAccountSummaryResponse>") < content.index(b"<ListAccountAliasesResponse>")


@pytest.mark.parametrize(
    "request_", [message("ListRoles", "Connection: close"), message("ListRoles", version="HTTP/1.0")]
)
def test_a_client_can_ask_for_the_end_of_the_connection(served: Served, request_: bytes) -> None:
    with connect(served) as connection:
        connection.sendall(request_)
        content = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"Connection: close" in content and content.endswith(b"</ListRolesResponse>")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nX: " + b"x" * 70_000, 431),
    ],
)
def test_a_request_that_cannot_be_read_ends_the_connection(served: Served, request_: bytes, status: int) -> None:
    with connect(served) as connection:
        connection.sendall(request_)
        response, _ = read_response(connection)
        assert response.status == status
        assert connection.recv(1) == b""


def test_a_client_that_waits_for_100_sends_its_body(served: Served) -> None:
    head, _, body = message("ListAccountAliases", "Expect: 100-continue").partition(b"\r\n\r\n")
    with connect(served) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert read_response(connection)[0].status == 200


@pytest.mark.slow
def test_botocore_reads_every_protocol(served: Served) -> None:
    assert client(served, "iam").list_users()["Users"]
    assert client(served, "organizations").describe_organization()["Organization"]["MasterAccountId"] == MANAGEMENT
    assert client(served, "cloudtrail").lookup_events()["Events"]
    assert client(served, "account").list_regions()["Regions"]
    assert client(served, "s3", "eu-west-1").list_objects_v2(Bucket="acme-trail")["Contents"]


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_reads_a_response(served: Served) -> None:
    authorization = SCOPE.format(CREDENTIALS["aws_access_key_id"], "iam")
    line = ["curl", "-sS", "-H", f"Authorization: {authorization}", "-d", "Action=ListAccountAliases", served.url]
    result = subprocess.run([*line, "--next", *line[1:]], capture_output=True, text=True)
    assert result.stderr == "" and result.stdout.count("</ListAccountAliasesResponse>") == 2


def test_a_network_fault_ends_the_connection_and_an_error_does_not() -> None:
    faults = {"network_faults": (("*", "ListRoles", "reset", 1),), "errors": (("*", "ListGroups", 503, 1),)}
    with serving_faults(**faults) as served:
        iam = client(served, "iam")
        with pytest.raises(ConnectionClosedError):
            iam.list_roles()
        with pytest.raises(ClientError, match="ServiceUnavailable"):
            iam.list_groups()
        assert iam.list_roles()["Roles"] and iam.list_groups()["Groups"]
        operations = report(served)["operations"]
        assert operations["iam:ListRoles"] == {"ok": 1, "reset": 1}
        assert operations["iam:ListGroups"] == {"ServiceUnavailable": 1, "ok": 1}


def test_the_date_can_be_ahead() -> None:
    with serving_faults(seconds_ahead=86_400.0) as ahead, serving_faults() as present:
        dates = []
        for served in (ahead, present):
            with connect(served) as connection:
                connection.sendall(message("ListAccountAliases"))
                dates.append(parsedate_to_datetime(read_response(connection)[0].headers["Date"]))
    assert 86_000 < (dates[0] - dates[1]).total_seconds() < 87_000


def test_a_slow_request_does_not_delay_others() -> None:
    with serving_faults(latency=3_600.0) as served, connect(served) as connection:
        connection.sendall(message("ListAccountAliases"))
        assert report(served)["calls"] == 0  # the request waits for an hour, and the report does not


def test_hundreds_of_connections_stay_open(served: Served) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(connect(served)) for _ in range(300)]
        for _ in range(2):
            for connection in connections:
                connection.sendall(message("ListAccountAliases"))
            assert {read_response(connection)[0].status for connection in connections} == {200}


def test_limits_are_of_a_service_or_an_operation_in_an_account_or_region() -> None:
    limits = {"organizations": (0.001, 2), "cloudtrail:LookupEvents": (0.001, 1)}
    with serving_faults(limits=limits) as served:
        organizations, trail = client(served, "organizations"), client(served, "cloudtrail")
        assert organizations.list_roots() and organizations.describe_organization()
        with pytest.raises(ClientError, match="TooManyRequestsException"):
            organizations.list_roots()
        assert trail.lookup_events() and client(served, "cloudtrail", "eu-west-1").lookup_events()
        with pytest.raises(ClientError, match="ThrottlingException"):
            trail.lookup_events()
        assert trail.describe_trails() and client(served, "iam").list_roles()
        traffic = report(served)
    assert (traffic["calls"], traffic["throttled"], traffic["repeated"]) == (8, 2, 0)


def test_the_report_has_the_traffic_and_a_reset_starts_again() -> None:
    with serving_faults(limits={"iam": (2.0, 2), "organizations": (100, 10)}) as served:
        iam = client(served, "iam")
        for call in (iam.list_roles, iam.list_roles, iam.list_groups):
            with pytest.raises(ClientError) if call == iam.list_groups else ExitStack():
                call()
        client(served, "organizations").list_roots()
        traffic = report(served)
        assert traffic["operations"]["iam:ListRoles"] == {"ok": 2}
        assert (traffic["calls"], traffic["throttled"], traffic["repeated"]) == (4, 1, 1)
        assert traffic["bound"] == {
            "limit": "iam", "account_id": MANAGEMENT, "region": "", "requests": 2, "seconds": 0.0
        }  # fmt: skip
        assert traffic["services"]["iam"][0] == 0.0 < traffic["services"]["organizations"][0]
        with urllib.request.urlopen(f"{served.url}/_reset", data=b"") as response:
            assert json.load(response) == traffic
        assert report(served)["calls"] == 0 and report(served)["bound"] is None
        assert iam.list_roles() and iam.list_groups()  # the burst is there again


@pytest.mark.slow
def test_the_process_prints_its_url_and_at_its_end_the_traffic() -> None:
    line = [sys.executable, "-m", "tests.fake_aws.over_http", "--accounts", "2", "--users", "3"]
    limits = json.dumps({"limits": {"iam": [10, 1]}})
    with subprocess.Popen([*line, "--faults", limits], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        served = Served(process.stdout.readline().strip(), FakeAws(DAY))
        assert len(client(served, "organizations").list_accounts()["Accounts"]) == 2
        assert client(served, "iam").list_users()["Users"]
        process.send_signal(signal.SIGTERM)
        traffic = json.loads(process.communicate(timeout=20)[0])
    assert process.returncode == 0
    assert traffic["operations"] == {"iam:ListUsers": {"ok": 1}, "organizations:ListAccounts": {"ok": 1}}
    with pytest.raises((EndpointConnectionError, HTTPException)):
        client(served, "iam").list_users()
