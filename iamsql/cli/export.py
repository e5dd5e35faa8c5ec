"""`iamsql export`: write a run's tables as Parquet or CSV files with a manifest, or its reports as one spreadsheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from iamsql.catalog.settings.groups import CSV_SAFE_ATTRIBUTES, QueryFolders, Quiet, RunChoice, Statements
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.cli.declared import takes
from iamsql.cli.errors import FAILED_EXIT_CODE, say_all
from iamsql.cli.options import is_given
from iamsql.cli.output import limits
from iamsql.cli.settings import current_choice
from iamsql.query import export as exporting
from iamsql.runs.directory import runs_folder

# Loaded when they are needed, because they load every query.
POWERPIPE = "powerpipe"


@option_set
class ExportOptions(RunChoice, QueryFolders, Statements, Quiet):
    """The options of the command."""

    target: Path | None = argument(None, "[DIR|FILE.xlsx]")
    fmt: str = option(
        "parquet", "--output", "-o", choices=("parquet", "csv", "xlsx", POWERPIPE),
        default_text="xlsx for FILE.xlsx, otherwise parquet", help="The format of the files.",
    )  # fmt: skip
    benchmarks: tuple[str, ...] = option(
        (),
        "--benchmark",
        metavar="BENCHMARK|CONTROL|TAG",
        default_text="iamsql",
        help="The controls of a Powerpipe mod.",
    )
    tables: tuple[str, ...] = option(
        (),
        "--table",
        metavar="NAME|PATTERN",
        help="Write only these tables, or the tables that match patterns such as 'aws_iam_*'.",
    )
    raw: bool = option(False, "--raw", help="Also write the items of each call as AWS returned them.")
    csv_safe: bool = option(False, "--csv-safe", **CSV_SAFE_ATTRIBUTES)


@click.command(no_args_is_help=True)
@takes(ExportOptions)
def export(options: ExportOptions) -> int:
    """Write the tables of a run to Parquet or CSV files in DIR, a new or empty folder, with a manifest.json.

    Each table is a file; a table of 100,000 rows or more is a folder with a file for each account. The export includes the
    run's accounts, coverage and metadata. The manifest has columns, row counts, checksums, and the SQL that reads each table.

    With --output xlsx, write one spreadsheet, FILE.xlsx [default: RUN_ID.xlsx]. It has a sheet for each report that needs no
    arguments, and a first sheet that lists the reports, the accounts that were not read, and the reports without an answer.
    Exit code 2: a report failed.

    With --output powerpipe, write a Powerpipe mod into DIR: mod.pp with benchmarks and controls, and results.duckdb with the
    results that the controls select. Exit code 2: a control failed.
    """
    target, quiet = options.target, options.quiet
    is_workbook = options.fmt == "xlsx" or (target and target.suffix.lower() == ".xlsx" and not is_given("fmt"))
    options_of_run: dict[str, Any] = {
        "run": options.run,
        "runs_dir": runs_folder(options.runs),
        "limits": limits(options),
    }
    if (is_workbook or options.fmt == POWERPIPE) and (options.tables or options.raw):
        raise click.UsageError("--table and --raw are for parquet and csv; other formats have reports or results.")
    if is_workbook:
        from iamsql.query.export.workbook import export_workbook  # noqa: PLC0415 - XlsxWriter takes long to import

        export_result = export_workbook(target, **options_of_run)
        say_all(export_result.lines, quiet=quiet)
        say_all(f"Error: {failure}" for failure in export_result.failures)
        return FAILED_EXIT_CODE if export_result.failures else 0
    if target is None:
        raise click.UsageError("Missing argument 'DIR'.")
    if options.fmt == POWERPIPE:
        return _export_powerpipe(target, options, **options_of_run)
    if options.benchmarks:
        raise click.UsageError(f"--benchmark is for --output {POWERPIPE}.")
    export_options = exporting.ExportOptions(options.fmt, options.tables, options.raw, options.csv_safe)
    say_all(exporting.export(target, export_options, **options_of_run).lines, quiet=quiet)
    return 0


def _export_powerpipe(target: Path, options: ExportOptions, **options_of_run: Any) -> int:
    """Write a Powerpipe mod, and return the exit code."""
    config = current_choice(click.get_current_context()).file
    from iamsql.check.open_run import Evaluation  # noqa: PLC0415 - other formats need no controls
    from iamsql.check.outputs.powerpipe import export_mod  # noqa: PLC0415 - other formats need no controls

    export_result = export_mod(target, options.benchmarks, options.query_dirs, config, Evaluation(**options_of_run))
    say_all(export_result.lines, quiet=options.quiet)
    say_all(f"Error: {failure}" for failure in export_result.failures)
    return FAILED_EXIT_CODE if export_result.failures else 0
