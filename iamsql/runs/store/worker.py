"""Execute the statements of another process, which ends this process if DuckDB does not react to an interrupt.

This process runs `main`. A request is [number, connection, method, arguments], and its reply [number, "ok", value] or [number,
error, text]. Each connection has a thread: requests of two connections run at the same time, and an interrupt during a statement.
"""

from __future__ import annotations

import os
import shutil
import signal
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.limited_connection import LimitedConnection, memory_limit_error
from iamsql.runs.store.limits import LimitExceeded, StatementLimits, exit_on_timeout
from iamsql.runs.store.process_memory import UNCOUNTED, limit_process_memory
from iamsql.runs.store.row_buffer import row_limit_error
from iamsql.runs.store.sandbox import Access, AttachError, Attachment
from iamsql.runs.store.values_json import dumps, dumps_plain, loads, to_columns

IDLE = 10.0  # seconds without a connection after which the process ends
SIZE = struct.Struct(">Q")  # of the bytes that follow
# Errors that keep their type, in addition to DuckDB's errors.
ERRORS = (LimitExceeded, KeyboardInterrupt, ValueError, OverflowError, TypeError, NotImplementedError, RecursionError)
Request = tuple[int, str, list[Any]]  # number, method, arguments


def send(stream: BinaryIO, message: bytes) -> None:
    """Write a message."""
    stream.write(SIZE.pack(len(message)) + message)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Read a message; return None at the end of the stream."""
    size_bytes = stream.read(SIZE.size)
    if len(size_bytes) < SIZE.size:
        return None
    (size,) = SIZE.unpack(size_bytes)
    message = stream.read(size)
    return message if len(message) == size else None


def main(folder: str) -> None:
    """Serve requests on standard input until it ends, and then delete `folder`, which has the temporary files."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other process, which sends an interrupt
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not become a reply
    Worker(target, folder).serve(sys.stdin.buffer)


