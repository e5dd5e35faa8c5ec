"""The fake AWS behind HTTP, for commands in a process of their own: `python -m tests.fake_aws.over_http`.

AWS_ENDPOINT_URL leads all services to it. Endpoints of single services, such as AWS_ENDPOINT_URL_SNS, can lead elsewhere.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError

from iamsql.demo import CREDENTIALS
from tests.fake_aws import FakeAws
from tests.fake_aws.faults import Faults

Answer = Callable[[Any], Any]


@dataclass
class Served:
    """A server: its URL, the fake AWS behind it, and the environment of a process that calls it."""

    url: str
    aws: FakeAws

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that lead botocore to the server, with the credentials of the management account."""
        keys = zip(
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), CREDENTIALS.values(), strict=False
        )
        return {
            **dict(keys),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def prepared(method: str, path: str, headers: dict[str, str], body: bytes) -> SimpleNamespace:
    """Return an HTTP request in the form of botocore's prepared requests, with the host name that AWS has."""
    scope = headers.get("Authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
    region, service = (scope[2], scope[3]) if len(scope) > 4 else ("us-east-1", "sts")
    url = f"https://{service}.{region}.amazonaws.com{path}"
    if service == "s3":  # an endpoint with an address instead of a name has the bucket in the path
        bucket, _, rest = path.removeprefix("/").partition("?")[0].partition("/")
        query = urlsplit(path).query
        url = f"https://{bucket}.s3.{region}.amazonaws.com/{rest}" + (f"?{query}" if query else "")
    return SimpleNamespace(method=method, url=url, headers=headers, body=body)


class Handler(BaseHTTPRequestHandler):
    """Answers a request with the answer of the fake AWS; a network fault closes the connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body is sent after the head, and would wait 40 ms for its acknowledgement
    answer: Answer
    seconds_ahead: float

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the time of the header Date."""
        return super().date_time_string((time.time() if timestamp is None else timestamp) + self.seconds_ahead)

    def handle_request(self) -> None:
        """Read a request, and write its response."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            response = type(self).answer(prepared(self.command, self.path, dict(self.headers), body))
        except (BotoCoreError, OSError):
            self.close_connection = True
            return
        content = response.content
        self.send_response(response.status_code)
        for name, value in response.headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_HEAD = handle_request

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


def server(aws: FakeAws, port: int = 0) -> ThreadingHTTPServer:
    """Return a server on the loopback address; port 0 is any free port."""
    members = {"answer": staticmethod(aws.answer), "seconds_ahead": aws.faults.seconds_ahead}
    handler = type("Handler", (Handler,), members)
    made = ThreadingHTTPServer(("127.0.0.1", port), handler)
    made.daemon_threads = True
    return made


@contextmanager
def serving(aws: FakeAws) -> Iterator[Served]:
    """Serve the fake AWS from a thread."""
    made = server(aws)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    try:
        yield Served(f"http://127.0.0.1:{made.server_port}", aws)
    finally:
        made.shutdown()
        made.server_close()


def main() -> None:
    """Serve until the process is stopped; print the URL first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--day", type=date.fromisoformat)
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--users", type=int)
    parser.add_argument("--faults", type=json.loads, default={}, help="the fields of Faults, as JSON")
    given = parser.parse_args()
    aws = FakeAws(given.day, faults=Faults(**given.faults), accounts=given.accounts, users_per_account=given.users)
    made = server(aws, given.port)
    print(f"http://127.0.0.1:{made.server_port}", flush=True)
    made.serve_forever()


if __name__ == "__main__":
    main()
