"""The options that several commands share, and the checks of option values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from iamsql import option_types
from iamsql.cli.settings import (
    announcing,
    choose_file,
    choose_organization,
    is_stated,
    locate_runs,
)
from iamsql.model import IamsqlError

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

RUN = click.option(
    "--run",
    default="latest",
    show_default=True,
    metavar="latest|previous|ID|PATH",
    help="The run to use. latest is the newest run that has the required tables; a path may be any DuckDB file.",
)
RUNS = click.option(
    "--runs",
    envvar="IAMSQL_RUNS",
    callback=locate_runs,
    metavar="DIR",
    help="The runs folder [default: $IAMSQL_RUNS, else the data folder].",
)
QUERIES = click.option(
    "--queries",
    "query_dirs",
    multiple=True,
    type=click.Path(),  # for IAMSQL_QUERIES, which has folders separated as in PATH
    envvar="IAMSQL_QUERIES",
    metavar="DIR",
    help="An additional folder of queries; repeatable.",
)


def out_option(text: str) -> Callable[[Any], Any]:
    """Return the option --out FILE, with --export as its other name and `text` as its help."""
    return click.option("--out", "--export", "export", type=click.Path(path_type=Path), metavar="FILE", help=text)


OUTPUT = click.option(
    "--output",
    "-o",
    default="table",
    show_default=True,
    metavar="FORMAT",
    help="The output format: table, csv, json, jsonl, markdown or line (a line for each column).",
)


def _config(expose: bool) -> Decorator:
    option = click.option(
        "--config",
        type=click.Path(path_type=Path),
        envvar="IAMSQL_CONFIG",
        is_eager=True,
        expose_value=expose,
        callback=choose_file,
        metavar="FILE",
        help="The configuration file [default: $IAMSQL_CONFIG, else ./iamsql.toml if it exists].",
    )
    return lambda command: option(announcing(command))


# A command with CONFIG has the parameter `config`, for the values of query parameters and suppressions.
CONFIG = _config(expose=True)
ORGANIZATION = click.option(
    "--organization",
    is_eager=True,
    expose_value=False,
    callback=choose_organization,
    metavar="NAME",
    help="Use the settings and the runs folder of this organization of the configuration file.",
)


def settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --config and --organization to a command that takes only its options from the file."""
    return ORGANIZATION(_config(expose=False)(command))


CSV_SAFE = click.option(
    "--csv-safe",
    is_flag=True,
    help="Prefix CSV cells that a spreadsheet would evaluate as a formula with an apostrophe.",
)
TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(0, 10**6),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="Stop a statement that runs longer; 0 means no limit.",
)
MEMORY = click.option(
    "--memory",
    metavar="SIZE",
    help="The memory limit of a statement, such as 512MB or 8GB [default: 2GB, or 80 % of the machine's memory if that is less].",
)
QUIET = click.option("--quiet", "-q", is_flag=True, help="Suppress notes and warnings; print errors only.")
JOBS = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="N",
    help="The number of organizations that are processed at the same time; for --all.",
)
ARGS = click.option("--arg", "args", multiple=True, metavar="NAME=VALUE", help="The value of a parameter; repeatable.")

MUTES = click.option(
    "--mutes",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A CSV or TOML file of suppressions: accepted alarms with an owner and an expiry date; repeatable.",
)


def checked(check: Callable[[str, Any], Any]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Return a callback that checks a value with a function of `option_types`; raise UsageError for an invalid value."""

    def callback(_ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        with _usage():
            return check(param.opts[0], value) if value else value

    return callback


ACCOUNT = click.option(
    "--account",
    "accounts",
    multiple=True,
    callback=checked(option_types.account_ids),
    metavar="ID",
    help="Only this account; repeatable.",
)


def external_id(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Return a valid external ID. The error does not repeat the ID; STS would repeat an invalid one in its error."""
    if value and not option_types.EXTERNAL_ID.fullmatch(value):
        raise click.UsageError(
            "--external-id and IAMSQL_EXTERNAL_ID take 2 to 1224 letters, digits and characters of +=,.@:/_-."
        )
    return value


def matching(pattern: Any, expected: str) -> Callable[[click.Context, click.Parameter, str | None], str]:
    """Return a callback that requires a compiled pattern; `expected` describes the value in the error."""

    def check(_ctx: click.Context, param: click.Parameter, value: str | None) -> str:
        if value and not pattern.fullmatch(value):
            raise click.UsageError(f"{param.opts[0]} takes {expected}, not {value!r}.")
        return value or ""

    return check


def age(_ctx: click.Context, param: click.Parameter, value: str | None) -> timedelta | None:
    """Parse an age such as 90d; raise UsageError for other text."""
    try:
        return option_types.parse_age(value) if value is not None else None
    except ValueError as error:
        raise click.UsageError(f"{param.opts[0]}: {error}") from None


def check_window(days: int | None, start: str | None, end: str | None) -> None:
    """Raise UsageError for a time window that is empty, or given in two ways."""
    with _usage():
        option_types.window(days, start, end)


def pairs(args: tuple[str, ...]) -> dict[str, str]:
    """Split each NAME=VALUE; raise UsageError for another form and for a name that is given twice.

    Drop line ends after a value: $(…) leaves the CR of a CRLF line end.
    """
    values: dict[str, str] = {}
    for arg in args:
        name, mark, value = arg.partition("=")
        if not mark or not name:
            raise click.UsageError(f"--arg takes NAME=VALUE, not {arg!r}.")
        if name in values:
            raise click.UsageError(f"--arg {name} is given twice.")
        values[name] = value.rstrip("\r\n")
    return values


def is_given(name: str) -> bool:
    """Return whether the user gave an option of the current command, on the command line or in the environment."""
    return is_stated(click.get_current_context(), name)


@contextmanager
def _usage() -> Iterator[None]:
    """Convert an IamsqlError about a value to a UsageError, which refers to the help of the command."""
    try:
        yield
    except IamsqlError as error:
        raise click.UsageError(str(error)) from None
