"""TLS, proxies and network errors: both transports have the same results, and connections are kept open and closed at the end."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iamsql.aws.client import ApiClient, CallStats, Request
from iamsql.aws.errors import Fault
from iamsql.aws.http import client as http_client
from iamsql.aws.http import connection as http_connection
from iamsql.aws.http import routes as http_routes
from iamsql.aws.sessions import SessionFactory
from iamsql.catalog.settings.option_types import ASYNCIO, BOTOCORE, TRANSPORTS
from tests.aws import local_servers
from tests.aws.local_servers import PASSWORD, Authority, endpoint, proxy
from tests.aws.test_client import KEYS, send_request

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
Settings = Callable[..., None]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return a function that sets variables of the environment. No proxy and no CA certificates are set before."""
    for name in ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", *PROXIES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def use(**variables: object) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))

    return use


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def aliases(transport: str = ASYNCIO, credentials: tuple[str, ...] = KEYS) -> Any:
    """Return the account aliases of the endpoint, or the fault."""
    response = send_request(
        SessionFactory(credentials=credentials, uses_botocore=transport == BOTOCORE), "iam", "ListAccountAliases"
    )
    return response if isinstance(response, Fault) else response["AccountAliases"]


# -- TLS -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_the_certificates_of_a_file_are_trusted(
    settings: Settings, authority: Authority, transport: str, variable: str
) -> None:
    with endpoint(authority.context()) as served:
        settings(AWS_ENDPOINT_URL=served.url, **{variable: authority.bundle})
        assert aliases(transport) == ["acme"]


def test_the_certificates_of_the_profile_are_trusted(
    settings: Settings, authority: Authority, transport: str, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(f"[default]\nca_bundle = {authority.bundle}\n")
    with endpoint(authority.context()) as served:
        settings(AWS_ENDPOINT_URL=served.url, AWS_CONFIG_FILE=tmp_path / "config")
        assert aliases(transport) == ["acme"]


@pytest.mark.parametrize(
    ("host", "is_expired", "is_trusted"),
    [("127.0.0.1", False, False), ("other.example.com", False, True), ("127.0.0.1", True, True)],
    ids=["unknown", "other_host", "expired"],
)
def test_an_invalid_certificate_is_an_error(
    settings: Settings, authority: Authority, transport: str, host: str, is_expired: bool, is_trusted: bool
) -> None:
    with endpoint(authority.context(host, is_expired=is_expired)) as served:
        settings(AWS_ENDPOINT_URL=served.url)
        if is_trusted:
            settings(AWS_CA_BUNDLE=authority.bundle)
        fault = aliases(transport)
        assert (fault.fault_type, fault.code) == ("error", "SSLError")
        assert fault.message.startswith(f"SSL validation failed for {served.url}/ ")
        assert ("certificate" in fault.message or "doesn't match" in fault.message) and served.requests == []


def test_an_empty_variable_does_not_turn_off_the_validation(settings: Settings, authority: Authority) -> None:
    """botocore validates nothing if AWS_CA_BUNDLE is empty."""
    with endpoint(authority.context()) as served:
        settings(AWS_ENDPOINT_URL=served.url, AWS_CA_BUNDLE="")
        assert aliases().code == "SSLError" and served.requests == []


def test_a_file_without_certificates_is_an_error(settings: Settings, authority: Authority, tmp_path: Path) -> None:
    with endpoint(authority.context()) as served:
        settings(AWS_ENDPOINT_URL=served.url, AWS_CA_BUNDLE=tmp_path / "missing.pem")
        fault = aliases()
        assert fault.code == "SSLError" and f"{tmp_path}/missing.pem" in fault.message


# -- proxies ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_a_request_goes_through_the_tunnel_of_a_proxy_that_requires_a_login(
    settings: Settings, authority: Authority, transport: str, is_encrypted: bool
) -> None:
    context = authority.context() if is_encrypted else None
    with endpoint(authority.context()) as served, proxy(context) as through:
        settings(AWS_ENDPOINT_URL=served.url, HTTPS_PROXY=through.url, AWS_CA_BUNDLE=authority.bundle)
        assert aliases(transport) == ["acme"]
    [first] = [first for first, _ in through.requests]
    assert first.rpartition("/")[0] == f"CONNECT {served.url.removeprefix('https://')} HTTP"
    assert not {"Authorization", "X-Amz-Security-Token"} & through.requests[0][1].keys()
    assert "Proxy-Authorization" not in served.requests[0][1]


