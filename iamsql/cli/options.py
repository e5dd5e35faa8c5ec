"""Options that are checked before anything is asked of AWS."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import click

REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")
EVENT = re.compile(r"[A-Za-z][A-Za-z0-9]{1,99}")
ACCOUNT = re.compile(r"\d{12}")
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)  # externalIdType in botocore's model of STS


def account_ids(_ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Hold account ids to twelve digits."""
    for one in value if isinstance(value, tuple) else filter(None, [value]):
        if not ACCOUNT.fullmatch(one):
            raise click.UsageError(f"{param.opts[0]} takes an account id of 12 digits, not {one!r}.")
    return value


def external_id(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Refuse an external id that STS would quote in its refusal; the message does not quote the id."""
    if value and not EXTERNAL_ID.fullmatch(value):
        raise click.UsageError(
            "--external-id and IAMSQL_EXTERNAL_ID take 2 to 1224 letters, digits and characters of +=,.@:/_-."
        )
    return value


def day(_ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Hold a date to the form 2026-03-01."""
    try:
        return date.fromisoformat(value).isoformat() if value else value
    except ValueError:
        raise click.UsageError(f"{param.opts[0]} takes a date such as 2026-03-01, not {value!r}.") from None


def region_names(_ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Hold a region to the form us-east-1."""
    if "all" in value and len(value) > 1:
        raise click.UsageError("--region all stands alone: it is every region.")
    for one in value:
        if one != "all" and not REGION.fullmatch(one):
            raise click.UsageError(f"{param.opts[0]} takes a region such as us-east-1, not {one!r}.")
    return value


def event_names(_ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Hold an event's name to letters and digits, and `none` to itself."""
    if "none" in value and len(value) > 1:
        raise click.UsageError("--event none stands alone: it is no look-up at all.")
    for one in value:
        if one != "all-writes" and not EVENT.fullmatch(one):
            raise click.UsageError(f"{param.opts[0]} takes the name of an event such as CreateUser, not {one!r}.")
    return value


def check_window(days: int | None, start: str | None, end: str | None) -> None:
    """Refuse a window that is empty, or named in two ways."""
    if days is not None and days < 1:
        raise click.UsageError(f"--days must be 1 or more, not {days}.")
    if days is not None and start:
        raise click.UsageError("Give --days or --start-date, not both.")
    if start and end and end < start:
        raise click.UsageError(f"--end-date {end} is before --start-date {start}.")
