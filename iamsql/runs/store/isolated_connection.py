"""A DuckDB connection in a process of its own, which is ended if a statement does not end when it is interrupted.

DuckDB checks for interrupts between the parts of a statement, not in a function that computes one long value. The Python API and
the MCP server can answer more questions after such a statement.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from weakref import finalize

from iamsql.model import IamsqlError
from iamsql.runs.store.driver import duckdb
from iamsql.runs.store.limited_connection import LimitedConnection, memory_limit_error
from iamsql.runs.store.limits import LimitExceeded, StatementLimits, grace, time_limit_error
from iamsql.runs.store.process_memory import UNCOUNTED, limit_process_memory
from iamsql.runs.store.row_buffer import remaining_rows
from iamsql.runs.store.sandbox import Access, AttachError, Attachment
from iamsql.runs.store.values_json import loads, to_rows
from iamsql.runs.store.worker import ERRORS
from iamsql.runs.store.worker_process import NoReplyError, WorkerEndedError, WorkerProcess, current_worker

SHORT_REQUEST = 10.0  # seconds: the shortest time limit of a request that is not a statement of the user
_IDENTIFIERS = count(1)
_BUILT_IN = {error.__name__: error for error in (*ERRORS, RuntimeError)}


class ConnectionLost(LimitExceeded):
    """The process of a connection has ended."""


class Statement(NamedTuple):
    """A statement, with the fields of DuckDB's Statement; `type` is None for a type that the DuckDB client does not have."""

    query: str
    type: Any
    named_parameters: set[str]


def isolated_connection(
    limits: StatementLimits, database: Path | None = None, extra_settings: Sequence[str] = (), **options: Any
) -> LimitedConnection | IsolatedConnection:
    """Open a connection in another process: a value of `StatementLimits.connect`."""
    return (IsolatedConnection if _can_start() else LimitedConnection)(limits, database, extra_settings, **options)


def isolate_statements(seconds: float, memory: int) -> StatementLimits:
    """Return limits whose statements run in another process, and start the process."""
    if _can_start():
        current_worker()  # which takes 0.1 seconds; the caller reads its files
    return StatementLimits(seconds, memory, connect=isolated_connection)


def _can_start() -> bool:
    """Return whether there is a Python to start: a frozen application has none."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


class IsolatedCursor:
    """A connection in the worker, without statements of the user: `cursor` returns it."""

    def __init__(self, worker: WorkerProcess, identifier: int, limits: StatementLimits) -> None:
        """Use an open connection of the worker."""
        self._worker, self._identifier, self._limits = worker, identifier, limits
        self.description: list[tuple[Any, ...]] | None = None
        self._remaining: float | None = None
        self._is_closed = finalize(self, worker.discard, identifier)
        self._is_closed.atexit = False  # the worker ends with this process

    @property
    def is_lost(self) -> bool:
        """Return whether the process has ended, and with it the connection and its TEMP tables."""
        return not self._worker.is_usable

    def execute(self, sql: str, values: Any = None) -> IsolatedCursor:
        """Execute a statement with a new time limit."""
        self._remaining = self._limits.seconds
        reply = self._request("execute", _working_folder(), sql, _plain_parameters(values), seconds=self._time_limit())
        self._remaining, columns = reply
        self.description = [tuple(column) for column in columns]
        return self

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """Return the next rows, at most `size`."""
        self._remaining, columns = self._request("fetchmany", size, seconds=self._time_limit())
        return to_rows(columns)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the remaining rows. Raise LimitExceeded if they need more than a quarter of the memory."""
        return remaining_rows(self.fetchmany, self._limits.memory)

    def close(self) -> None:
        """Close the connection."""
        if self._is_closed.detach() and not self.is_lost:
            self._request("close", seconds=SHORT_REQUEST)

    def _time_limit(self) -> float | None:
        return max(SHORT_REQUEST, self._limits.seconds) if self._limits.seconds else None

    def _request(self, method: str, *arguments: Any, seconds: float | None = None) -> Any:
        """Return the value of a reply. Raise its error, and LimitExceeded if the process ends without a reply."""
        try:
            reply = self._worker.request(self._identifier, method, *arguments, seconds=seconds)
        except NoReplyError:
            raise time_limit_error(self._limits.seconds) from None
        except WorkerEndedError:
            raise ConnectionLost(
                "The process that ran SQL has ended: a statement did not react to an interrupt, or memory ran out.\n"
                "Ask again. Select less if this statement was the reason."
            ) from None
        try:
            with limit_process_memory(self._limits.memory + UNCOUNTED):
                _, outcome, value = loads(reply)
        except MemoryError:
            raise memory_limit_error(self._limits.memory) from None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self._worker.end()
            raise IamsqlError(f"The process that runs SQL sent an invalid reply: {type(error).__name__}.") from error
        return value if outcome == "ok" else _raise_error(outcome, value)


