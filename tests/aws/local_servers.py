"""An endpoint with TLS, the certificate authority that signs for it, and a proxy that requires a login, on the loopback address."""

from __future__ import annotations

import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from socket import create_connection, socket
from socketserver import BaseRequestHandler, BaseServer, ThreadingTCPServer
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ALIASES = (
    b"<R><ListAccountAliasesResult><AccountAliases><member>acme</member></AccountAliases>"
    b"<IsTruncated>false</IsTruncated></ListAccountAliasesResult></R>"
)
SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
    key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
)  # fmt: skip
USER, PASSWORD = "proxy-user", "p@ss:word/1"  # which a URL has percent-encoded
LOGIN = "proxy-user:p%40ss%3Aword%2F1"


class Authority:
    """A certificate authority. Its certificate is in `bundle`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A test authority")])
        self.bundle = folder / "authority.pem"
        self.bundle.write_bytes(_pem(self._certificate(self.name, self.key.public_key(), None, False)))

    def context(self, host: str = "127.0.0.1", *, is_expired: bool = False) -> ssl.SSLContext:
        """Return the settings of a server with a certificate for a host name or address."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        path = self.folder / f"{host}-{is_expired}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + _pem(self._certificate(subject, key.public_key(), host, is_expired)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _certificate(self, subject: x509.Name, key: Any, host: str | None, is_expired: bool) -> x509.Certificate:
        end = datetime.now(UTC) + timedelta(days=-1 if is_expired else 1)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key)
        builder = (
            builder.serial_number(x509.random_serial_number())
            .not_valid_before(end - timedelta(days=9))
            .not_valid_after(end)
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        # RFC 5280 requires the key identifiers and the key usage, and Python 3.13 checks them.
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        if host is None:
            builder = builder.add_extension(SIGNS_CERTIFICATES, critical=True)
        else:
            name = x509.DNSName(host) if host[-1].isalpha() else x509.IPAddress(ip_address(host))
            builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@dataclass
class Server:
    """A server that runs: its URL, the connections that it accepted, and the requests that it answered."""

    url: str
    connections: int = 0
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def endpoint(
    context: ssl.SSLContext | None = None, body: bytes = ALIASES, *, closes_silently: bool = False
) -> Iterator[Server]:
    """Answer each request with a body; `closes_silently` ends the connection after a response that does not say so."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            if context:  # in the thread of the connection, so a client without TLS does not delay others
                self.request = context.wrap_socket(self.request, server_side=True)
            served.connections += 1
            super().setup()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            served.requests.append((self.path, dict(self.headers)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = closes_silently

        def log_message(self, *_: Any) -> None:
            pass

    class Endpoint(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Print nothing: a client that rejects the certificate ends the handshake."""

    server = Endpoint(("127.0.0.1", 0), Handler)
    served = Server(f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}")
    with running(server):
        yield served


@contextmanager
def proxy(context: ssl.SSLContext | None = None, login: tuple[str, str] | None = (USER, PASSWORD)) -> Iterator[Server]:
    """Open tunnels for CONNECT, and forward requests to complete URLs; without the login the answer is 407."""
    authorization = "Basic " + b64encode(":".join(login).encode()).decode() if login else None

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.serve(context.wrap_socket(self.request, server_side=True) if context else self.request)

        def serve(self, client: socket) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (data := client.recv(65536)):
                    return
                head += data
            text, _, forwarded = head.partition(b"\r\n\r\n")
            first, *lines = text.decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            served.connections += 1
            served.requests.append((first, headers))
            if authorization and headers.get("Proxy-Authorization") != authorization:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            method, target, _ = first.split()
            if method == "CONNECT":
                host, _, port = target.rpartition(":")
                client.sendall(b"HTTP/1.0 200 Connection established\r\n\r\n")
            else:
                parts = urlsplit(target)
                host, port = str(parts.hostname), str(parts.port)
                forwarded = head.replace(target.encode(), parts.path.encode() or b"/", 1)
            with create_connection((host, int(port))) as server:
                server.sendall(forwarded)
                threading.Thread(target=pipe, args=(server, client), daemon=True).start()
                pipe(client, server)

    ThreadingTCPServer.daemon_threads = True
    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    address = f"{LOGIN}@127.0.0.1:{server.server_address[1]}"
    served = Server(f"{'https' if context else 'http'}://{address}")
    with running(server):
        yield served


@contextmanager
def running(server: BaseServer) -> Iterator[None]:
    """Serve from a thread."""
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def pipe(source: socket, target: socket) -> None:
    """Copy bytes until the source ends."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
