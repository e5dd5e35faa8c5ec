"""Start the process of `worker`, send requests to it, and end it if it does not answer in time.

A process of iamsql has one worker, which is started for the first connection and started again after it ended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import deque
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from iamsql.model import IamsqlError
from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.limits import GRACE
from iamsql.runs.store.values_json import dumps
from iamsql.runs.store.worker import receive, send

CODE = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); from iamsql.runs.store.worker import main; main(sys.argv[1])"
POLL = 0.1  # seconds between two checks for Ctrl-C, which does not end the waiting of every system
_LOCK = threading.Lock()
_NUMBERS = count(1)
_CURRENT: list[WorkerProcess] = []  # one at most


class NoReplyError(Exception):
    """The process did not answer in time, and was ended."""


class WorkerEndedError(Exception):
    """The process ended before it answered."""


def current_worker() -> WorkerProcess:
    """Return the worker of this process, and start it if there is none."""
    with _LOCK:
        if not _CURRENT or not _CURRENT[0].is_usable:
            _CURRENT[:] = [WorkerProcess()]
        return _CURRENT[0]


class WorkerProcess:
    """A process that executes statements. Threads may send requests at the same time."""

    def __init__(self) -> None:
        """Start the process. Raise IamsqlError if the system does not allow that."""
        self._owner = os.getpid()  # a fork of this process shares the pipes, and must not use them
        self._folder = TemporaryDirectory(prefix="iamsql-", ignore_cleanup_errors=True)
        folder = self._folder.name
        command = [sys.executable, "-I", "-S", "-c", CODE, folder, json.dumps(_module_folders())]
        temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the interpreter of this process
                command,
                env={**os.environ, **temporary},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            self._folder.cleanup()
            raise IamsqlError(f"The process that runs SQL cannot be started: {error}.") from error
        self._pipe: Any = self._process.stdin
        self._write_lock = threading.Lock()
        self._waiting: dict[int, SimpleQueue[bytes | None]] = {}
        self._discarded: deque[int] = deque()
        self._has_ended = False
        threading.Thread(target=self._receive, daemon=True).start()

    @property
    def pid(self) -> int:
        """Return the ID of the process."""
        pid: int = self._process.pid
        return pid

    @property
    def is_usable(self) -> bool:
        """Return whether this process may send requests to the worker, which runs."""
        return not self._has_ended and self._owner == os.getpid()

    def request(self, connection: int, method: str, *arguments: Any, seconds: float | None = None) -> bytes:
        """Send a request and return the reply, after at most `seconds`; KeyboardInterrupt interrupts the statement.

        Raise NoReplyError, and WorkerEndedError if the process ended.
        """
        number, reply = next(_NUMBERS), SimpleQueue[bytes | None]()
        self._waiting[number] = reply
        try:
            self._send([number, connection, method, list(arguments)])
            return self._wait(reply, seconds)
        except KeyboardInterrupt:
            self._interrupt_and_wait(connection, reply)
            raise
        finally:
            self._waiting.pop(number, None)

    def post(self, connection: int, method: str) -> None:
        """Send a request whose reply nobody needs."""
        if self.is_usable:
            try:
                self._send([0, connection, method, []])
            except WorkerEndedError:
                return

    def discard(self, connection: int) -> None:
        """Close a connection before the next request. A garbage collection calls this, also while a request is written."""
        self._discarded.append(connection)

    def end(self) -> None:
        """Kill the process, and wait until it is gone."""
        self._has_ended = True
        if self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
            self._folder.cleanup()

    def _send(self, message: Any) -> None:
        if not self.is_usable:
            raise WorkerEndedError
        messages = [[0, self._discarded.popleft(), "close", []] for _ in range(len(self._discarded))]
        try:
            for data in map(dumps, [*messages, message]):
                with self._write_lock:
                    send(self._pipe, data)
        except (OSError, ValueError):
            self._has_ended = True  # before the thread below reads the end of the replies
            raise WorkerEndedError from None

    def _wait(self, reply: SimpleQueue[bytes | None], seconds: float | None) -> bytes:
        if self._has_ended:  # the thread below has informed the requests that waited then
            raise WorkerEndedError
        until = monotonic() + (seconds or 0.0)
        while True:
            try:
                message = reply.get(timeout=POLL)
            except Empty:
                if seconds is None or monotonic() < until:
                    continue
                self.end()
                raise NoReplyError from None
            if message is None:
                raise WorkerEndedError
            return message

    def _interrupt_and_wait(self, connection: int, reply: SimpleQueue[bytes | None]) -> None:
        """Interrupt a statement after Ctrl-C. A second Ctrl-C ends the process at once."""
        try:
            self.post(connection, "interrupt")
            self._wait(reply, GRACE)
        except (NoReplyError, WorkerEndedError):
            return
        except BaseException:
            self.end()
            raise

    def _receive(self) -> None:
        """Pass each reply to the thread that waits for it, until the process ends."""
        stream: Any = self._process.stdout
        try:
            while (message := receive(stream)) is not None:
                waiting = self._waiting.get(int(message[1 : message.index(b",")]))
                if waiting is not None:
                    waiting.put(message)
        except (OSError, ValueError, MemoryError):
            self._process.kill()
        self._has_ended = True
        for waiting in list(self._waiting.values()):
            waiting.put(None)
        self._process.wait()
        self._folder.cleanup()


def _module_folders() -> list[str]:
    """Return the folders that the process imports modules from.

    They are the folders of the Python installation, of iamsql and of DuckDB: never the working folder or the folder of a script.
    """
    installed = tuple({sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix})
    folders = [folder for folder in sys.path if folder.startswith(installed)]
    packages = [Path(__file__).parents[3], Path(str(duckdb.__file__)).parent]
    return list(dict.fromkeys([*folders, *map(str, packages)]))
