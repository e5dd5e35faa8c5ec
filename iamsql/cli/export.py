"""`iamsql export`: write a run's tables as Parquet or CSV files with a manifest, or its reports as one spreadsheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from iamsql.cli.errors import FAILED, load, say_all
from iamsql.cli.options import CSV_SAFE, MEMORY, QUERIES, QUIET, RUN, RUNS, TIMEOUT, is_given, settings
from iamsql.cli.output import limits
from iamsql.cli.settings import choice
from iamsql.query import export as exporting
from iamsql.runs import runs_folder

# Loaded when they are needed, because they load every query.
WORKBOOK = "iamsql.query.export.workbook:export_workbook"
MOD = "iamsql.check.outputs.powerpipe:export_mod"
POWERPIPE = "powerpipe"


@click.command(no_args_is_help=True)
@click.argument("target", required=False, type=click.Path(path_type=Path), metavar="[DIR|FILE.xlsx]")
@click.option(
    "--output",
    "-o",
    "fmt",
    type=click.Choice(["parquet", "csv", "xlsx", POWERPIPE]),
    default="parquet",
    show_default="xlsx for FILE.xlsx, else parquet",
    help="The format of the files.",
)
@click.option(
    "--benchmark",
    "benchmarks",
    multiple=True,
    metavar="BENCHMARK|CONTROL|TAG",
    help="The controls of a Powerpipe mod [default: iamsql]; repeatable.",
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
@QUERIES
@settings
@TIMEOUT
@MEMORY
@QUIET
def export(target: Path | None, run: str, runs: str | None, quiet: bool, **options: Any) -> int:
    """Write the tables of a run to Parquet or CSV files in DIR, a new or empty folder, with a manifest.json.

    Each table is a file; a table of 100,000 rows or more is a folder with a file for each account. The export includes the
    run's accounts, coverage and metadata. The manifest has columns, row counts, checksums, and the SQL that reads each table.

    With --output xlsx, write one spreadsheet, FILE.xlsx [default: RUN_ID.xlsx]. It has a sheet for each report that needs no
    arguments, and a first sheet that lists the reports, the accounts that were not read, and the reports without an answer.
    Exit code 2: a report failed.

    With --output powerpipe, write a Powerpipe mod into DIR: mod.pp with benchmarks and controls, and results.duckdb with the
    results that the controls select. Exit code 2: a control failed.
    """
    is_workbook = options["fmt"] == "xlsx" or (target and target.suffix.lower() == ".xlsx" and not is_given("fmt"))
    chosen: dict[str, Any] = {"run": run, "runs_dir": runs_folder(runs), "limits": limits(options)}
    if (is_workbook or options["fmt"] == POWERPIPE) and (options["tables"] or options["raw"]):
        raise click.UsageError("--table and --raw are for parquet and csv; other formats have reports or results.")
    if is_workbook:
        written = load(WORKBOOK)(target, **chosen)
        say_all(written.lines, quiet=quiet)
        say_all(f"Error: {failure}" for failure in written.failures)
        return FAILED if written.failures else 0
    if target is None:
        raise click.UsageError("Missing argument 'DIR'.")
    if options["fmt"] == POWERPIPE:
        return _powerpipe(target, quiet, options, **chosen)
    if options["benchmarks"]:
        raise click.UsageError(f"--benchmark is for --output {POWERPIPE}.")
    export_options = exporting.ExportOptions(options["fmt"], options["tables"], options["raw"], options["csv_safe"])
    say_all(exporting.export(target, export_options, **chosen).lines, quiet=quiet)
    return 0


def _powerpipe(target: Path, quiet: bool, options: dict[str, Any], **chosen: Any) -> int:
    """Write a Powerpipe mod, and return the exit code."""
    config = choice(click.get_current_context()).file
    written = load(MOD)(target, options["benchmarks"], options["query_dirs"], config, **chosen)
    say_all(written.lines, quiet=quiet)
    say_all(f"Error: {failure}" for failure in written.failures)
    return FAILED if written.failures else 0
