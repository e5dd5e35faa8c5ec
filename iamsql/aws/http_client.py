"""HTTP/1.1 with keep-alive on the event loop, with the proxies, CA certificates and timeouts that botocore's clients have.

Network errors are raised as the exceptions that botocore raises for them, which `errors` classifies.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from base64 import b64encode
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import aiohttp
from botocore import exceptions as botocore_errors
from botocore.httpsession import create_urllib3_context, get_cert_path
from botocore.utils import get_environ_proxies
from yarl import URL

from iamsql.aws import responses
from iamsql.aws.errors import MalformedResponse
from iamsql.aws.operations import HttpRequest, HttpResponse

CONNECTIONS = 100  # at once, to all endpoints together
CONNECT_TIMEOUT, READ_TIMEOUT = 10.0, 60.0  # seconds
IDLE_TIMEOUT = 15.0  # seconds after which an unused connection is closed, before AWS closes it
# Headers that aiohttp would add: none is part of a request of botocore, which asks for no compression.
AUTOMATIC_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
IDENTITY = {"Accept-Encoding": "identity"}


class Proxy:
    """A proxy of the environment. Its URL has no user name and password, which are in the header that it requires."""

    def __init__(self, url: str) -> None:
        """Read a URL of HTTPS_PROXY or HTTP_PROXY; without a scheme it is http."""
        url = url if url.startswith(("http:", "https:")) else "http://" + url.removeprefix("//")
        parts = urlsplit(url)
        login, _, address = parts.netloc.rpartition("@")
        self.shown = f"{parts.scheme}://{'***:***@' if login else ''}{address}"
        self.url = URL(urlunsplit((parts.scheme, address, parts.path, "", "")))
        self.headers: dict[str, str] = {}
        if parts.username and parts.password:
            pair = f"{unquote(parts.username)}:{unquote(parts.password)}"
            self.headers["Proxy-Authorization"] = "Basic " + b64encode(pair.encode()).decode()


class HttpClient:
    """Sends requests over connections that it keeps open, until the event loop ends."""

    def __init__(self, ca_bundle: str | None) -> None:
        """Trust the CA certificates of a file; None or '' for those of REQUESTS_CA_BUNDLE, or else botocore's own."""
        self._ca_bundle = ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or get_cert_path(True)
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: asyncio.Task[None] | None = None
        self._context: ssl.SSLContext | None = None
        self._routes: dict[str, tuple[URL, Proxy | None]] = {}

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Return the response to a request.

        Raises the network errors of botocore, ResponseTooLarge for a response beyond the limits, and MalformedResponse for
        a body that is truncated or that no service of AWS sends.
        """
        url, proxy = self._route(request.url)
        failure: Exception
        try:
            return await self._exchange(url, proxy, request)
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError and ssl.SSLError are OSErrors
            failure = _network_error(error, request.url, proxy)
        # Not in the handler: the error of aiohttp has the headers of the request, and would be the context of this one.
        raise failure

    async def _exchange(self, url: URL, proxy: Proxy | None, request: HttpRequest) -> HttpResponse:
        options: dict[str, Any] = {}
        headers = IDENTITY | request.headers
        if url.scheme == "https":
            options["ssl"] = self._tls_context(request.url)
        if proxy:
            options |= {"proxy": proxy.url, "proxy_headers": dict(proxy.headers)}
            if url.scheme == "http":  # no CONNECT: the proxy reads the headers of the request itself
                headers |= proxy.headers
        session, deadline = self._open_session(), time.monotonic() + responses.MAX_SECONDS
        async with session.request(
            request.method, url, data=request.body, headers=headers, allow_redirects=False, **options
        ) as response:
            chunks, size = list[bytes](), 0
            while chunk := await response.content.readany():
                chunks.append(chunk)
                size += len(chunk)
                responses.check_limits(size, deadline)
            fields = _fields(response.raw_headers)
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        return HttpResponse(response.status, fields, responses.checked_body(body))

    def _route(self, url: str) -> tuple[URL, Proxy | None]:
        """Return the parsed URL, and the proxy for it by HTTPS_PROXY, HTTP_PROXY and NO_PROXY."""
        if url not in self._routes:
            parsed = URL(url, encoded=True)
            proxy = get_environ_proxies(url).get(parsed.scheme)
            self._routes[url] = parsed, Proxy(proxy) if proxy else None
        return self._routes[url]

    def _tls_context(self, url: str) -> ssl.SSLContext:
        """Return the settings of TLS that botocore has. Raises SSLError if the CA certificates cannot be read."""
        if self._context is None:
            context = create_urllib3_context()
            context.check_hostname = True  # which botocore leaves to urllib3
            context.hostname_checks_common_name = False
            context.set_alpn_protocols(["http/1.1"])
            try:
                context.load_verify_locations(cafile=self._ca_bundle)
            except OSError as error:
                raise botocore_errors.SSLError(endpoint_url=url, error=f"{self._ca_bundle}: {error}") from error
            self._context = context
        return self._context

    def _open_session(self) -> aiohttp.ClientSession:
        """Return the session of the running event loop, and open it if necessary."""
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop or self._session.closed:
            connector = aiohttp.TCPConnector(
                limit=CONNECTIONS, keepalive_timeout=IDLE_TIMEOUT, resolver=aiohttp.ThreadedResolver()
            )
            seconds = responses.MAX_SECONDS + CONNECT_TIMEOUT + READ_TIMEOUT
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_TIMEOUT, sock_read=READ_TIMEOUT),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=AUTOMATIC_HEADERS,
                auto_decompress=False,
                trust_env=False,  # netrc; the proxies are those of botocore
            )
            self._loop = loop
            self._closing = loop.create_task(_close_at_end(self._session))
        return self._session


async def _close_at_end(session: aiohttp.ClientSession) -> None:
    """Close a session when the event loop ends: it then cancels all tasks."""
    try:
        await asyncio.Event().wait()
    finally:
        await session.close()


def _fields(raw_headers: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    """Return the fields of a head with their names in lower case; several fields of a name are one, as in urllib3."""
    fields: dict[str, str] = {}
    for raw_name, raw_value in raw_headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


# The exceptions of botocore by those of aiohttp; the first that fits counts.
FAILURES: tuple[tuple[type[Exception], type[Exception]], ...] = (
    (aiohttp.ClientSSLError, botocore_errors.SSLError),
    (ssl.SSLError, botocore_errors.SSLError),
    (aiohttp.ConnectionTimeoutError, botocore_errors.ConnectTimeoutError),
    (TimeoutError, botocore_errors.ReadTimeoutError),
    (aiohttp.ClientConnectorError, botocore_errors.EndpointConnectionError),
    (Exception, botocore_errors.ConnectionClosedError),
)


def _network_error(error: Exception, url: str, proxy: Proxy | None) -> Exception:
    """Return the exception of botocore for an error of the network. It has the text of the error and not the error itself."""
    if isinstance(error, aiohttp.ClientPayloadError):
        return MalformedResponse("The response ends before its length.")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        text = str(error.certificate_error)
    else:
        text = error.message if isinstance(error, aiohttp.ClientHttpProxyError) else str(error)
    if proxy and _is_of_proxy(error, proxy):
        return _created(botocore_errors.ProxyConnectionError, proxy_url=proxy.shown, error=text)
    return _created(next(to for kind, to in FAILURES if isinstance(error, kind)), endpoint_url=url, error=text)


def _is_of_proxy(error: Exception, proxy: Proxy) -> bool:
    """Return whether no connection to the endpoint was attempted, because the proxy refused or was not reached."""
    if isinstance(error, aiohttp.ClientConnectorError) and not isinstance(error, aiohttp.ClientSSLError):
        return (error.host, error.port) == (proxy.url.host, proxy.url.port)
    return isinstance(error, aiohttp.ClientHttpProxyError | aiohttp.ConnectionTimeoutError)


def _created(kind: type[Exception], **members: str) -> Exception:
    return kind(**members)
