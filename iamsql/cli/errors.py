"""The exit code of a command, and its errors: one or two lines on stderr."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from shutil import get_terminal_size
from traceback import format_exception
from types import TracebackType
from typing import Any, NoReturn

import click

from iamsql.cli.ci_log import safe_streams
from iamsql.cli.command_log import CommandLog, add_logging
from iamsql.escaping import printable_lines
from iamsql.model import IamsqlError
from iamsql.render.terminal.width import wrap_words

FAILED_EXIT_CODE = 2
FORMAT_NAMES = (
    "json",
    "jsonl",
    "csv",
    "table",
    "markdown",
    "line",
    "sarif",
    "ocsf",
    "asff",
    "junit",
)  # guessed as options
INTERRUPTED_EXIT_CODE = 130  # 128 and the number of SIGINT, as shells report it


class ErrorGroup(click.Group):
    """A group that loads a command when it is used. Commands return their exit code; errors are short."""

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        """Store the location, MODULE:FUNCTION, and the summary of each command by name."""
        super().__init__(*args, **kwargs)
        self._lazy = lazy
        add_logging(self, hidden=False)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command, and add the options that all commands have; return None for an unknown name."""
        if cmd_name not in self._lazy:
            return None
        command: click.Command = load_command(self._lazy[cmd_name][0])
        add_logging(command)
        if ctx.resilient_parsing:
            from iamsql.cli.completers import add_completers  # noqa: PLC0415 - for completion only

            add_completers(command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command of an argument. Raise UsageError for an unknown one, with similar names and the query of the name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from iamsql import catalog  # noqa: PLC0415 - for an error only
            from iamsql.catalog.params import did_you_mean  # noqa: PLC0415 - for an error only

            name = args[0] if args else ""
            if not name.startswith("-") and name.partition("@")[0] in catalog.names(catalog.folders()):
                raise IamsqlError(
                    f"{name} is a query, not a command.\nRun it with: iamsql query {shlex.join(args)}"
                ) from error
            suggestion = did_you_mean(name, list(self._lazy)) or "."
            raise click.UsageError(f"There is no command {name!r}{suggestion}", ctx) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Return the commands, or the options, that begin with a text, without loading the commands."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - for completion only

        names = (
            [] if incomplete.startswith("-") else [name for name in sorted(self._lazy) if name.startswith(incomplete)]
        )
        options = super().shell_complete(ctx, incomplete) if incomplete.startswith("-") else []
        return [*(CompletionItem(name, help=self._lazy[name][1]) for name in names), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the summaries of the commands without loading them."""
        # click loads each command for its summary, and with them boto3 and DuckDB.
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._lazy[name][1]) for name in sorted(self._lazy)])

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run a command and exit with its code."""
        sys.excepthook = print_traceback  # an unexpected error may contain text from AWS
        log = CommandLog()
        with safe_streams():
            try:
                code = self._run_command(log, *args, **{**kwargs, "standalone_mode": False, "obj": log})
            except Exception as error:
                log.crash(error)
                raise
            log.finish(code)
        sys.exit(code)

    def _run_command(self, log: CommandLog, *args: Any, **kwargs: Any) -> int:
        """Run a command; print an error that the user can act on, and return the exit code."""
        try:
            code = super().main(*args, **kwargs)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            return FAILED_EXIT_CODE
        except click.Abort as error:  # from a KeyboardInterrupt, whose text says what a sync has written
            return _report_failure(log, str(error.__cause__ or "") or "Stopped.", INTERRUPTED_EXIT_CODE)
        except click.ClickException as error:
            return _report_failure(log, _usage_error_message(error), FAILED_EXIT_CODE)
        except IamsqlError as error:
            return _report_failure(log, str(error), int(getattr(error, "exit_code", FAILED_EXIT_CODE)))
        return code if isinstance(code, int) else 0

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. A pipe whose reader exits early, such as `head`, is not an error."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes standard output at exit, which would raise the error again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return code


def load_command(location: str) -> Any:
    """Import MODULE:FUNCTION, a command. A command is imported when it is called, so others start without its modules."""
    module, _, function = location.partition(":")
    return getattr(import_module(module), function)


def _report_failure(log: CommandLog, message: str, code: int) -> int:
    log.fail(message)
    say(f"Error: {message}")
    return code


def say(text: str) -> None:
    """Print a line on stderr."""
    click.echo(printable_lines(text), err=True)


def say_all(lines: Iterable[str], *, quiet: bool = False) -> None:
    """Print lines on stderr, unless the user asked for --quiet."""
    for line in () if quiet else lines:
        say(fit_terminal(line))


def fit_terminal(text: str) -> str:
    """Return text whose lines fit the terminal of stderr, wrapped after spaces; unchanged if stderr is not a terminal."""
    if not sys.stderr.isatty():
        return text
    return wrap_words(printable_lines(text), get_terminal_size().columns)


def print_traceback(error_type: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a traceback on stderr as Python does, without characters that control the terminal."""
    with safe_streams():
        click.echo(printable_lines("".join(format_exception(error_type, error, trace))), err=True, nl=False)


def _usage_error_message(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    if isinstance(error, click.NoSuchOption) and context and (step := _flag_replacement(error.option_name, context)):
        return f"There is no option {error.option_name}. {step}\nSee: {context.command_path} --help"
    if isinstance(error, click.NoSuchOption) and context and (output := _output_option(error.option_name, context)):
        return f"There is no option {error.option_name}; use {output}.\nSee: {context.command_path} --help"
    return error.format_message() + (f"\nSee: {context.command_path} --help" if context else "")


def _output_option(guessed_option: str, context: click.Context) -> str:
    """Return the option that selects the format, for --format and for the name of a format; '' if the command has no formats."""
    name = guessed_option.lstrip("-").lower()
    has_formats = any("--output" in param.opts for param in context.command.params)
    if not has_formats or name not in ("format", *FORMAT_NAMES):
        return ""
    return f"--output {'json' if name == 'format' else name}"


def _flag_replacement(flag: str, context: click.Context) -> str:
    """Return what the user can do instead of giving a flag that only iamsql.toml has; '' for other flags."""
    return next((str(getattr(param, "replacement", "")) for param in context.command.params if flag in param.opts), "")
