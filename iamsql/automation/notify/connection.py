"""Connections to webhooks: which URLs are accepted, proxies, certificates, and the reasons why a connection failed.

The proxies come from `urllib.request`. Path and query of a webhook URL are its password, so no error and no log has them.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import Url, make_headers, parse_url

from iamsql.automation.notify.model import DeliveryError
from iamsql.automation.notify.secrets import Secret
from iamsql.escaping import printable

CONNECT_TIMEOUT, READ_TIMEOUT = 10, 30  # seconds
URL_HINT = "Write it as https://HOST/PATH"
MIN_SECRET_CHARACTERS = 4  # characters of a part of a URL that an error must not repeat
CA_BUNDLE_VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Failure:
    """A request without a response: the reason, the next step, and whether another try can succeed."""

    reason: str
    step: str
    can_retry: bool


def parse_webhook_url(url: Secret) -> Url:
    """Return the parts of a URL. Raise DeliveryError, without the URL, unless it is https, or http to this machine."""
    text = url.reveal()
    try:
        parts = parse_url(text) if text.isascii() and text.isprintable() and " " not in text else Url()
    except LocationParseError:
        parts = Url()
    if not parts.host or parts.scheme not in ("https", "http"):
        raise DeliveryError(f"The URL of the webhook is not valid.\n{URL_HINT}")
    if parts.auth:
        raise DeliveryError(f"The URL of the webhook has a user name, which is not sent.\n{URL_HINT}")
    if parts.scheme == "http" and not is_loopback(parts.host):
        raise DeliveryError(f"The webhook at {parts.host} has no TLS, so others could read the findings.\n{URL_HINT}")
    return parts._replace(fragment=None)


def remove_url_secrets(text: str, url: Url) -> str:
    """Return the answer of a server without the parts of the URL, because the page of an error can repeat the path."""
    parts = re.split(r"[/?&=;]", url.request_uri)
    url_parts = {
        spelling for part in (url.url, url.request_uri, url.path or "", *parts) for spelling in (part, unquote(part))
    }
    for part in sorted(url_parts, key=len, reverse=True):
        if len(part) >= MIN_SECRET_CHARACTERS:
            text = text.replace(part, "…")
    return text


def is_loopback(host: str) -> bool:
    """Return whether a host of a URL is this machine."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def connection_pool(url: Url, environment: Mapping[str, str]) -> urllib3.PoolManager:
    """Return the connections to a URL, through a proxy if there is one. Raise DeliveryError for an invalid proxy or CA file."""
    logging.getLogger("urllib3.connectionpool").addFilter(_reject_record)
    context = _tls_context(environment)
    proxy = getproxies().get(url.scheme or "")
    if (
        not proxy
        or is_loopback(url.host or "")
        or proxy_bypass(f"{url.host}:{url.port}" if url.port else url.host or "")
    ):
        return urllib3.PoolManager(ssl_context=context)
    try:
        parts = parse_url(proxy if "://" in proxy else f"http://{proxy}")
        if not parts.host:
            raise LocationParseError(proxy)
        headers = make_headers(proxy_basic_auth=parts.auth) if parts.auth else None
        return urllib3.ProxyManager(parts._replace(auth=None).url, proxy_headers=headers, ssl_context=context)
    except (HTTPError, AssertionError):
        raise DeliveryError(
            "The proxy is not valid.\nSet HTTPS_PROXY to http://HOST:PORT, or add the host to NO_PROXY."
        ) from None


def _tls_context(environment: Mapping[str, str]) -> ssl.SSLContext:
    name = next((name for name in CA_BUNDLE_VARIABLES if environment.get(name)), "")
    try:
        if not name:
            return ssl.create_default_context()
        path = environment[name]
        folder = Path(path).is_dir()
        return ssl.create_default_context(cafile=None if folder else path, capath=path if folder else None)
    except (OSError, ssl.SSLError) as error:
        raise DeliveryError(
            f"The certificates of {name} could not be read.\nSet {name} to a file of CA certificates."
        ) from error


def _reject_record(_: logging.LogRecord) -> bool:
    """Return False: urllib3 logs the path of each request, which is a password."""
    return False


def read_failure(error: HTTPError, environment: Mapping[str, str]) -> Failure:
    """Return the reason of an error without the texts of urllib3, which can contain the URL."""
    network = "Check the network, HTTPS_PROXY and NO_PROXY."
    if isinstance(error, SSLError):
        bundle = next((name for name in CA_BUNDLE_VARIABLES if environment.get(name)), "AWS_CA_BUNDLE")
        reason = next(
            (cause.verify_message for cause in _all_causes(error) if isinstance(cause, ssl.SSLCertVerificationError)),
            "",
        )
        return Failure(
            f"TLS failed{reason and f': {reason}'}",
            f"Set {bundle} to a file with the CA certificate of the host.",
            False,
        )
    if isinstance(error, NameResolutionError):
        return Failure("the host name could not be resolved", network, True)
    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return Failure(f"no connection within {CONNECT_TIMEOUT} seconds", network, True)
    if isinstance(error, ReadTimeoutError):
        return Failure(f"no answer within {READ_TIMEOUT} seconds", "Try again later.", True)
    failed_part = "the proxy" if isinstance(error, ProxyError) else "the connection"
    system_error = next(
        (cause.strerror or str(cause) for cause in _all_causes(error) if isinstance(cause, OSError)), ""
    )
    return Failure(f"{failed_part} failed{system_error and f': {printable(system_error)}'}", network, True)


def _all_causes(error: BaseException) -> list[BaseException]:
    """Return the errors that led to an error: the chain of causes, and the errors in their arguments."""
    causes: list[BaseException] = []
    pending_errors: list[object] = [error]
    while pending_errors:
        cause = pending_errors.pop()
        if isinstance(cause, BaseException) and cause not in causes:
            causes.append(cause)
            pending_errors += [cause.__cause__, cause.__context__, *cause.args]
    return causes
