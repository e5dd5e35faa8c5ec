"""Options that are checked before anything is asked of AWS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from iamsql import option_types
from iamsql.model import IamsqlError


def account_ids(_ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Hold account ids to twelve digits."""
    with _usage():
        option_types.account_ids(param.opts[0], value if isinstance(value, tuple) else tuple(filter(None, [value])))
    return value


def external_id(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Refuse an external id that STS would quote in its refusal; the message does not quote the id."""
    if value and not option_types.EXTERNAL_ID.fullmatch(value):
        raise click.UsageError(
            "--external-id and IAMSQL_EXTERNAL_ID take 2 to 1224 letters, digits and characters of +=,.@:/_-."
        )
    return value


def day(_ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Hold a date to the form 2026-03-01."""
    with _usage():
        return option_types.day(param.opts[0], value) if value else value


def region_names(_ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Hold a region to the form us-east-1."""
    with _usage():
        return option_types.regions(param.opts[0], value)


def event_names(_ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Hold an event's name to letters and digits, and `none` to itself."""
    with _usage():
        return option_types.events(param.opts[0], value)


def check_window(days: int | None, start: str | None, end: str | None) -> None:
    """Refuse a window that is empty, or named in two ways."""
    with _usage():
        option_types.window(days, start, end)


@contextmanager
def _usage() -> Iterator[None]:
    """Turn an error about a value into one that names the command's help."""
    try:
        yield
    except IamsqlError as error:
        raise click.UsageError(str(error)) from None
