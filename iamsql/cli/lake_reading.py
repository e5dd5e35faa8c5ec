"""The options of commands that read a lake instead of the runs folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from iamsql.cli.errors import load, say_all
from iamsql.cli.options import Decorator, is_given
from iamsql.cli.settings import choice, choose_lake
from iamsql.runs import runs_folder
from iamsql.store.limits import parse_size

PAST = "iamsql.past.open:past_folder"  # loaded only with --at
MOUNTED, SPARK = "iamsql.lake.open:mounted_lake", "iamsql.lake.remote:spark"  # loaded only with --lake and --engine
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


def lake_options(
    *,
    days: bool = True,
    engine: Decorator | None = None,
    is_remote: bool = False,
    is_past: bool = False,
    has_runs: bool = False,
) -> Decorator:
    """Return a decorator that adds the options, and gives the command the folder of the lake as its runs folder.

    `days` is false for a command with another option --days. `engine` is the option --engine of the command; if `is_remote`,
    DuckDB runs no statement in its place. With `is_past`, --at without --lake gives the command the folder of a past state.
    With `has_runs`, the command reads other runs too: it gets the file of the past state as its run, and the runs folder.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        names = ("at", "max_bytes", *(["days"] if days else []), *(["engine"] if engine else []))

        @wraps(command)
        def with_lake(*args: Any, lake: str, **options: Any) -> Any:
            of_lake = {name: options.pop(name) for name in names}
            with ExitStack() as stack:
                if lake:
                    options["runs"] = _mount(stack, lake, of_lake, is_remote=is_remote)
                else:
                    _require_none([name for name in names if not (is_past and name == "at")])
                    if of_lake["at"]:
                        folder = _past(stack, of_lake["at"], options)
                        options |= {"run": _only_run(folder)} if has_runs else {"runs": str(folder), "run": "latest"}
                code = command(*args, **options)
                say_all(_engine_notes(), quiet=options["quiet"])
                return code

        for option in (
            *([engine] if engine else []),
            MAX_BYTES,
            *([DAYS] if days else []),
            AT_OR_PAST if is_past else AT,
            LAKE,
        ):
            with_lake = option(with_lake)
        return with_lake

    return decorate


def _past(stack: ExitStack, at: str, options: Mapping[str, Any]) -> Path:
    if is_given("run"):
        raise click.UsageError("Use --at or --run, not both.")
    folder: Path = stack.enter_context(load(PAST)(runs_folder(options["runs"]), at))
    return folder


def _only_run(folder: Path) -> str:
    [path] = folder.glob("*.duckdb")
    return str(path)


def reads_notes(tables: Collection[str], run: Any) -> list[str]:
    """Return sentences about the files of the lake that a statement over tables of a run reads; [] without a lake."""
    mount = click.get_current_context().meta.get(MOUNT)
    view = mount.views.get(run) if mount else None  # --run can name a file that is not of the lake
    return view.reads(tables).lines() if view else []


def _engine_notes() -> list[str]:
    """Return a line for each query that DuckDB ran although the command has another engine."""
    mount = click.get_current_context().meta.get(MOUNT)
    local = mount.local_queries() if mount else {}
    return [f"{name} ran in DuckDB: {reason}." for name, reason in local.items()]


def _mount(stack: ExitStack, lake: str, options: dict[str, Any], *, is_remote: bool) -> str:
    context = click.get_current_context()
    # IAMSQL_RUNS is a default for every command, which --lake replaces.
    if context.get_parameter_source("runs") is ParameterSource.COMMANDLINE:
        raise click.UsageError("Use --lake or --runs, not both.")
    limit = parse_size(options["max_bytes"]) if options["max_bytes"] else None
    if options["max_bytes"] and limit is None:
        raise click.UsageError(f"--max-bytes takes a size such as 500MB or 20GB, not {options['max_bytes']!r}.")
    selection = {"organization": choice(context).organization, "at": options["at"], "days": options.get("days")}
    engine = options.get("engine")
    connect = load(SPARK)(engine, is_strict=is_remote) if engine else None
    is_remote = is_remote and bool(engine)
    mount = stack.enter_context(load(MOUNTED)(lake, selection, limit, connect, is_remote=is_remote))
    context.meta[MOUNT] = mount
    return str(mount.folder)


def _require_none(names: Collection[str]) -> None:
    for name in names:
        if is_given(name):
            raise click.UsageError(f"--{name.replace('_', '-')} requires --lake.")
