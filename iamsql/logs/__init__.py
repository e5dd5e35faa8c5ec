"""Logging: records of the standard library to a file or to stderr, as text or JSON, without secrets.

A record is one line: a constant message, and fields where text from AWS is escaped. Only the loggers of iamsql have
handlers, because botocore and urllib3 write headers and signatures at the level debug.
"""

from __future__ import annotations

import json
import logging
import os
import re
import stat
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from traceback import format_exception
from typing import Any, TypedDict, Unpack

from iamsql.escaping import escape_json, printable
from iamsql.logs.redaction import SECRET_VARIABLES, forget_values, hide_values, redact
from iamsql.model import IamsqlError

ROOT_LOGGER = "iamsql"
MAX_FIELD_CHARACTERS = 20_000  # characters of a field


class Fields(TypedDict, total=False):
    """The fields of records. JSON also has time, level, logger, message and exception."""

    command: str
    version: str
    options: dict[str, Any]
    exit_code: int
    account_id: str
    region: str
    service: str
    operation: str
    role: str
    kind: str  # of a fault, as in aws.errors
    code: str  # AWS's error code
    error: str  # AWS's message, or an error's
    request_id: str
    attempt: int
    wait: float  # seconds until the next attempt
    phase: str  # of a sync
    start: float  # seconds since the start of the sync
    seconds: float
    outcome: str
    accounts: int
    requests: int
    throttles: int
    key: str  # of an object in S3
    path: str
    statement: str
    rows: int


FOR_USER: Mapping[str, bool] = {"for_user": True}  # the argument `extra` for a message that the user must see


def fields(base: Fields | None = None, /, **more: Unpack[Fields]) -> dict[str, Any]:
    """Return the argument `extra` of a logger's method; empty values are left out."""
    return {"fields": {name: value for name, value in {**(base or {}), **more}.items() if value not in ("", None)}}


def _clean_value(value: Any) -> Any:
    """Return a value of a field without secrets and of limited length."""
    if isinstance(value, dict):
        return {redact(str(name)): _clean_value(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean_value(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return redact(text if len(text) <= MAX_FIELD_CHARACTERS else f"{text[:MAX_FIELD_CHARACTERS]}…")


def record_values(record: logging.LogRecord) -> dict[str, Any]:
    """Return the values of a record by name: time, level, logger, message, its fields, and the traceback of an exception."""
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    values = {
        "time": time,
        "level": record.levelname,
        "logger": record.name,
        "message": _clean_value(record.getMessage()),
    }
    values |= _clean_value(getattr(record, "fields", {}))
    if record.exc_info and record.exc_info[0]:
        values["exception"] = _clean_value("".join(format_exception(*record.exc_info)).rstrip())
    return values


class JsonFormatter(logging.Formatter):
    """Format a record as a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return escape_json(json.dumps(record_values(record), ensure_ascii=False))


class TextFormatter(logging.Formatter):
    """Format a record as a line: time, level, logger, message, then NAME=VALUE; a value with a space is quoted as in JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        values = record_values(record)
        first_values = " ".join(printable(str(values.pop(name))) for name in ("time", "level", "logger", "message"))
        return " ".join([first_values, *(f"{name}={_format_word(value)}" for name, value in values.items())])


def _format_word(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    is_word = isinstance(value, str) and text and not re.search(r"[\s\"'=\\]", text)
    return (
        printable(text) if is_word or not isinstance(value, str) else escape_json(json.dumps(text, ensure_ascii=False))
    )


FORMATS: dict[str, Callable[[], logging.Formatter]] = {"text": TextFormatter, "json": JsonFormatter}


class _UserHandler(logging.Handler):
    """Print the message of a record that is for the user on stderr, whether there is a log or not."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a message."""
        if getattr(record, "for_user", False):
            sys.stderr.write(f"{record.getMessage()}\n")


class _LineHandler(logging.Handler):
    """Write each record as a line to stderr, except unexpected errors: Python prints their traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write a record."""
        return record.levelno < logging.CRITICAL

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        try:
            self.write(self.format(record) + "\n")
        except Exception as error:  # logging.Handler.handleError would print the arguments of the record
            self.report(error)

    def write(self, line: str) -> None:
        """Write a line."""
        sys.stderr.write(line)
        sys.stderr.flush()

    def report(self, error: Exception) -> None:
        """Drop the record: without stderr, there is nowhere to report a failure."""


class _FileHandler(_LineHandler):
    """Append each record to a file with one write, so the lines of several processes do not mix.

    A failure of the first write is an IamsqlError. A later failure is reported on stderr once, and the command goes on.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path, self._descriptor = path, _open_log_file(path)
        self._has_written = self._is_reported = self._is_line_open = False

    def filter(self, record: logging.LogRecord) -> bool:
        return True

    def write(self, line: str) -> None:
        data = (("\n" if self._is_line_open else "") + line).encode("utf-8", "backslashreplace")
        self._is_line_open = True
        self._is_line_open = os.write(self._descriptor, data) < len(data)
        self._has_written = True

    def report(self, error: Exception) -> None:
        reason = getattr(error, "strerror", None) or type(error).__name__
        if not self._has_written:
            raise _refused_error(self._path, reason)
        if not self._is_reported:
            sys.stderr.write(printable(f"The log file {self._path} lacks records: {reason}.") + "\n")
        self._is_reported = True

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        super().close()


def _open_log_file(path: Path) -> int:
    """Return the descriptor of a log file that is appended to, with mode 0600. Raise IamsqlError for a link or another file."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags, 0o600)
    except (OSError, ValueError) as error:
        reason = "it is a link" if path.is_symlink() else getattr(error, "strerror", None) or str(error)
        raise _refused_error(path, reason) from None
    status = os.fstat(descriptor)
    # In a folder that others can write, another user may have put the file there to read what is appended.
    is_own = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    if not stat.S_ISREG(status.st_mode) or not is_own:
        os.close(descriptor)
        raise _refused_error(path, "it belongs to another user" if not is_own else "it is not a regular file")
    try:
        if stat.S_IMODE(status.st_mode) & 0o077:
            os.fchmod(descriptor, 0o600)
    except OSError as error:
        os.close(descriptor)
        raise _refused_error(path, error.strerror or str(error)) from None
    return descriptor


def _refused_error(path: Path, reason: str) -> IamsqlError:
    return IamsqlError(
        f"cannot write the log file {path}: {reason}\nGive --log-file a file in a folder that you can write."
    )


def configure(*, debug: bool = False, file: str | Path | None = None, fmt: str = "text") -> None:
    """Send the records of iamsql to stderr with `debug`, and to a file. Raise IamsqlError if the file cannot be opened.

    The level is INFO, or DEBUG with `debug`. Earlier settings are replaced.
    """
    close()
    handlers = [*([_FileHandler(Path(file))] if file else []), *([_LineHandler()] if debug else [])]
    hide_values(*map(os.environ.get, SECRET_VARIABLES))
    logger = logging.getLogger(ROOT_LOGGER)
    for handler in handlers:
        handler.setFormatter(FORMATS[fmt]())
        logger.addHandler(handler)
    if handlers:
        logger.setLevel(logging.DEBUG if debug else logging.INFO)


def close() -> None:
    """Close the log, and forget the hidden values. Records are dropped until the next call of `configure`."""
    logger = logging.getLogger(ROOT_LOGGER)
    for handler in [handler for handler in logger.handlers if isinstance(handler, _LineHandler)]:
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(logging.NOTSET)
    forget_values()


# Without a handler, Python would print every warning on stderr.
logging.getLogger(ROOT_LOGGER).addHandler(_UserHandler())