class Worker:
    """The connections of a process."""

    def __init__(self, target: BinaryIO, folder: str) -> None:
        """Set where replies are written, and the folder of temporary files."""
        self._target, self._folder, self._lock = target, folder, threading.Lock()
        self._connections: dict[int, Connection] = {}

    def serve(self, source: BinaryIO) -> None:
        """Pass requests to the threads of their connections until the source ends. Does not return."""
        self._leave_later()
        while (message := receive(source)) is not None:
            number, identifier, method, arguments = loads(message)
            if method == "open":
                self.add(identifier)
            connection = self._connections.get(identifier)
            if connection is None:
                self.reply(dumps([number, "RuntimeError", "The connection is closed."]))
            elif method == "interrupt":
                connection.interrupt()
            else:
                connection.requests.put((number, method, arguments))
        self.leave()

    def reply(self, message: bytes) -> None:
        """Write a reply. End the process if nobody reads it."""
        try:
            with self._lock:
                send(self._target, message)
        except OSError:
            self.leave()

    def add(self, identifier: int, opened: Any = None) -> None:
        """Add a connection, which is open or opened by its first request."""
        with self._lock:
            self._connections[identifier] = Connection(self, identifier, opened)

    def remove(self, identifier: int) -> None:
        """Remove a closed connection."""
        with self._lock:
            self._connections.pop(identifier, None)
        self._leave_later()

    def leave(self) -> None:
        """End the process, also while statements run, and delete the temporary files."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(0)

    def _leave_later(self) -> None:
        """End the process after IDLE seconds if it has no connection then."""
        timer = threading.Timer(IDLE, self._leave_if_idle)
        timer.daemon = True
        timer.start()

    def _leave_if_idle(self) -> None:
        with self._lock:
            if not self._connections:
                self.leave()


class Connection:
    """A connection, or a cursor of one, and the thread that answers its requests."""

    def __init__(self, worker: Worker, identifier: int, opened: Any = None) -> None:
        """Start the thread."""
        self.requests: SimpleQueue[Request] = SimpleQueue()
        self._worker, self._identifier, self._opened, self._memory = worker, identifier, opened, 0
        self._seconds = 0.0
        self._methods: dict[str, Callable[..., bytes]] = {
            "open": self._open,
            "cursor": self._open_cursor,
            "execute": self._execute,
            "fetchmany": self._fetchmany,
            "extract_statements": self._extract_statements,
            "close": self._close,
        }
        threading.Thread(target=self._answer_requests, daemon=True).start()

    def interrupt(self) -> None:
        """Interrupt the statement that runs."""
        if self._opened is not None:
            with suppress(duckdb.Error):
                self._opened.interrupt()

    def _answer_requests(self) -> None:
        method = ""
        while method != "close":
            number, method, arguments = self.requests.get()
            try:
                reply = b'[%d,"ok",%s]' % (number, self._methods[method](*arguments))
            except BaseException as error:
                reply = dumps([number, *_describe_error(error)])
            self._worker.reply(reply)

    def _open(self, options: dict[str, Any]) -> bytes:
        self._memory, self._seconds = options["memory"], options["seconds"]
        database = options["database"]
        self._opened = LimitedConnection(
            StatementLimits(options["seconds"], self._memory),
            Path(database) if database else None,
            options["extra_settings"],
            attach=[Attachment(Path(path), alias, mode) for path, alias, mode in options["attach"]],
            access=Access(*options["access"]),
            disabled=options["disabled"],
            enabled=options["enabled"],
        )
        return dumps(None)

    def _open_cursor(self, identifier: int) -> bytes:
        self._worker.add(identifier, self._opened.cursor())
        return dumps(None)

    def _execute(self, folder: str, sql: str, values: Any) -> bytes:
        if folder and folder != str(Path.cwd()):  # SQL has relative paths of the other process
            os.chdir(folder)
        self._opened.execute(sql, values)
        columns = [[name, str(column_type)] for name, column_type, *_ in self._opened.description or ()]
        return dumps([self._remaining(), columns])

    def _fetchmany(self, size: int) -> bytes:
        rows = self._opened.fetchmany(size)
        try:
            with limit_process_memory(self._memory + UNCOUNTED):
                text = dumps_plain([self._remaining(), to_columns(rows)])
        except MemoryError:
            raise memory_limit_error(self._memory) from None
        if self._memory and len(text) > self._memory:
            raise row_limit_error(self._memory)
        return text

    def _remaining(self) -> float:
        return float(getattr(self._opened, "remaining", 0.0))

    def _extract_statements(self, sql: str) -> bytes:
        # The other process ends this one, unless it has ended itself.
        with exit_on_timeout(3 * self._seconds):
            return dumps([_describe_statement(statement) for statement in self._opened.extract_statements(sql)])

    def _close(self) -> bytes:
        try:
            if self._opened is not None:
                self._opened.close()
        finally:
            self._worker.remove(self._identifier)
        return dumps(None)


def _describe_statement(statement: duckdb.Statement) -> list[Any]:
    """Return the text of a statement, the name of its type and its parameters."""
    type_name = None
    with suppress(ValueError):  # DuckDB's Python client does not have every type
        type_name = statement.type.name
    return [statement.query, type_name, sorted(statement.named_parameters)]


def _describe_error(error: BaseException) -> Sequence[Any]:
    """Return the name of an error's type and its text; for an AttachError, also its path and DuckDB's error."""
    if isinstance(error, AttachError):
        return ["AttachError", [str(error.path), *_describe_error(error.error)]]
    if isinstance(error, duckdb.Error):
        return [type(error).__name__, str(error)]
    if isinstance(error, MemoryError):
        return ["LimitExceeded", "The statement needs more than its memory limit."]
    name = next((name.__name__ for name in ERRORS if isinstance(error, name)), "RuntimeError")
    return [name, str(error) if name != "RuntimeError" else f"{type(error).__name__}: {error}"]
