"""Accepted URLs, proxies of the environment, certificates, and errors that reveal no URL."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql.automation.notify.connection import is_loopback, parse_webhook_url, remove_url_secrets
from iamsql.automation.notify.http import Client
from iamsql.automation.notify.model import DeliveryError
from iamsql.automation.notify.secrets import Secret
from tests.automation.notify.web_server import answer, serving

PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")


@pytest.fixture(autouse=True)
def _without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


def error_of(url: str, environment: dict[str, str] | None = None) -> str:
    """Return the error of a request to a URL with the path /confidential."""
    with pytest.raises(DeliveryError) as caught:
        Client(Secret(f"{url}/confidential?sig=confidential"), environment or {}, lambda _: None).post(b"{}")
    assert "confidential" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example/services/x?y=z",
        "https://hooks.example:8443/",
        "HTTPS://HOOKS.EXAMPLE/",
        "http://127.0.0.1:9/",
        "http://localhost/",
        "http://[::1]:80/",
        "http://127.8.9.10/",
    ],
)
def test_urls_with_tls_and_urls_of_this_machine_are_accepted(url: str) -> None:
    assert parse_webhook_url(Secret(url)).host


@pytest.mark.parametrize(
    "url",
    [
        "",
        "confidential",
        "https://",
        "ftp://hooks.example/confidential",
        "file:///confidential",
        "http://hooks.example/confidential",
        "http://127.0.0.1.evil.example/confidential",
        "http://localhost.evil.example/confidential",
        "http://2130706433/confidential",
        "https://confidential:confidential@hooks.example/",
        "https://hooks.example/\nconfidential",
        "https://hooks.example/confidential x",
        "https://hooks.éxample/confidential",
        "https://hooks.example:99999/confidential",
        "https://[confidential/",
    ],
)
def test_other_urls_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(DeliveryError, match=r"\nWrite it as https://HOST/PATH$") as caught:
        parse_webhook_url(Secret(url))
    assert "confidential" not in str(caught.value)


@given(st.text(), st.sampled_from(["", "https://", "http://", "https://[", "https://127.0.0.1:"]))
def test_no_text_is_another_error(text: str, start: str) -> None:
    with suppress(DeliveryError):
        assert parse_webhook_url(Secret(start + text)).host


def test_a_response_is_shown_without_parts_of_the_url() -> None:
    url = parse_webhook_url(Secret("https://hooks.example/services/T0AB/c%2Bnfidential?sig=Zm9v&v=1"))
    text = "Cannot POST /services/T0AB/c%2Bnfidential?sig=Zm9v&v=1 or c+nfidential (sig=Zm9v&amp;v=1): no_service 404"
    assert remove_url_secrets(text, url) == "Cannot POST … or … (sig=…&amp;v=1): no_service 404"


def test_the_hosts_of_this_machine() -> None:
    assert is_loopback("LOCALHOST") and is_loopback("[::1]") and is_loopback("127.0.0.1")
    assert not is_loopback("10.0.0.1") and not is_loopback("") and not is_loopback("0x7f.1")


def test_the_proxy_of_the_environment_tunnels_and_sees_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([answer(502)]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("http://", "http://user:confidential@"))
        assert "the proxy failed: Tunnel connection failed: 502 Bad Gateway" in error_of("https://hooks.example")
    method, path, headers, _ = proxy.requests[0]
    assert (method, path) == ("CONNECT", "hooks.example:443")
    assert headers["Proxy-Authorization"] == "Basic dXNlcjpjb25maWRlbnRpYWw="


@pytest.mark.parametrize("hosts", ["hooks.example.invalid", ".invalid", "*"])
def test_no_proxy_is_used_for_the_hosts_of_no_proxy(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    with serving([answer(502)]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", hosts)
        assert "the host name could not be resolved" in error_of("https://hooks.example.invalid")
    assert not proxy.requests


def test_no_proxy_is_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([answer(502)]) as proxy, serving([answer(200, "ok")]) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert Client(Secret(server.url), {}).post(b"{}").status == 200
    assert not proxy.requests


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "http://[", "http://:9"])
def test_an_invalid_proxy_is_an_error(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert error_of("https://hooks.example").startswith("The proxy is not valid.\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a key and a certificate of 127.0.0.1 that it signed."""
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=hooks.example", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run([*make, *names, *files], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "certificate.pem").read_text())
    return both


@contextmanager
def serving_tls(certificate: Path) -> Iterator[str]:
    """Serve `ok` over TLS, and yield the URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving([answer(200, "ok")], context) as server:
        yield server.url


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_certificate_authorities_come_from_the_environment(certificate: Path, name: str) -> None:
    with serving_tls(certificate) as url:
        assert Client(Secret(url), {name: str(certificate)}).post(b"{}").text == "ok"


def test_an_unknown_certificate_is_refused_once_with_the_next_step(certificate: Path) -> None:
    with serving_tls(certificate) as url:
        error = error_of(url)
    assert (
        error
        == f"{url}: TLS failed: self-signed certificate.\nSet AWS_CA_BUNDLE to a file with the CA certificate of the host."
    )


def test_a_certificate_of_another_host_is_refused(certificate: Path) -> None:
    with serving_tls(certificate) as url:
        error = error_of(url.replace("127.0.0.1", "localhost"), {"AWS_CA_BUNDLE": str(certificate)})
    assert "TLS failed: Hostname mismatch" in error


@pytest.mark.parametrize("content", [None, "", "not a certificate"])
def test_a_ca_bundle_that_cannot_be_read_is_an_error(tmp_path: Path, content: str | None) -> None:
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_text(content)
    assert error_of("https://127.0.0.1:9", {"AWS_CA_BUNDLE": str(bundle)}).startswith(
        "The certificates of AWS_CA_BUNDLE could not be read.\n"
    )
