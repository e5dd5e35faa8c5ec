"""An endpoint that never ends its response, or whose response would exhaust memory or stack, is a fault; others are read."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import ApiClient, CallStats
from iamsql.aws.errors import Fault, RequestFailedError
from iamsql.aws.http import responses
from iamsql.aws.sessions import SessionFactory
from iamsql.sync.cloudtrail import bucket
from iamsql.sync.cloudtrail.bucket import Bucket, TrailLocation
from tests.aws.test_client import KEYS, send_request, transport

__all__ = ["transport"]

ANSWER = (
    "<ListAccountAliasesResponse><ListAccountAliasesResult><IsTruncated>false</IsTruncated><AccountAliases>{}"
    "</AccountAliases></ListAccountAliasesResult></ListAccountAliasesResponse>"
)
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]>' + ANSWER.format("<member>&l9;</member>")
BLOWUP = f'<!DOCTYPE x [<!ENTITY a "{"a" * 60_000}">]>' + ANSWER.format(f"<member>{'&a;' * 60}</member>")


@contextmanager
def endpoint(monkeypatch: pytest.MonkeyPatch, body: bytes, times: int | None, status: int = 200) -> Iterator[list[int]]:
    """Answer each request with a body, repeated `times` times or forever; yield the numbers of bytes that were sent."""
    taken: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            taken.append(0)
            left = times
            with suppress(OSError):
                while left is None or left > 0:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
                    taken[-1] += len(body)
                    left = None if left is None else left - 1
                self.wfile.write(b"0\r\n\r\n")

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()


def list_aliases(monkeypatch: pytest.MonkeyPatch, body: bytes, times: int | None = 1, status: int = 200) -> Any:
    """Request the aliases of an account from the endpoint."""
    with endpoint(monkeypatch, body, times, status):
        return send_request(SessionFactory(credentials=KEYS), "iam", "ListAccountAliases")


def fetch_object(folder: Path) -> Path:
    """Fetch an object of a trail's bucket from the endpoint."""

    async def fetch() -> Path:
        api = ApiClient(SessionFactory(credentials=KEYS), rate_limited=False)
        client = AccountClient(api, api.sessions.caller, "us-east-1")
        try:
            path, _ = await Bucket(client, TrailLocation("a-trail")).download("log", folder / "1", CallStats())
        finally:
            api.close()
        return path

    return asyncio.run(fetch())


@pytest.mark.usefixtures("transport")
def test_a_response_over_http_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    response = list_aliases(monkeypatch, ANSWER.format("<member>acme</member>").encode())
    assert response["AccountAliases"] == ["acme"]


@pytest.mark.usefixtures("transport")
@pytest.mark.parametrize("status", [200, 500])
def test_a_response_that_does_not_end_is_a_fault(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr(responses, "MAX_BODY_BYTES", 2**20)
    fault = list_aliases(monkeypatch, b"<a>" * 10_000, None, status)
    assert isinstance(fault, Fault)
    assert (fault.fault_type, fault.code) == ("error", "too_large")
    assert fault.message == "The response has more than 1 MiB, or takes longer than 300 seconds."


@pytest.mark.usefixtures("transport")
@pytest.mark.parametrize("text", [LAUGHS, BLOWUP, "\ufeff \n" + LAUGHS], ids=["laughs", "blowup", "mark"])
@pytest.mark.parametrize("status", [200, 403])
def test_xml_entities_are_not_expanded(monkeypatch: pytest.MonkeyPatch, text: str, status: int) -> None:
    fault = list_aliases(monkeypatch, text.encode(), status=status)
    assert isinstance(fault, Fault)
    assert (fault.fault_type, fault.code) == ("error", "UnreadableAnswer")
    assert "declares a document type" in fault.message and len(fault.message) < 200


@pytest.mark.usefixtures("transport")
def test_a_response_with_too_many_values_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "MAX_NODES", 1000)
    fault = list_aliases(monkeypatch, ANSWER.format("<a/>" * 2000).encode())
    assert isinstance(fault, Fault)
    assert (fault.code, fault.message) == ("too_large", "The response has more than 1,000 values.")
    with endpoint(monkeypatch, b'{"trailList": [' + b"{}," * 2000 + b"{}]}", 1):
        fault = send_request(SessionFactory(credentials=KEYS), "cloudtrail", "DescribeTrails")
    assert isinstance(fault, Fault) and fault.code == "too_large"


@pytest.mark.usefixtures("transport")
@pytest.mark.slow
def test_a_deeply_nested_response_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for body in (b'{"trailList": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", b"[" * 100_000):
        with endpoint(monkeypatch, body, 1):
            fault = send_request(SessionFactory(credentials=KEYS), "cloudtrail", "DescribeTrails")
        assert isinstance(fault, Fault) and fault.fault_type == "error" and fault.message
    deep = list_aliases(monkeypatch, ANSWER.format("<a>" * 100_000 + "</a>" * 100_000).encode())
    assert isinstance(deep, Fault) or deep["AccountAliases"] in ([], [""])


@pytest.mark.parametrize("head", [b"\x1f\x8b", b"{"])
def test_an_object_that_does_not_end_is_a_fault_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(bucket, "MAX_BYTES", 3 * 2**20)
    with endpoint(monkeypatch, head + bytes(100_000), None), pytest.raises(RequestFailedError) as failed:
        fetch_object(tmp_path)
    assert failed.value.fault.code == "too_large" and "3 MiB" in failed.value.fault.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_object_is_written_while_it_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(monkeypatch, b"\x1f\x8b" + bytes(3_000_000), 1):
        path = fetch_object(tmp_path)
    assert path.name == "1.json.gz" and path.read_bytes() == b"\x1f\x8b" + bytes(3_000_000)
    with endpoint(monkeypatch, b"{}", 1):
        assert fetch_object(tmp_path).name == "1.json"
