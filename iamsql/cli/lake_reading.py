"""Where a command reads: the runs folder, the runs of a lake, or the state at a past moment; and the options that say so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from iamsql.cli.options import Decorator, is_given
from iamsql.cli.settings import choice, choose_lake
from iamsql.runs.directory import Folder, runs_folder
from iamsql.runs.latest import RunName
from iamsql.runs.store.limits import parse_size

if TYPE_CHECKING:
    from iamsql.lake.mount import Mount
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


ENGINE = click.option(
    "--engine",
    metavar="sc://HOST:PORT",
    help="Run certified queries on a Spark Connect server over the files of the lake, instead of DuckDB.",
)


AT_OR_PAST = click.option(
    "--at",
    default="",
    metavar="TIME|RUN",
    help="Answer for the state at a time in UTC: the newest run before it, with the IAM events until then applied. A day means its "
    "end. With --lake: the newest run before a time, or a run.",
)


def lake_options(*, days: bool = True, engine: Decorator | None = None, is_past: bool = False) -> Decorator:
    """Return a decorator that adds the options; `reading` reads them.

    `days` is false for a command with another option --days. `engine` is the option --engine of the command. With `is_past`, --at
    has a meaning without --lake.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            *([engine] if engine else []),
            MAX_BYTES,
            *([DAYS] if days else []),
            AT_OR_PAST if is_past else AT,
            LAKE,
        ):
            command = option(command)
        return command

    return decorate


@dataclass(frozen=True)
class Reading:
    """Where a command reads: the runs folder and the run, and the lake of the folder."""

    folder: Folder
    run: RunName = "latest"
    mount: Mount | None = None

    def notes_on_reads(self, tables: Collection[str], run: Any) -> list[str]:
        """Return sentences about the files of the lake that a statement over tables of a run reads; [] without a lake."""
        view = self.mount.views.get(run) if self.mount else None  # --run can name a file that is not of the lake
        return view.reads(tables).lines() if view else []

    def notes_on_engine(self) -> list[str]:
        """Return a line for each query that DuckDB ran although the command has another engine."""
        local = self.mount.local_queries() if self.mount else {}
        return [f"{name} ran in DuckDB: {reason}." for name, reason in local.items()]


@contextmanager
def reading(
    options: Mapping[str, Any],
    *,
    has_days: bool = True,
    is_remote: bool = False,
    is_past: bool = False,
    has_runs: bool = False,
) -> Iterator[Reading]:
    """Yield where the options of a command say that it reads.

    With `is_remote`, DuckDB runs no statement in place of the engine. `has_days` and `is_past` are those of `lake_options`. With
    `has_runs`, the command reads other runs too: it gets the file of the past state as its run, and the runs folder.
    """
    run = options.get("run", "latest")
    if options["lake"]:
        with _mounted(options, options.get("days") if has_days else None, is_remote=is_remote) as mount:
            yield Reading(mount.runs, run, mount)
        return
    _require_none(has_days=has_days, has_engine="engine" in options, is_past=is_past)
    folder = runs_folder(options["runs"])
    if not options["at"]:
        yield Reading(folder, run)
        return
    if is_given("run"):
        raise click.UsageError("Use --at or --run, not both.")
    from iamsql.runs.reconstruct.open import past_run  # noqa: PLC0415 - for --at only

    with past_run(folder, options["at"]) as path:
        yield Reading(folder, path) if has_runs else Reading(path.parent)


@contextmanager
def _mounted(options: Mapping[str, Any], days: int | None, *, is_remote: bool) -> Iterator[Mount]:
    from iamsql.lake.open import mounted_lake  # noqa: PLC0415 - for --lake only

    context = click.get_current_context()
    # IAMSQL_RUNS is a default for every command, which --lake replaces.
    if context.get_parameter_source("runs") is ParameterSource.COMMANDLINE:
        raise click.UsageError("Use --lake or --runs, not both.")
    limit = parse_size(options["max_bytes"]) if options["max_bytes"] else None
    if options["max_bytes"] and limit is None:
        raise click.UsageError(f"--max-bytes takes a size such as 500MB or 20GB, not {options['max_bytes']!r}.")
    selection = {"organization": choice(context).organization, "at": options["at"], "days": days}
    engine, connect = options.get("engine"), None
    if engine:
        from iamsql.lake.remote import spark  # noqa: PLC0415 - for --engine only

        connect = spark(engine, is_strict=is_remote)
    with mounted_lake(options["lake"], selection, limit, connect, is_remote=is_remote and bool(engine)) as mount:
        yield mount


def _require_none(*, has_days: bool, has_engine: bool, is_past: bool) -> None:
    """Raise UsageError for an option that requires --lake."""
    names = {"at": not is_past, "max_bytes": True, "days": has_days, "engine": has_engine}
    for name in (name for name, is_of_lake in names.items() if is_of_lake):
        if is_given(name):
            raise click.UsageError(f"--{name.replace('_', '-')} requires --lake.")