class IsolatedConnection(IsolatedCursor):
    """A connection with the methods of LimitedConnection. After `is_lost`, each method raises LimitExceeded."""

    def __init__(
        self,
        limits: StatementLimits,
        database: Path | None = None,
        extra_settings: Sequence[str] = (),
        *,
        attach: Sequence[Attachment] = (),
        access: Access | None = None,
        **optimizers: Collection[str] | None,
    ) -> None:
        """Open a connection, with `extra_settings` and the options of `connect`, in the worker."""
        access, absolute = access or Access(), os.path.abspath
        options = {
            "seconds": limits.seconds,
            "memory": limits.memory,
            "database": absolute(database) if database else None,
            "extra_settings": list(extra_settings),
            "attach": [
                [str(file.path) if str(file.path) == ":memory:" else absolute(file.path), file.alias, file.options]
                for file in attach
            ],
            "access": [
                list(map(str, access.files)), list(map(str, access.folders)), access.unrestricted,
                list(map(str, access.read)),
            ],
            "disabled": sorted(optimizers.get("disabled") or ()),
            "enabled": None if (enabled := optimizers.get("enabled")) is None else sorted(enabled),
        }  # fmt: skip
        try:
            self._open_in_worker(limits, options)
        except ConnectionLost:  # it had no connection and ended at this moment
            self._open_in_worker(limits, options)

    def _open_in_worker(self, limits: StatementLimits, options: dict[str, Any]) -> None:
        super().__init__(current_worker(), next(_IDENTIFIERS), limits)
        self._request("open", options, seconds=max(60.0, limits.seconds))

    def extract_statements(self, sql: str) -> list[Statement]:
        """Split SQL into statements."""
        seconds = self._limits.seconds
        statements = self._request("extract_statements", sql, seconds=seconds + grace(seconds) if seconds else None)
        return [
            Statement(query, type_name and getattr(duckdb.StatementType, type_name, None), set(names))
            for query, type_name, names in statements
        ]

    def cursor(self) -> IsolatedCursor:
        """Open another connection to the same database."""
        identifier = next(_IDENTIFIERS)
        self._request("cursor", identifier, seconds=SHORT_REQUEST)
        return IsolatedCursor(self._worker, identifier, self._limits)

    def interrupt(self) -> None:
        """Interrupt the statement that another thread runs."""
        self._worker.post(self._identifier, "interrupt")

    def _time_limit(self) -> float | None:
        seconds = self._limits.seconds
        if not seconds:
            return None
        return max(seconds if self._remaining is None else self._remaining, 0.0) + grace(seconds)


def _working_folder() -> str:
    """Return the working folder, where SQL resolves relative paths; '' if it was deleted."""
    try:
        return str(Path.cwd())
    except OSError:
        return ""


def _plain_parameters(values: Any) -> Any:
    """Return the parameters of a statement as a list or a dictionary, as `execute` of DuckDB takes them."""
    return dict(values) if hasattr(values, "keys") else None if values is None else list(values)


def _raise_error(error_name: str, value: Any) -> NoReturn:
    """Raise the error of a reply."""
    if error_name == "AttachError":
        path, error, text = value
        raise AttachError(Path(path), _build_error(error, text))
    raise _build_error(error_name, value)


def _build_error(error_name: str, text: str) -> Any:
    error_type = getattr(duckdb, error_name, None)
    if isinstance(error_type, type) and issubclass(error_type, duckdb.Error):
        return error_type(text)
    return _BUILT_IN.get(error_name, RuntimeError)(text)
