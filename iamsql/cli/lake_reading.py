"""The options of commands that read a lake instead of the runs folder."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack
from functools import wraps
from typing import Any

import click

from iamsql.cli.errors import load
from iamsql.cli.options import Decorator, is_given
from iamsql.cli.settings import choice, choose_lake
from iamsql.store.limits import parse_size

MOUNTED = "iamsql.lake.open:mounted_lake"  # loaded only with --lake
MOUNT = "iamsql.lake"  # the key of the mount in the metadata of the context
LAKE = click.option(
    "--lake",
    is_eager=True,
    callback=choose_lake,
    metavar="DIR|s3://BUCKET/PREFIX",
    help="Read the runs of a lake instead of the runs folder. --organization then selects an organization of the lake.",
)
AT = click.option(
    "--at",
    default="",
    metavar="TIME|RUN",
    help="Read the lake as it was at a time in UTC, or at a run: the newest run then is latest. A day means its end.",
)
DAYS = click.option(
    "--days",
    type=click.IntRange(min=0),
    metavar="N",
    help="Read only the events of the last N days before the run; with --lake.",
)
MAX_BYTES = click.option(
    "--max-bytes",
    metavar="SIZE",
    help="Refuse a statement that reads more bytes of the lake, such as 500MB or 20GB. --explain shows how many it reads.",
)


def lake_options(*, days: bool = True) -> Decorator:
    """Return a decorator that adds the options, and gives the command the folder of the lake as its runs folder.

    `days` is false for a command with another option --days.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        names = ("at", "max_bytes", *(["days"] if days else []))

        @wraps(command)
        def with_lake(*args: Any, lake: str, **options: Any) -> Any:
            of_lake = {name: options.pop(name) for name in names}
            with ExitStack() as stack:
                if lake:
                    options["runs"] = _mount(stack, lake, of_lake)
                else:
                    _require_none(names)
                return command(*args, **options)

        for option in (MAX_BYTES, *([DAYS] if days else []), AT, LAKE):
            with_lake = option(with_lake)
        return with_lake

    return decorate


def reads_notes(tables: Collection[str], run: Any) -> list[str]:
    """Return sentences about the files of the lake that a statement over tables of a run reads; [] without a lake."""
    mount = click.get_current_context().meta.get(MOUNT)
    return mount.views[run].reads(tables).lines() if mount else []


def _mount(stack: ExitStack, lake: str, options: dict[str, Any]) -> str:
    if is_given("runs"):
        raise click.UsageError("Use --lake or --runs, not both.")
    context = click.get_current_context()
    limit = parse_size(options["max_bytes"]) if options["max_bytes"] else None
    if options["max_bytes"] and limit is None:
        raise click.UsageError(f"--max-bytes takes a size such as 500MB or 20GB, not {options['max_bytes']!r}.")
    selection = {"organization": choice(context).organization, "at": options["at"], "days": options.get("days")}
    mount = stack.enter_context(load(MOUNTED)(lake, selection, limit))
    context.meta[MOUNT] = mount
    return str(mount.folder)


def _require_none(names: Collection[str]) -> None:
    for name in names:
        if is_given(name):
            raise click.UsageError(f"--{name.replace('_', '-')} requires --lake.")