def test_a_proxy_forwards_requests_that_are_not_encrypted(settings: Settings, transport: str) -> None:
    with endpoint() as served, proxy() as through:
        settings(AWS_ENDPOINT_URL=served.url, HTTP_PROXY=through.url)
        assert aliases(transport) == ["acme"]
    assert [first for first, _ in through.requests] == [f"POST {served.url}/ HTTP/1.1"]


def test_no_proxy_names_the_hosts_that_are_reached_directly(settings: Settings, transport: str) -> None:
    with endpoint() as served, proxy() as through:
        settings(AWS_ENDPOINT_URL=served.url, HTTP_PROXY=through.url, NO_PROXY="example.com,127.0.0.1")
        assert aliases(transport) == ["acme"] and through.requests == []


def test_a_proxy_that_refuses_is_an_error_without_the_password(
    settings: Settings, authority: Authority, transport: str
) -> None:
    with endpoint(authority.context()) as served, proxy(login=("proxy-user", "another")) as through:
        settings(AWS_ENDPOINT_URL=served.url, HTTPS_PROXY=through.url, AWS_CA_BUNDLE=authority.bundle)
        fault = aliases(transport)
        assert (fault.fault_type, fault.code) == ("error", "ProxyConnectionError")
        address = through.url.partition("@")[2]
        assert fault.message == f'Failed to connect to proxy URL: "http://***:***@{address}"'
        assert served.connections == 0 and PASSWORD not in fault.message


@pytest.mark.parametrize("address", ["127.0.0.1:1", "proxy.invalid:3128"])
def test_a_proxy_that_cannot_be_reached_is_an_error(settings: Settings, transport: str, address: str) -> None:
    settings(AWS_ENDPOINT_URL="https://iam.example.com", HTTPS_PROXY=f"u:secret-word@{address}")
    fault = aliases(transport)
    assert (fault.fault_type, fault.code) == ("error", "ProxyConnectionError")
    assert address in fault.message and "secret-word" not in fault.message


@pytest.mark.parametrize(
    "url", ["http://user:secret-word", "http://u:secret-word@", "http://[secret-word", "http://u:secret-word@a..b"]
)
def test_an_invalid_proxy_is_an_error_without_its_password(settings: Settings, url: str) -> None:
    settings(AWS_ENDPOINT_URL="https://iam.example.com", HTTPS_PROXY=url)
    fault = aliases()
    assert (fault.fault_type, fault.code) == ("error", "ProxyConnectionError") and "secret-word" not in fault.message


def test_the_login_of_a_proxy_is_in_no_representation(settings: Settings) -> None:
    settings(HTTPS_PROXY=f"http://{local_servers.LOGIN}@proxy.example.com")
    route = http_routes.route_to("https://iam.amazonaws.com/")
    assert route.proxy and route.proxy.headers and (route.proxy.host, route.proxy.port) == ("proxy.example.com", 80)
    assert PASSWORD not in repr(route) and "p%40ss" not in repr(route) and "Basic" not in repr(route)


# -- network errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "https://127.0.0.1:1", "https://endpoint.invalid"], ids=["port", "tls", "name"]
)
def test_an_endpoint_that_cannot_be_reached_is_an_error(settings: Settings, transport: str, url: str) -> None:
    settings(AWS_ENDPOINT_URL=url)
    fault = aliases(transport)
    assert (fault.fault_type, fault.code) == ("error", "EndpointConnectionError")
    assert fault.message == f'Could not connect to the endpoint URL: "{url}/"'


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the address of a server that accepts connections, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("scheme", "code", "message"),
    [
        ("http", "ReadTimeoutError", 'Read timeout on endpoint URL: "{}/"'),
        ("https", "ConnectTimeoutError", 'Connect timeout on endpoint URL: "{}/"'),
    ],
)
def test_a_server_that_does_not_answer_is_an_error(
    settings: Settings, silent: str, monkeypatch: pytest.MonkeyPatch, scheme: str, code: str, message: str
) -> None:
    monkeypatch.setattr(http_connection, "READ_TIMEOUT", 0.05)
    monkeypatch.setattr(http_connection, "CHECK_INTERVAL", 0.02)
    monkeypatch.setattr(http_routes, "CONNECT_TIMEOUT", 0.05)
    url = f"{scheme}://{silent}"
    settings(AWS_ENDPOINT_URL=url)
    fault = aliases()
    assert (fault.fault_type, fault.code, fault.message) == ("error", code, message.format(url))


