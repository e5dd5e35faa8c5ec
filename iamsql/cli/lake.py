"""`iamsql lake`: list, verify, compact and prune a lake of many runs as Parquet files."""

from __future__ import annotations

from datetime import timedelta

import click

from iamsql.cli.errors import say_all
from iamsql.cli.lake_options import KMS_KEY, LAKE, ORGANIZATION, PROFILE, storage_of
from iamsql.cli.options import OUTPUT, QUIET, RUNS, age, settings
from iamsql.cli.output import print_rows
from iamsql.cli.terminal import COLOR, WIDE, terminal_style
from iamsql.lake.add import add_runs, runs_to_add, table_of_added
from iamsql.lake.compact import compact as compact_events
from iamsql.lake.overview import table_of_lake
from iamsql.lake.prune import GRACE, LakeLimits
from iamsql.lake.prune import prune as prune_lake
from iamsql.lake.verify import verify as verify_lake
from iamsql.runs import runs_folder
from iamsql.runs.prune import Limits


@click.group()
def lake() -> None:
    """Keep many runs as Parquet files, of one or more organizations, in a folder or in S3."""


@lake.command()
@click.argument("names", nargs=-1, metavar="[RUN]...")
@LAKE
@PROFILE
@KMS_KEY
@click.option("--all", "every", is_flag=True, help="Add every finished run of the runs folder.")
@RUNS
@settings
@OUTPUT
@COLOR
@WIDE
@QUIET
def add(
    names: tuple[str, ...],
    lake: str,
    profile: str | None,
    kms_key: str | None,
    every: bool,
    runs: str | None,
    output: str,
    color: str,
    wide: bool,
    quiet: bool,
) -> None:
    """Add runs to a lake: latest [default], previous, an ID or its prefix, the day of its start, or a path.

    The tables of each run are stored as Parquet files. Of its events, those that the lake does not have are stored, so each
    event is in the lake once, even if several runs contain it. A run that the lake has is not added again.

    Other commands see a run when all of it is stored. A command that is interrupted changes no answer, and can be repeated.
    """
    if names and every:
        raise click.UsageError("Give the runs or --all, not both.")
    paths = runs_to_add(runs_folder(runs), names, every=every)

    def progress(line: str) -> None:
        say_all([line], quiet=quiet)

    added, lines = add_runs(storage_of(lake, profile, kms_key), paths, progress)
    print_rows(table_of_added(added), output, terminal_style(color, wide))
    say_all(lines, quiet=quiet)


@lake.command("list")
@LAKE
@ORGANIZATION
@PROFILE
@click.option("--events", is_flag=True, help="List the events by organization and region instead of the runs.")
@OUTPUT
@COLOR
@WIDE
def list_(
    lake: str, organization: str | None, profile: str | None, events: bool, output: str, color: str, wide: bool
) -> None:
    """List the runs of a lake, newest first, with the number of accounts listed and read, and the size of their tables.

    The events of all runs of an organization are stored together, each event once. Their days, files, rows and size are
    printed below the runs.
    """
    result, lines = table_of_lake(storage_of(lake, profile), organization, events=events)
    print_rows(result, output, terminal_style(color, wide))
    say_all(lines)


@lake.command()
@LAKE
@ORGANIZATION
@PROFILE
@click.option("--sizes-only", is_flag=True, help="Compare the sizes of the files, without reading them.")
@OUTPUT
@COLOR
@WIDE
def verify(
    lake: str, organization: str | None, profile: str | None, sizes_only: bool, output: str, color: str, wide: bool
) -> int:
    """Verify that the files of a lake match its manifest. Exit with code 1 if a file is missing or was changed.

    The size and the SHA-256 of each file are compared with the manifest. Files that the manifest does not list are counted:
    they are left by commands that were interrupted, and by `compact` and `prune`, and change no answer.

    Anybody who can write all files of the lake can also write its manifest. To detect such a change, keep a copy of the folder
    `manifest` elsewhere, or use the versions and the object lock of the bucket.
    """
    verification = verify_lake(storage_of(lake, profile), organization, sizes_only=sizes_only)
    print_rows(verification.rows, output, terminal_style(color, wide))
    say_all(verification.lines)
    return int(not verification.intact)


@lake.command()
@LAKE
@ORGANIZATION
@PROFILE
@KMS_KEY
@click.option("--days", type=click.IntRange(1, 100_000), metavar="N", help="Only the last N days of events.")
@OUTPUT
@COLOR
@WIDE
def compact(
    lake: str,
    organization: str | None,
    profile: str | None,
    kms_key: str | None,
    days: int | None,
    output: str,
    color: str,
    wide: bool,
) -> None:
    """Merge the event files of each organization, region and day into one, and list what was merged.

    Each run adds a file to each day of its events. A query over fewer, sorted files opens less and skips more. The merged
    files stay until `iamsql lake prune` deletes them, because queries may be reading them.
    """
    result = compact_events(storage_of(lake, profile, kms_key), organization, days)
    print_rows(result, output, terminal_style(color, wide))
    say_all([] if result.rows else ["No day has several files of events."])


@lake.command()
@LAKE
@ORGANIZATION
@PROFILE
@click.option(
    "--keep", type=click.IntRange(min=0), metavar="N", help="Keep the N newest finished runs of each organization."
)
@click.option(
    "--older-than", callback=age, metavar="AGE", help="Keep runs that started less than AGE ago: 90d, 12w, 6m, 1y."
)
@click.option(
    "--events-older-than", callback=age, metavar="AGE", help="Remove the events of days that are more than AGE ago."
)
@click.option(
    "--grace",
    callback=age,
    default=f"{GRACE.days}d",
    show_default=True,
    metavar="AGE",
    help="Do not delete files that were written, or listed in the manifest, less than AGE ago.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be removed and deleted, and change nothing.")
@OUTPUT
@COLOR
@WIDE
def prune(
    lake: str,
    organization: str | None,
    profile: str | None,
    keep: int | None,
    older_than: timedelta | None,
    events_older_than: timedelta | None,
    grace: timedelta,
    dry_run: bool,
    output: str,
    color: str,
    wide: bool,
) -> None:
    """Remove old runs and old events from a lake, and delete the files that are no longer needed.

    A run is removed if neither --keep nor --older-than keeps it; the newest complete run of an organization always stays.
    Events stay when their run is removed, and only --events-older-than removes them.

    Files are deleted when the manifest has not listed them for a day (--grace): files of removed runs and events, files that
    `compact` has merged, and files of commands that were interrupted. The ten newest manifests stay. Without options, only such
    files are deleted.
    """
    limits = LakeLimits(Limits(keep, older_than), events_older_than)
    outcome = prune_lake(storage_of(lake, profile), limits, organization, dry_run=dry_run, grace=grace)
    print_rows(outcome.removed.table(), output, terminal_style(color, wide))
    say_all(outcome.lines())
