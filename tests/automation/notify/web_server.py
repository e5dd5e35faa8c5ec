"""A web server on this machine that gives scripted answers and records requests."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Answer = tuple[int, dict[str, str], bytes] | Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """A server: its URL, the answers that remain (the last is repeated), and the requests."""

    answers: list[Answer]
    url: str = ""
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


def answer(status: int, body: str = "", **headers: str) -> Answer:
    """Return an answer. Underscores in the names of headers are hyphens."""
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, body.encode()


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Reset the connection."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def garbage(handler: BaseHTTPRequestHandler) -> None:
    """Answer something that is not HTTP."""
    handler.wfile.write(b"\x00\xffnot http\r\n\r\n")
    handler.close_connection = True


def endless(handler: BaseHTTPRequestHandler) -> None:
    """Answer with a body that ends when the client closes the connection."""
    handler.send_response(400)
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(b"x" * 65536)
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Answer with a body, byte by byte, until the client closes the connection."""
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.005)
    handler.close_connection = True


def silent(handler: BaseHTTPRequestHandler) -> None:
    """Answer nothing until the client closes the connection."""
    handler.connection.recv(1)
    handler.close_connection = True


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    """Answer with a body that is shorter than its header says."""
    handler.send_response(200)
    handler.send_header("Content-Length", "9")
    handler.end_headers()
    handler.wfile.write(b"ok")
    handler.close_connection = True


@contextmanager
def serving(answers: Sequence[Answer], tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve answers in order on a free port of 127.0.0.1."""
    server = Server(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.requests.append(
                (self.command, self.path, {name.title(): value for name, value in self.headers.items()}, body)
            )
            next_answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
            if callable(next_answer):
                next_answer(self)
                return
            status, headers, text = next_answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_CONNECT = do_POST

        def log_message(self, *_: Any) -> None:
            """Write nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        listener.socket = tls.wrap_socket(listener.socket, server_side=True)
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{listener.server_address[1]}"
    thread = Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
