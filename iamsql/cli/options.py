"""The options that select the configuration file, and what commands do with the values of options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from iamsql.catalog.settings import option_types
from iamsql.cli.settings import (
    choose_file,
    choose_organization,
    is_explicit,
    wrap_with_announcement,
)
from iamsql.model import IamsqlError

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _config_option(expose: bool) -> Decorator:
    option = click.option(
        "--config",
        type=click.Path(path_type=Path),
        envvar="IAMSQL_CONFIG",
        is_eager=True,
        expose_value=expose,
        callback=choose_file,
        metavar="FILE",
        help="The configuration file [default: $IAMSQL_CONFIG, otherwise ./iamsql.toml if it exists].",
    )
    return lambda command: option(wrap_with_announcement(command))


# A command with CONFIG_OPTION has the parameter `config`, for the values of query parameters and suppressions.
CONFIG_OPTION = _config_option(expose=True)
ORGANIZATION_OPTION = click.option(
    "--organization",
    is_eager=True,
    expose_value=False,
    callback=choose_organization,
    metavar="NAME",
    help="Use the settings and the runs folder of this organization of the configuration file.",
)


def add_config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --config and --organization to a command that takes only its options from the file."""
    return ORGANIZATION_OPTION(_config_option(expose=False)(command))


def check_window(days: int | None, start: str | None, end: str | None) -> None:
    """Raise UsageError for a time window that is empty, or given in two ways."""
    try:
        option_types.require_valid_window(days, start, end)
    except IamsqlError as error:
        raise click.UsageError(str(error)) from None


def parse_pairs(args: tuple[str, ...]) -> dict[str, str]:
    """Split each NAME=VALUE; raise UsageError for another form and for a name that is given twice.

    Drop line ends after a value: $(…) leaves the CR of a CRLF line end.
    """
    values: dict[str, str] = {}
    for arg in args:
        name, separator, value = arg.partition("=")
        if not separator or not name:
            raise click.UsageError(f"--arg takes NAME=VALUE, not {arg!r}.")
        if name in values:
            raise click.UsageError(f"--arg {name} is given twice.")
        values[name] = value.rstrip("\r\n")
    return values


def is_given(name: str) -> bool:
    """Return whether the user gave an option of the current command, on the command line or in the environment."""
    return is_explicit(click.get_current_context(), name)
