"""How a command ends: an exit code, and one or two lines on stderr when it could not do what was asked."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from types import TracebackType
from typing import Any, NoReturn

import click

from iamsql.model import IamsqlError

FAILED = 2
STOPPED = 130


class Front(click.Group):
    """A group that imports a command when it is used; commands return their exit code, and errors are short."""

    def __init__(self, *args: Any, lazy: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        """Take the places of the commands, each MODULE:FUNCTION, by name."""
        super().__init__(*args, **kwargs)
        self._lazy = lazy or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of the commands."""
        return sorted({*super().list_commands(ctx), *self._lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; return None where there is none of the name."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, function = self._lazy[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), function)
        return command

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run a command and leave with its exit code."""
        sys.excepthook = print_traceback
        try:
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            code = FAILED
        except click.Abort as error:
            code = _fail(str(error.__cause__ or "") or "Stopped.", STOPPED)
        except click.ClickException as error:
            code = _fail(_usage(error), FAILED)
        except IamsqlError as error:
            code = _fail(str(error), int(getattr(error, "exit_code", FAILED)))
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that stops reading, such as `head`, is no error."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return code


def _fail(message: str, code: int) -> int:
    say(f"Error: {message}")
    return code


def say(text: str) -> None:
    """Say something beside the answer."""
    click.echo(visible(text), err=True)


def print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a traceback on stderr as Python does; what the error quotes cannot control the terminal."""
    from traceback import format_exception

    click.echo(visible("".join(format_exception(kind, error, trace))), err=True, nl=False)


def visible(text: str) -> str:
    """Spell the characters that could control the terminal or are not drawn; line breaks stay."""
    from iamsql.render import seen

    return "\n".join(map(seen, text.split("\n")))


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return error.format_message() + (f"\nSee: {context.command_path} --help" if context else "")
