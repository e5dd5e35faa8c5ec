"""The fake AWS behind HTTP, for commands in a process of their own: `python -m tests.fake_aws.over_http`.

AWS_ENDPOINT_URL leads all services to it. Endpoints of single services, such as AWS_ENDPOINT_URL_SNS, can lead elsewhere.
`GET /_report` returns the traffic as JSON, which the process also prints at its end; `POST /_reset` starts a new count.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from iamsql.demo import CREDENTIALS
from tests.fake_aws import FakeAws
from tests.fake_aws.faults import Faults
from tests.fake_aws.http_server import listen


def environment(url: str) -> dict[str, str]:
    """Return the variables that lead a process to a server, with the credentials of the management account."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return {
        **dict(zip(names, CREDENTIALS.values(), strict=True)),
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@dataclass
class Served:
    """A server: its URL, and the fake AWS behind it."""

    url: str
    aws: FakeAws

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that lead a process to the server."""
        return environment(self.url)


def url_of(server: asyncio.Server) -> str:
    """Return the URL of a server."""
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@contextmanager
def serving(aws: FakeAws) -> Iterator[Served]:
    """Serve the fake AWS from a thread."""
    loop = asyncio.SelectorEventLoop()
    server, shared = loop.run_until_complete(listen(aws))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def close() -> None:
        server.close()
        shared.close()
        await loop.shutdown_default_executor()

    try:
        yield Served(url_of(server), aws)
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def serve(aws: FakeAws, port: int) -> None:
    """Serve until the process is told to end; print the URL first, and the traffic at the end."""
    server, shared = await listen(aws, port)
    print(url_of(server), flush=True)
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    server.close()
    shared.close()
    print(json.dumps(aws.report()), flush=True)


def main() -> None:
    """Read the options, and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--day", type=date.fromisoformat)
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--users", type=int)
    parser.add_argument("--faults", type=json.loads, default={}, help="the fields of Faults, as JSON")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    gc.disable()  # nothing here needs it, and a collection would visit every cached response
    faults, sizes = Faults(**options.faults), {"accounts": options.accounts, "users_per_account": options.users}
    asyncio.run(serve(FakeAws(options.day, faults=faults, record=False, **sizes), options.port))


if __name__ == "__main__":
    main()
