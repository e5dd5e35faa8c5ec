"""The log of one command: the options of logging, which every command has, and the records of its start and end.

The command group adds the options to each command that it loads, so they may stand before or after the command's name.
"""

from __future__ import annotations

import re
import time
from functools import wraps
from typing import Any

import click
from click.core import ParameterSource

from iamsql.version import __version__

LOG_FORMATS = ("text", "json")
LOGGER_NAME = "iamsql.cli"
GIVEN_SOURCES = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
# Parameters whose values are not written. What looks like a secret in another value is removed.
SECRET_NAME_PATTERN = re.compile(r"external_id|secret|token|password|webhook|url|header", re.IGNORECASE)


class CommandLog:
    """The settings and the records of one command. The modules of logging are loaded when the command starts."""

    def __init__(self) -> None:
        """Start the clock."""
        self._clock = time.monotonic()
        self._settings: dict[str, Any] = {}
        self._is_changed = self._is_started = False

    def set(self, name: str, value: Any) -> None:
        """Store the value of an option."""
        self._settings[name] = value
        self._is_changed = True

    def start(self, ctx: click.Context) -> None:
        """Open the log; write the record of the start, unless a subcommand follows. Raise IamsqlError as `logs.configure`."""
        if self._is_changed:
            self._is_changed = False
            from iamsql import logs  # noqa: PLC0415 - most commands write no log

            logs.configure(**self._settings)
        if self._is_started or ctx.invoked_subcommand:
            return
        self._is_started = True
        from iamsql.logs.redaction import hide_values  # noqa: PLC0415 - most commands write no log

        given_params = [param for param in ctx.command.params if _is_given(ctx, param)]
        values = {_parameter_label(param): ctx.params[param.name] for param in given_params if param.name}
        for param in given_params:
            if param.name and SECRET_NAME_PATTERN.search(param.name):
                hide_values(*_values_as_text(ctx.params[param.name]))
        command = ctx.command_path.partition(" ")[2]
        self._write_record("info", "The command started.", command=command, version=__version__, options=values)

    def finish(self, code: int) -> None:
        """Write the record of the end, and close the log."""
        seconds = round(time.monotonic() - self._clock, 3)
        self._write_record("info", "The command finished.", exit_code=code, seconds=seconds, is_last=True)

    def fail(self, message: str) -> None:
        """Write the record of an error that the user sees."""
        self._write_record("error", "The command failed.", error=message)

    def crash(self, error: BaseException) -> None:
        """Write the record of an unexpected error with its traceback, and close the log."""
        self._write_record("critical", "The command ended with an unexpected error.", exc_info=error, is_last=True)

    def _write_record(
        self, level: str, message: str, *, exc_info: BaseException | None = None, is_last: bool = False, **values: Any
    ) -> None:
        """Write a record, if the command has a log. The last one closes the log."""
        if not self._settings:
            return
        import logging  # noqa: PLC0415 - most commands write no log

        from iamsql import logs  # noqa: PLC0415 - most commands write no log

        getattr(logging.getLogger(LOGGER_NAME), level)(message, exc_info=exc_info, extra=logs.fields(**values))
        if is_last:
            logs.close()


def add_logging(command: click.Command, *, hidden: bool = True) -> None:
    """Add the options of logging to a command and its subcommands, once, and open the log before the command runs."""
    if any(param.name == "log_file" for param in command.params):
        return
    command.params += _log_options(hidden)
    callback = command.callback

    @wraps(callback or add_logging)
    def start(*args: Any, **kwargs: Any) -> Any:
        ctx = click.get_current_context()
        if log := ctx.find_object(CommandLog):
            log.start(ctx)
        return callback(*args, **kwargs) if callback else None

    command.callback = start
    for subcommand in command.commands.values() if isinstance(command, click.Group) else ():
        add_logging(subcommand)


def _log_options(hidden: bool) -> list[click.Parameter]:
    """Return the options. The options of the group read the environment, and the help of commands hides theirs."""

    def option(name: str, help_: str, **settings: Any) -> click.Option:
        variable = None if hidden else f"IAMSQL_{name[2:].upper().replace('-', '_')}"
        common: dict[str, Any] = {"expose_value": False, "is_eager": True, "callback": _store_option, "hidden": hidden}
        return click.Option([name], help=help_, envvar=variable, **common, **settings)

    return [
        option("--debug", "Print debug records on stderr [default: $IAMSQL_DEBUG].", is_flag=True),
        option(
            "--log-file",
            "Append records to a file: errors, retries and the request IDs of AWS, without secrets [default: $IAMSQL_LOG_FILE].",
            type=click.Path(),  # pathlib takes 8 ms to import
            metavar="FILE",
        ),
        option(
            "--log-format",
            "The format of records: text or JSON lines [default: $IAMSQL_LOG_FORMAT, otherwise text].",
            type=click.Choice(LOG_FORMATS),
        ),
    ]


def _store_option(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    log = ctx.find_object(CommandLog)
    if log and param.name and ctx.get_parameter_source(param.name) in GIVEN_SOURCES:
        log.set({"log_file": "file", "log_format": "fmt"}.get(param.name, param.name), value)


def _is_given(ctx: click.Context, param: click.Parameter) -> bool:
    return param.name in ctx.params and ctx.get_parameter_source(param.name) in GIVEN_SOURCES


def _parameter_label(param: click.Parameter) -> str:
    return max(param.opts, key=len) if isinstance(param, click.Option) else str(param.name)


def _values_as_text(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [
        text
        for item in values
        for text in (item if isinstance(item, list | tuple) else [item])
        if isinstance(text, str)
    ]
