"""The AWS services that receive notifications, simulated over HTTP on the loopback interface: by moto, and by ministack."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

from iamsql.automation.notify.model import Message, Notice, Target, TargetContext
from iamsql.aws.delivery import Clients

REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIATESTING000000000", "AWS_SECRET_ACCESS_KEY": "testing"}
ACCOUNT = "123456789012"  # the account of moto's caller


@dataclass
class Emulator:
    """A running emulator: its URL, and the requests that iamsql's clients sent, as pairs of service and operation."""

    url: str
    requests: list[tuple[str, str]] = field(default_factory=list)

    def client(self, service: str, region: str = REGION) -> Any:
        """Return a client that reads what was delivered."""
        return boto3.client(service, region_name=region, endpoint_url=self.url)

    def context(self, **fields: Any) -> TargetContext:
        """Return a context whose clients send to the emulator and record their requests."""
        return TargetContext(self.recording_clients, **fields)

    def recording_clients(self) -> Clients:
        """Return clients as `iamsql notify` creates them."""
        clients = Clients(region=REGION)
        record(clients, self.requests)
        return clients


def record(clients: Clients, requests: list[tuple[str, str]]) -> None:
    """Append the service and operation of each request that the clients send."""

    def note(model: Any, **_: Any) -> None:
        requests.append((model.service_model.signing_name, model.name))

    clients._session.events.register("before-call", note)


def deliver(target: Target, notice: Notice) -> list[str]:
    """Send every message about a notice, and return what the target answered."""
    return [target.send(message) for message in target.messages(notice)]


def bodies(target: Target, notice: Notice) -> list[Any]:
    """Return the bodies of the messages about a notice."""
    return [message.body for message in target.messages(notice)]


def settled(messages: Sequence[Message]) -> set[str]:
    """Return the fingerprints that messages settle."""
    return {fingerprint for message in messages for fingerprint in message.settles}


@contextmanager
def environment(url: str) -> Iterator[None]:
    """Set false credentials and the endpoint for this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in variables(url).items():
            patch.setenv(name, value)
        yield


def variables(url: str) -> Mapping[str, str]:
    """Return the environment of a caller of an emulator."""
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**nowhere, **KEYS, "AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": REGION}


@contextmanager
def moto() -> Iterator[Emulator]:
    """Yield moto, in a thread of this process."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        # All servers of a process share the resources, so another module's would exist already.
        urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
        with environment(f"http://{host}:{port}"):
            yield Emulator(f"http://{host}:{port}")
    finally:
        server.stop()


@contextmanager
def ministack(folder: Path) -> Iterator[Emulator]:
    """Yield ministack, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "HOME": str(folder), "TMPDIR": str(folder)}
    places |= KEYS  # it verifies the signatures of links with them
    with (folder / "ministack.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"], stdout=log, stderr=log, cwd=folder, env={**os.environ, **places}
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(lambda: urlopen(f"{url}/health", timeout=1).status == 200, process)
        with environment(url):
            yield Emulator(url)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(is_ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "ministack ended"
        try:
            if is_ready():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("ministack does not answer")
