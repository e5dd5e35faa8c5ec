"""An endpoint that does not answer: name resolution, TCP, TLS and proxy are distinguished, and no password is shown."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from iamsql.aws.settings import default_ca_bundle
from iamsql.sync.doctor.connection import Target, address, connect

Handle = Callable[[socket.socket], None]


@contextmanager
def listening(handle: Handle) -> Iterator[int]:
    """Accept connections on a port of the loopback address, which is yielded."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, suppress(OSError):
                        handle(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]


def replying(text: str) -> Handle:
    """Return a handler that answers a request with a text."""

    def handle(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(text.encode())

    return handle


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a file with the key and the certificate of localhost, which its own key has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    signed = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain) + signed.public_bytes(encoding)
    )
    return file


def secured(certificate: Path) -> Handle:
    """Return a handler that makes a TLS handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return lambda connection: context.wrap_socket(connection, server_side=True).close()


def problem(url: str, proxy: str = "", bundle: str = "") -> str:
    """Return the detail of the problem with an endpoint; '' if it answers."""
    problem = connect(Target(url, proxy, bundle or default_ca_bundle()))
    assert problem is None or problem.remediation
    return problem.detail if problem else ""


def test_names_ports_and_handshakes_are_told_apart(certificate: Path) -> None:
    assert "cannot be resolved" in problem("https://no-such-host.invalid")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert f"does not accept connections on port {port}" in problem(f"https://127.0.0.1:{port}")
    with listening(replying("HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert problem(f"http://127.0.0.1:{port}") == ""
        assert "TLS handshake with 127.0.0.1 failed" in problem(f"https://127.0.0.1:{port}")
    with listening(secured(certificate)) as port:
        assert "The certificate of localhost is not trusted" in problem(f"https://localhost:{port}")
        assert problem(f"https://localhost:{port}", bundle=str(certificate)) == ""


def test_a_proxy_is_tested_as_far_as_it_responds() -> None:
    with listening(replying("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")) as port:
        text = problem("https://iam.amazonaws.com", f"http://user:secret-word@127.0.0.1:{port}")
        assert "does not connect to iam.amazonaws.com" in text
        assert "407" in text
        assert "secret-word" not in text
        assert problem("http://iam.amazonaws.com", f"http://127.0.0.1:{port}") == "", (
            "only the proxy itself can be tried"
        )
    assert "no-such-proxy.invalid (the proxy) cannot be resolved" in problem(
        "https://iam.amazonaws.com", "http://no-such-proxy.invalid:3128"
    )


def test_an_address_has_no_password() -> None:
    assert address("http://user:secret@proxy.example.com:3128/x?y") == "proxy.example.com:3128"
    assert address("proxy.example.com:3128") == "proxy.example.com:3128"
    assert address("https://sts.example.com") == "sts.example.com:443"
    with pytest.raises(ValueError, match="no host name"):
        address("http://")