def test_a_token_with_a_line_break_is_not_sent(settings: Settings) -> None:
    with endpoint() as served:
        settings(AWS_ENDPOINT_URL=served.url)
        fault = aliases(credentials=("ASIAEXAMPLE", "not-a-secret", "a-token\r\nHost: other"))
        assert (fault.fault_type, fault.code, served.requests) == ("error", "HTTPClientError", [])
        assert "a-token" not in fault.message


# -- connections -----------------------------------------------------------------------------------------------------------


async def send_many(number: int, at_once: int) -> None:
    """Send requests, some at the same time."""
    api = ApiClient(SessionFactory(credentials=KEYS), rate_limited=False)
    request = Request("iam", "ListAccountAliases", "us-east-1", {})

    async def some(count: int) -> None:
        for _ in range(count):
            response = await api.send(api.sessions.caller, request, CallStats())
            assert response["AccountAliases"] == ["acme"]

    await asyncio.gather(*(some(number // at_once) for _ in range(at_once)))
    api.close()


def test_a_connection_is_used_for_many_requests(settings: Settings) -> None:
    with endpoint() as served:
        settings(AWS_ENDPOINT_URL=served.url)
        asyncio.run(send_many(20, 1))
        assert (served.connections, len(served.requests)) == (1, 20)


def test_the_number_of_connections_is_limited(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "MAX_CONNECTIONS", 3)
    with endpoint() as served:
        settings(AWS_ENDPOINT_URL=served.url)
        asyncio.run(send_many(40, 20))
        assert served.connections <= 3 and len(served.requests) == 40


def test_a_connection_that_the_server_closed_is_replaced(settings: Settings) -> None:
    with endpoint(closes_silently=True) as served:
        settings(AWS_ENDPOINT_URL=served.url)
        asyncio.run(send_many(5, 1))
        assert (served.connections, len(served.requests)) == (5, 5)


def test_an_unused_connection_is_closed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_connection, "IDLE_TIMEOUT", 0.0)
    monkeypatch.setattr(http_connection, "CHECK_INTERVAL", 0.01)

    async def sequence() -> None:
        client, route = http_client.HttpClient(None), http_routes.route_to(served.url)
        connection = await http_routes.connect(route, None)
        while connection.is_open:
            await asyncio.sleep(0.01)
        assert client is not None

    with endpoint() as served:
        settings()
        asyncio.run(asyncio.wait_for(sequence(), 20))
        assert served.requests == []


SCRIPT = """
import asyncio, sys
from iamsql.aws.client import ApiClient, CallStats, Request
from iamsql.aws.sessions import SessionFactory

async def send(number):
    request = Request("iam", "ListAccountAliases", "us-east-1", {})
    for _ in range(number):
        await api.send(api.sessions.caller, request, CallStats())

async def main():
    asyncio.get_running_loop().slow_callback_duration = 60  # a slow machine does not justify a warning
    await asyncio.gather(*(send(2) for _ in range(4)))
    if sys.argv[1] == "interrupt":
        for _ in range(4):
            asyncio.create_task(send(10_000))
        await asyncio.sleep(0.05)
        raise KeyboardInterrupt

api = ApiClient(SessionFactory(credentials=("ASIAEXAMPLE", "not-a-secret")), rate_limited=False)
try:
    asyncio.run(main(), debug=True)
except KeyboardInterrupt:
    print("interrupted")
api.close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("word", ["end", "interrupt"])
def test_the_connections_are_closed_without_a_warning(authority: Authority, settings: Settings, word: str) -> None:
    with endpoint(authority.context()) as served:
        settings(AWS_ENDPOINT_URL=served.url, AWS_CA_BUNDLE=authority.bundle)
        command = [sys.executable, "-X", "dev", "-W", "error", "-c", SCRIPT, word]
        result = subprocess.run(
            command,
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == ("interrupted\n" if word == "interrupt" else "")
