"""Connect to endpoints, directly or through the proxy of the environment, with botocore's TLS settings.

Errors are raised as botocore's exceptions. No error contains the user name or the password of a proxy.
"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from botocore import exceptions as botocore_errors
from botocore.httpsession import create_urllib3_context
from botocore.utils import get_environ_proxies

from iamsql.aws.errors import MalformedResponseError
from iamsql.aws.http.connection import Connection
from iamsql.aws.http.messages import ResponseReader, request_bytes

CONNECT_TIMEOUT = 10.0  # seconds, as botocore's clients have
HAPPY_EYEBALLS_DELAY = 0.25  # seconds after which the next address of a host is also tried (RFC 8305)
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Proxy:
    """A proxy, and the headers that it requires. `display_url` is its URL without user name and password."""

    host: str
    port: int
    is_encrypted: bool
    display_url: str
    headers: dict[str, str] = field(repr=False)

    def error(self, text: str) -> Exception:
        """Return the error of a proxy that refuses or that cannot be reached."""
        error: Exception = botocore_errors.ProxyConnectionError(proxy_url=self.display_url, error=text)
        return error


@dataclass(frozen=True)
class Route:
    """The way to a URL, with the `target` and the `headers` of its requests."""

    url: str
    host: str
    port: int
    is_encrypted: bool
    target: str
    headers: dict[str, str] = field(repr=False)
    proxy: Proxy | None

    @property
    def needs_tls(self) -> bool:
        """Return whether the connection to the endpoint or to the proxy is encrypted."""
        return self.is_encrypted or (self.proxy is not None and self.proxy.is_encrypted)

    @property
    def key(self) -> tuple[str, int, bool, str]:
        """Return the host, the port, whether the endpoint is encrypted, and the proxy: requests with one key share connections."""
        return self.host, self.port, self.is_encrypted, self.proxy.display_url if self.proxy else ""


def route_to(url: str) -> Route:
    """Return the route to a URL, through a proxy by HTTPS_PROXY, HTTP_PROXY and NO_PROXY."""
    parts = urlsplit(url)
    proxy_url = get_environ_proxies(url).get(parts.scheme)
    proxy = _parse_proxy(proxy_url) if proxy_url else None
    host, is_encrypted = str(parts.hostname), parts.scheme == "https"
    # A proxy reads the requests that are not encrypted, and needs the whole URL. For the others it opens a tunnel.
    target, headers = (url, proxy.headers) if proxy and not is_encrypted else (parts.path or "/", {})
    return Route(url, host, _parse_port(parts), is_encrypted, target, {"Host": parts.netloc, **headers}, proxy)


def tls_context(ca_bundle: str) -> ssl.SSLContext:
    """Return the TLS settings of botocore, with the CA certificates of a file. Raise OSError if they cannot be read."""
    context: ssl.SSLContext = create_urllib3_context()
    context.check_hostname = True  # which botocore leaves to urllib3
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    context.load_verify_locations(cafile=ca_bundle)
    return context


async def connect(route: Route, context: ssl.SSLContext | None) -> Connection:
    """Return a connection to the endpoint of a route, encrypted if there are TLS settings. Raise the errors of botocore."""
    if proxy := route.proxy:
        try:
            connection = await _open_connection(route, proxy.host, proxy.port, context if proxy.is_encrypted else None)
        except (OSError, UnicodeError) as error:  # UnicodeError: a name that DNS cannot have
            raise proxy.error(_error_text(error)) from error
        if route.is_encrypted and context:
            await _open_tunnel(connection, route, proxy, context)
        return connection
    try:
        return await _open_connection(route, route.host, route.port, context if route.is_encrypted else None)
    except ssl.SSLError as error:
        raise botocore_errors.SSLError(endpoint_url=route.url, error=_error_text(error)) from error
    except TimeoutError as error:
        raise botocore_errors.ConnectTimeoutError(endpoint_url=route.url, error=_error_text(error)) from error
    except OSError as error:
        raise botocore_errors.EndpointConnectionError(endpoint_url=route.url, error=_error_text(error)) from error


async def _open_connection(route: Route, host: str, port: int, context: ssl.SSLContext | None) -> Connection:
    """Return a connection to a host. Raise OSError, such as ssl.SSLError and TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(CONNECT_TIMEOUT):
        _, connection = await loop.create_connection(
            lambda: Connection(loop, route.url),
            host,
            port,
            ssl=context,
            server_hostname=host if context else None,
            happy_eyeballs_delay=HAPPY_EYEBALLS_DELAY,
        )
    return connection


async def _open_tunnel(connection: Connection, route: Route, proxy: Proxy, context: ssl.SSLContext) -> None:
    """Ask a proxy for a tunnel to the endpoint, and encrypt it."""
    address = f"{_bracket_ipv6(route.host)}:{route.port}"
    request = request_bytes("CONNECT", address, {"Host": address, **proxy.headers})
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            response = await connection.exchange(request, ResponseReader(is_tunnel=True))
            if response.status != 200:
                raise proxy.error(f"Tunnel connection failed: {response.status} {response.reason}")
            await connection.start_tls(context, route.host)
    except BaseException as error:
        connection.close()
        if isinstance(error, ssl.SSLError):
            raise botocore_errors.SSLError(endpoint_url=route.url, error=_error_text(error)) from error
        if isinstance(error, OSError | botocore_errors.HTTPClientError | MalformedResponseError):
            raise proxy.error(_error_text(error)) from error
        raise


def _parse_proxy(url: str) -> Proxy:
    """Return the proxy of a URL of HTTPS_PROXY or HTTP_PROXY; without a scheme it is http. Raise ProxyConnectionError."""
    try:
        parts = urlsplit(url if url.startswith(("http:", "https:")) else "http://" + url.removeprefix("//"))
        host, port = parts.hostname, _parse_port(parts)
    except ValueError:
        host = None
    if not host:  # the URL may have a password where no part of it is expected
        raise botocore_errors.ProxyConnectionError(
            proxy_url="(an invalid URL)", error="The URL has no valid host and port."
        )
    login, _, address = parts.netloc.rpartition("@")
    headers = {}
    if parts.username and parts.password:
        user_and_password = f"{unquote(parts.username)}:{unquote(parts.password)}"
        headers["Proxy-Authorization"] = "Basic " + b64encode(user_and_password.encode()).decode()
    printable_url = f"{parts.scheme}://{'***:***@' if login else ''}{address}"
    return Proxy(host, port, parts.scheme == "https", printable_url, headers)


def _parse_port(parts: SplitResult) -> int:
    return parts.port or DEFAULT_PORTS.get(parts.scheme, 80)


def _bracket_ipv6(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _error_text(error: BaseException) -> str:
    return str(error) or "timed out"
