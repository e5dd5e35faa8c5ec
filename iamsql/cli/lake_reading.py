"""Where a command reads: the runs folder, the runs of a lake, or the state at a past moment."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from iamsql.catalog.settings.groups import Engine, LakeDays, LakeRuns, PastOrLake, RunChoice, RunsFolder
from iamsql.cli.settings import GIVEN_SOURCES, current_choice
from iamsql.runs.directory import Folder, runs_folder
from iamsql.runs.latest import RunName
from iamsql.runs.store.limits import parse_size

if TYPE_CHECKING:
    from iamsql.lake.mount import Mount


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
        local_queries = self.mount.local_queries() if self.mount else {}
        return [f"{name} ran in DuckDB: {reason}." for name, reason in local_queries.items()]


@contextmanager
def reading(options: LakeRuns, *, is_remote: bool = False, has_runs: bool = False) -> Iterator[Reading]:
    """Yield where the options of a command say that it reads.

    With `is_remote`, DuckDB runs no statement in place of the engine. With `has_runs`, the command reads other runs too: it gets
    the file of the past state as its run, and the runs folder.
    """
    run = options.run if isinstance(options, RunChoice) else "latest"
    if options.lake:
        with _mount_lake(options, is_remote=is_remote) as mount:
            yield Reading(mount.runs, run, mount)
        return
    context = click.get_current_context()
    requires_lake = {
        "at": not isinstance(options, PastOrLake),
        "max_bytes": True,
        "days": isinstance(options, LakeDays),
        "engine": isinstance(options, Engine),
    }
    for name in (name for name, is_of_lake in requires_lake.items() if is_of_lake):
        if context.get_parameter_source(name) in GIVEN_SOURCES:
            raise click.UsageError(f"--{name.replace('_', '-')} requires --lake.")
    folder = runs_folder(options.runs if isinstance(options, RunsFolder) else None)
    if not options.at:
        yield Reading(folder, run)
        return
    if context.get_parameter_source("run") in GIVEN_SOURCES:
        raise click.UsageError("Use --at or --run, not both.")
    from iamsql.runs.reconstruct.open import past_run  # noqa: PLC0415 - for --at only

    with past_run(folder, options.at) as path:
        yield Reading(folder, path) if has_runs else Reading(path.parent)


@contextmanager
def _mount_lake(options: LakeRuns, *, is_remote: bool) -> Iterator[Mount]:
    from iamsql.lake.open import mounted_lake  # noqa: PLC0415 - for --lake only

    context = click.get_current_context()
    # IAMSQL_RUNS is a default for every command, which --lake replaces.
    if context.get_parameter_source("runs") is ParameterSource.COMMANDLINE:
        raise click.UsageError("Use --lake or --runs, not both.")
    limit = parse_size(options.max_bytes) if options.max_bytes else None
    if options.max_bytes and limit is None:
        raise click.UsageError(f"--max-bytes takes a size such as 500MB or 20GB, not {options.max_bytes!r}.")
    days = options.days if isinstance(options, LakeDays) else None
    selection = {"organization": current_choice(context).organization, "at": options.at, "days": days}
    engine, connect = options.engine if isinstance(options, Engine) else None, None
    if engine:
        from iamsql.lake.remote import spark_connector  # noqa: PLC0415 - for --engine only

        connect = spark_connector(engine, is_strict=is_remote)
    with mounted_lake(str(options.lake), selection, limit, connect, is_remote=is_remote and bool(engine)) as mount:
        yield mount
