"""An object store over HTTP: moto, behind a layer that injects the faults of a network and of a busy service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

from moto.server import ThreadedMotoServer

BUCKET = "iamsql-lake"
ERROR = "<?xml version='1.0'?><Error><Code>{0}</Code><Message>injected: {0}</Message></Error>"
UNAVAILABLE, LOST, CONFLICT, DENIED, STALE_LISTING, SHORT = "unavailable", "lost", "conflict", "denied", "late", "short"
RESPONSES = {
    UNAVAILABLE: ("503 Slow Down", "SlowDown"),
    LOST: ("500 Internal Server Error", "InternalError"),
    CONFLICT: ("409 Conflict", "ConditionalRequestConflict"),
    DENIED: ("403 Forbidden", "AccessDenied"),
}
Fault = Callable[[str, str], str]


def no_fault(_method: str, _path: str) -> str:
    """Return '' for every request."""
    return ""


@dataclass
class ObjectStore:
    """moto as a WSGI application. `fault` returns the fault of a request by its method and path, '' for none.

    `lost` requests are executed before the error is returned. A `late` listing omits the objects whose keys match `hidden_pattern`.
    The body of a `short` response ends early. `requests` has the method and path of each request.
    """

    app: Any
    url: str
    fault: Fault = no_fault
    hidden_pattern: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        prefix = parse_qs(environ.get("QUERY_STRING", "")).get("prefix", [""])[0]
        name = f"{path}?{prefix}" if path.count("/") == 1 else path
        fault = self.fault(method, name)
        self.requests.append((method, name))
        if fault in RESPONSES and fault != LOST:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            return self._error(fault, start_response)
        start_arguments: list[Any] = []
        # moto compares and writes in two steps, between which another thread could write.
        with self._lock:
            body = b"".join(self.app(environ, lambda status, headers, *_: start_arguments.extend((status, headers))))
        if fault == LOST:
            return self._error(fault, start_response)
        status, headers = start_arguments
        if fault == STALE_LISTING:
            body = re.sub(
                rf"<Contents>(?:(?!</Contents>).)*<Key>{self.hidden_pattern}</Key>.*?</Contents>".encode(),
                b"",
                body,
                flags=re.S,
            )
            headers = [(key, value if key.lower() != "content-length" else str(len(body))) for key, value in headers]
        start_response(status, headers)
        return [body[: len(body) // 2]] if fault == SHORT else [body]

    def _error(self, fault: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, code = RESPONSES[fault]
        body = ERROR.format(code).encode()
        start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """Yield moto in a thread of this process."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    running: Any = server._server
    running.app = store = ObjectStore(running.app, f"http://{host}:{port}")
    try:
        yield store
    finally:
        server.stop()


def times(count: int, fault: str, method: str, path: str) -> Fault:
    """Return a function that gives the first `count` requests of a method and a path pattern a fault."""
    remaining = [fault] * count

    def decide(sent_method: str, name: str) -> str:
        return remaining.pop() if remaining and sent_method == method and re.search(path, name) else ""

    return decide
