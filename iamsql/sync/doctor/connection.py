"""Connect to an endpoint step by step, so a failure shows its cause: name resolution, TCP, proxy or TLS."""

from __future__ import annotations

import http.client
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

HOST = "\0"  # stands for the host in the texts of a problem
SECONDS = 8.0  # time limit of each step
PORTS = {"http": 80, "https": 443}


class Problem(NamedTuple):
    """Why an endpoint does not answer, and what to do."""

    detail: str
    remediation: str


@dataclass(frozen=True)
class Target:
    """An endpoint: its URL, the URL of the proxy ('' for none), and the file of CA certificates."""

    url: str
    proxy: str
    ca_bundle: str

    @property
    def parts(self) -> SplitResult:
        """Return the parts of the URL of the endpoint."""
        return urlsplit(self.url)

    @property
    def host(self) -> str:
        """Return the host name of the endpoint."""
        return self.parts.hostname or ""

    @property
    def port(self) -> int:
        """Return the port of the endpoint."""
        return self.parts.port or PORTS.get(self.parts.scheme, 443)


def same_cause(problem: Problem, host: str) -> Problem:
    """Return a problem without the name of its host. Endpoints with equal problems fail for the same reason."""
    return Problem(problem.detail.replace(host, HOST), problem.remediation.replace(host, HOST))


def address(url: str) -> str:
    """Return host:port of a URL, without the user name and the password that it may contain. Raise ValueError if it has no host."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    if not parts.hostname:
        raise ValueError("there is no host name in it")
    return f"{parts.hostname}:{parts.port or PORTS.get(parts.scheme, 80)}"


def connect(target: Target) -> Problem | None:
    """Connect to an endpoint, directly or through its proxy; return None if it answers. Blocks the thread."""
    try:
        return _connect_through_proxy(target) if target.proxy else _connect_directly(target)
    except ValueError as error:
        return Problem(f"The URL {target.host or 'of the endpoint'} is invalid: {error}", "Correct AWS_ENDPOINT_URL.")


def _connect_directly(target: Target) -> Problem | None:
    connection = _open_socket(target.host, target.port)
    if isinstance(connection, Problem):
        return connection
    with connection:
        return _start_tls(connection, target) if target.parts.scheme == "https" else None


def _open_socket(host: str, port: int, name: str = "") -> socket.socket | Problem:
    """Return a connection; `name` describes the host in the error."""
    where = name or host
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        step = "Check the DNS server and the network, or set HTTPS_PROXY if requests need a proxy."
        return Problem(f"The name {where} cannot be resolved: {reason}", step)
    try:
        return socket.create_connection((host, port), SECONDS)
    except OSError as error:
        reason = "no answer" if isinstance(error, TimeoutError) else error.strerror or str(error)
        step = f"Allow connections to {where} port {port} in firewalls, security groups and routes, or set HTTPS_PROXY."
        return Problem(f"{where} does not accept connections on port {port}: {reason}", step)


def _start_tls(connection: socket.socket, target: Target) -> Problem | None:
    """Make the TLS handshake over a connection; return its problem, or None if it succeeds."""
    try:
        with _tls_context(target).wrap_socket(connection, server_hostname=target.host):
            return None
    except ssl.SSLCertVerificationError as error:
        step = "Set AWS_CA_BUNDLE to a PEM file with the CA certificate of the proxy or firewall that inspects TLS."
        return Problem(f"The certificate of {target.host} is not trusted: {error.verify_message}", step)
    except OSError as error:
        reason = "no answer" if isinstance(error, TimeoutError) else getattr(error, "reason", None) or str(error)
        step = "Check whether a proxy or a firewall ends TLS connections, or whether the endpoint speaks HTTP."
        return Problem(f"The TLS handshake with {target.host} failed: {reason}", step)


def _tls_context(target: Target) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=target.ca_bundle)


def _connect_through_proxy(target: Target) -> Problem | None:
    """Connect to the proxy; for an HTTPS endpoint, also ask it for a tunnel and make the TLS handshake there."""
    proxy = urlsplit(target.proxy if "//" in target.proxy else f"http://{target.proxy}")
    host, port = proxy.hostname or "", proxy.port or PORTS.get(proxy.scheme, 80)
    connection = _open_socket(host, port, f"{host} (the proxy)")
    if isinstance(connection, Problem):
        return connection
    connection.close()
    # Behind an https:// proxy, TLS is inside TLS, which http.client cannot do: only the proxy itself is tried.
    if target.parts.scheme != "https" or proxy.scheme == "https":
        return None
    tunnel = http.client.HTTPSConnection(host, port, timeout=SECONDS, context=_tls_context(target))
    tunnel.set_tunnel(target.host, target.port, headers=_proxy_authorization(proxy))
    try:
        tunnel.connect()
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or str(error)
        step = "Set AWS_CA_BUNDLE to a PEM file with the CA certificate of the proxy."
        return Problem(f"Through the proxy, the certificate of {target.host} is not trusted: {reason}", step)
    except (OSError, http.client.HTTPException) as error:
        step = f"Allow {target.host} in the proxy {host}:{port}, or list it in NO_PROXY; 407 means a missing user or password."
        return Problem(f"The proxy {host}:{port} does not connect to {target.host}: {error}", step)
    finally:
        tunnel.close()
    return None


def _proxy_authorization(proxy: SplitResult) -> dict[str, str]:
    """Return the header with the user and password of the proxy's URL."""
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
