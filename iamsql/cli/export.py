"""`iamsql export`: a run's tables as Parquet or CSV files, with a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from iamsql.cli.errors import say
from iamsql.cli.query import CSV_SAFE, MEMORY, RUN, RUNS, TIMEOUT, bounds


@click.command(no_args_is_help=True)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="What to write each table as.",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME|PATTERN",
    help="Write only this table, or those that a pattern such as 'aws_iam_*' fits; repeatable.",
)
@click.option("--raw", is_flag=True, help="Write what AWS answered too, call by call.")
@CSV_SAFE
@RUN
@RUNS
@TIMEOUT
@MEMORY
@click.option("--quiet", "-q", is_flag=True, help="Say nothing on stderr but errors.")
def export(folder: Path, run: str, runs: str | None, quiet: bool, **options: Any) -> None:
    """Write a run's tables into a new or empty folder DIR, a file each, with a manifest.json.

    A table of 100,000 rows or more becomes a folder with a file an account. The run's own accounts, coverage and facts
    come along; the manifest has columns, rows, checksums, and the SQL that reads each table back.
    """
    import iamsql.export as exporting
    from iamsql.runs import runs_folder

    wanted = exporting.Wanted(options["fmt"], options["tables"], options["raw"], options["csv_safe"])
    done = exporting.export(folder, wanted, run=run, runs_dir=runs_folder(runs), bounds=bounds(options))
    for line in () if quiet else done.lines:
        say(line)
