"""`iamsql export`: write a run's tables as Parquet or CSV files, with a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from iamsql import export as exporting
from iamsql.cli.errors import say_all
from iamsql.cli.options import CSV_SAFE, MEMORY, QUIET, RUN, RUNS, TIMEOUT
from iamsql.cli.output import limits
from iamsql.runs import runs_folder


@click.command(no_args_is_help=True)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="The format of the files.",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME|PATTERN",
    help="Write only this table, or the tables that match a pattern such as 'aws_iam_*'; repeatable.",
)
@click.option("--raw", is_flag=True, help="Also write the items of each call as AWS returned them.")
@CSV_SAFE
@RUN
@RUNS
@TIMEOUT
@MEMORY
@QUIET
def export(folder: Path, run: str, runs: str | None, quiet: bool, **options: Any) -> None:
    """Write the tables of a run to Parquet or CSV files in DIR, a new or empty folder, with a manifest.json.

    Each table is a file; a table of 100,000 rows or more is a folder with a file for each account. The export includes the
    run's accounts, coverage and metadata. The manifest has columns, row counts, checksums, and the SQL that reads each table.
    """
    export_options = exporting.ExportOptions(options["fmt"], options["tables"], options["raw"], options["csv_safe"])
    done = exporting.export(folder, export_options, run=run, runs_dir=runs_folder(runs), limits=limits(options))
    say_all(done.lines, quiet=quiet)
