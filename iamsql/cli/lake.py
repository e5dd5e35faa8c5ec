"""`iamsql lake`: list, verify, compact and prune a lake of many runs as Parquet files."""

from __future__ import annotations

from datetime import timedelta

import click

from iamsql.catalog.settings import option_types
from iamsql.catalog.settings.groups import Quiet, RunsFolder
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.cli.lake_options import LakeOrganization, WrittenLake, build_storage
from iamsql.cli.output import print_rows
from iamsql.cli.terminal import terminal_style
from iamsql.lake.add import add_runs, runs_to_add, table_of_added_runs
from iamsql.lake.compact import compact as compact_events
from iamsql.lake.overview import table_of_lake
from iamsql.lake.prune import GRACE_PERIOD, LakeLimits
from iamsql.lake.prune import prune as prune_lake
from iamsql.lake.verify import verify as verify_lake
from iamsql.runs.directory import runs_folder
from iamsql.runs.prune import Limits


@click.group()
def lake() -> None:
    """Keep many runs as Parquet files, of one or more organizations, in a folder or in S3."""


@option_set
class AddOptions(WrittenLake, RunsFolder, Quiet):
    """The options of `iamsql lake add`."""

    names: tuple[str, ...] = argument((), "[RUN]...")
    every: bool = option(False, "--all", help="Add every finished run of the runs folder.")


@lake.command()
@takes(AddOptions)
def add(options: AddOptions) -> None:
    """Add runs to a lake: latest [default], previous, an ID or its prefix, the day of its start, or a path.

    The tables of each run are stored as Parquet files. Only events that are not in the lake yet are stored, so each event is
    stored once, even if several runs contain it. A run that is in the lake is not added again.

    Other commands see a run when all of it is stored. An interrupted command changes no answer and can be repeated.
    """
    if options.names and options.every:
        raise click.UsageError("Give the runs or --all, not both.")
    paths = runs_to_add(runs_folder(options.runs), options.names, every=options.every)

    def progress(line: str) -> None:
        say_all([line], quiet=options.quiet)

    added, lines = add_runs(build_storage(options), paths, progress)
    print_rows(table_of_added_runs(added), options.output, terminal_style(options.color, options.wide))
    say_all(lines, quiet=options.quiet)


@option_set
class ListOptions(LakeOrganization):
    """The options of `iamsql lake list`."""

    events: bool = option(False, "--events", help="List the events by organization and region instead of the runs.")


@lake.command("list")
@takes(ListOptions)
def list_(options: ListOptions) -> None:
    """List the runs of a lake, newest first, with the number of accounts listed and read, and the size of their tables.

    The events of all runs of an organization are stored together, each event once. Their days, files, rows and size are
    printed below the runs.
    """
    result, lines = table_of_lake(build_storage(options), options.organization, events=options.events)
    print_rows(result, options.output, terminal_style(options.color, options.wide))
    say_all(lines)


@option_set
class VerifyOptions(LakeOrganization):
    """The options of `iamsql lake verify`."""

    sizes_only: bool = option(False, "--sizes-only", help="Compare the sizes of the files, without reading them.")


@lake.command()
@takes(VerifyOptions)
def verify(options: VerifyOptions) -> int:
    """Verify that the files of a lake match its manifest. Exit with code 1 if a file is missing or was changed.

    The size and the SHA-256 of each file are compared with the manifest. Files that the manifest does not list are counted:
    they are left by commands that were interrupted, and by `compact` and `prune`, and change no answer.

    Anybody who can write all files of the lake can also write its manifest. To detect such a change, keep a copy of the folder
    `manifest` elsewhere, or use the versions and the object lock of the bucket.
    """
    verification = verify_lake(build_storage(options), options.organization, sizes_only=options.sizes_only)
    print_rows(verification.rows, options.output, terminal_style(options.color, options.wide))
    say_all(verification.lines)
    return int(not verification.intact)


@option_set
class CompactOptions(LakeOrganization, WrittenLake):
    """The options of `iamsql lake compact`."""

    days: int | None = option(None, "--days", metavar="N", bounds=(1, 100_000), help="Only the last N days of events.")


@lake.command()
@takes(CompactOptions)
def compact(options: CompactOptions) -> None:
    """Merge the event files of each organization, region and day into one, and list what was merged.

    Each run adds a file to each day of its events. A query over fewer, sorted files opens less and skips more. The merged
    files stay until `iamsql lake prune` deletes them, because queries may be reading them.
    """
    result = compact_events(build_storage(options), options.organization, options.days)
    print_rows(result, options.output, terminal_style(options.color, options.wide))
    say_all([] if result.rows else ["No day has several files of events."])


@option_set
class PruneOptions(LakeOrganization):
    """The options of `iamsql lake prune`."""

    keep: int | None = option(
        None, "--keep", metavar="N", bounds=(0, None), help="Keep the N newest finished runs of each organization."
    )
    older_than: timedelta | None = option(
        None, "--older-than", metavar="AGE", check=option_types.age,
        help="Keep runs that started less than AGE ago: 90d, 12w, 6m, 1y.",
    )  # fmt: skip
    events_older_than: timedelta | None = option(
        None, "--events-older-than", metavar="AGE", check=option_types.age,
        help="Remove the events of days that are more than AGE ago.",
    )  # fmt: skip
    grace: timedelta = option(
        f"{GRACE_PERIOD.days}d", "--grace", metavar="AGE", check=option_types.age,
        help="Do not delete files that were written, or listed in the manifest, less than AGE ago.",
    )  # fmt: skip
    dry_run: bool = option(False, "--dry-run", help="Print what would be removed and deleted, and change nothing.")


@lake.command()
@takes(PruneOptions)
def prune(options: PruneOptions) -> None:
    """Remove old runs and old events from a lake, and delete the files that are no longer needed.

    A run is removed if neither --keep nor --older-than keeps it; the newest complete run of an organization always stays.
    Events stay when their run is removed, and only --events-older-than removes them.

    Files are deleted when the manifest has not listed them for a day (--grace): files of removed runs and events, files that
    `compact` has merged, and files of commands that were interrupted. The ten newest manifests stay. Without options, only such
    files are deleted.
    """
    limits = LakeLimits(Limits(options.keep, options.older_than), options.events_older_than)
    storage = build_storage(options)
    outcome = prune_lake(storage, limits, options.organization, dry_run=options.dry_run, grace=options.grace)
    print_rows(outcome.removed.table(), options.output, terminal_style(options.color, options.wide))
    say_all(outcome.lines())
