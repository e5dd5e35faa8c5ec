"""What runs on the event loop and what in threads, and which requests clients of botocore send."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError

from iamsql.aws import transport
from iamsql.aws.client import ApiClient, CallStats, Request
from iamsql.aws.errors import RequestFailedError
from iamsql.aws.sessions import AccountSession, SessionFactory
from iamsql.catalog.settings.option_types import ASYNCIO, BOTOCORE, TRANSPORTS
from tests.aws.test_client import KEYS

LOOP = "MainThread"
ACCOUNTS = Request("organizations", "ListAccounts", "us-east-1", {})


def answering(body: bytes, transport: str = ASYNCIO) -> tuple[SessionFactory, list[Any]]:
    """Return sessions with the same response to each request, and the list of the requests."""
    sent: list[Any] = []

    def send(request: Any, **_: Any) -> AWSResponse:
        sent.append((threading.current_thread().name, request))
        response = AWSResponse(request.url, 200, {}, None)
        response._content = body
        return response

    return SessionFactory(send=send, credentials=KEYS, uses_botocore=transport == BOTOCORE), sent


def thread_of_read(sessions: SessionFactory, request: Request = ACCOUNTS) -> str:
    """Send a request, and return the name of the thread that reads the response."""
    api = ApiClient(sessions, rate_limited=False)
    try:
        read = api.send(sessions.caller, request, CallStats(), lambda response: threading.current_thread().name)
        return str(asyncio.run(read))
    finally:
        api.close()


def test_a_small_response_is_read_on_the_event_loop_and_a_large_one_in_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "LARGE_BODY_BYTES", 100)
    sessions, sent = answering(b'{"Accounts": []}')
    assert thread_of_read(sessions) == LOOP
    assert sent[0][0].startswith("aws_"), "a test double may sleep, so it answers in a thread"
    sessions, _ = answering(json.dumps({"Accounts": [{"Id": "1" * 100}]}).encode())
    assert thread_of_read(sessions).startswith("aws_")


def test_botocore_sends_the_requests_of_rest_protocols_and_all_requests_on_demand() -> None:
    regions = Request("account", "ListRegions", "us-east-1", {})
    sessions, sent = answering(b'{"Regions": []}')
    assert thread_of_read(sessions, regions).startswith("aws_")
    assert list(sessions._clients) == [("account", "us-east-1")]
    sessions, _ = answering(b'{"Accounts": []}')
    sessions.load_services(["organizations", "iam", "account"], "us-east-1")
    assert thread_of_read(sessions) == LOOP and list(sessions._clients) == [("account", "us-east-1")]
    sessions, sent = answering(b'{"Accounts": []}', BOTOCORE)
    assert thread_of_read(sessions).startswith("aws_")
    assert list(sessions._clients) == [("organizations", "us-east-1")] and len(sent) == 1


@pytest.mark.parametrize("name", TRANSPORTS)
def test_credentials_that_expire_are_refreshed_once(name: str) -> None:
    threads: list[str] = []

    def refresh() -> dict[str, str]:
        threads.append(threading.current_thread().name)
        return {
            "access_key": "ASIANEW", "secret_key": "new", "token": "new",
            "expiry_time": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        }  # fmt: skip

    soon = datetime.now(UTC) + timedelta(seconds=30)
    credentials = RefreshableCredentials("ASIAOLD", "old", "old", soon, refresh, "sso")
    sessions, sent = answering(b'{"Accounts": []}', name)
    session = AccountSession("", credentials)
    api = ApiClient(sessions, rate_limited=False)

    async def send_some() -> None:
        await asyncio.gather(*(api.send(session, ACCOUNTS, CallStats()) for _ in range(5)))

    asyncio.run(send_some())
    api.close()
    assert len(threads) == 1 and threads[0].startswith("aws_"), "the event loop must not wait for a refresh"
    headers = [request.headers["Authorization"] for _, request in sent]
    assert all("Credential=ASIANEW/" in (text.decode() if isinstance(text, bytes) else text) for text in headers)


@pytest.mark.parametrize("name", TRANSPORTS)
def test_credentials_that_cannot_be_loaded_are_a_fault(name: str) -> None:
    def refresh() -> dict[str, str]:
        raise CredentialRetrievalError(provider="custom-process", error_msg="the command failed")

    past = datetime.now(UTC) - timedelta(seconds=30)
    lost = RefreshableCredentials("ASIAOLD", "old", "old", past, refresh, "custom-process")
    sessions, sent = answering(b"{}", name)
    for credentials, code in ((lost, "CredentialRetrievalError"), (None, "NoCredentialsError")):
        api = ApiClient(sessions, rate_limited=False)
        with pytest.raises(RequestFailedError) as failed:
            asyncio.run(api.send(AccountSession("", credentials), ACCOUNTS, CallStats()))
        api.close()
        assert (failed.value.fault.fault_type, failed.value.fault.code) == ("expired", code)
    assert sent == []


SCRIPT = """
import sys
from iamsql.aws.sessions import SessionFactory
from iamsql.cli import main

clients = SessionFactory._create_client
created = []
SessionFactory._create_client = lambda *key: created.append(key[1:]) or clients(*key)
try:
    main(["sync", "--demo", "--dry-run", "--account", "333344445555", "--runs", sys.argv[1]])
finally:
    print(created, sorted({"boto3", "s3transfer"} & sys.modules.keys()))
"""


@pytest.mark.slow
def test_a_default_sync_creates_no_client_and_does_not_load_boto3(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    result = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)
    assert (result.stdout.splitlines()[-1], result.stderr) == ("[] []", "") and "333344445555" in result.stdout
