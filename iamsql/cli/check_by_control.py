"""`iamsql check --by control`, a row for each control, and the spreadsheet of `check --out FILE.xlsx`, which has both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from iamsql import render
from iamsql.catalog import Config
from iamsql.catalog.settings.check_options import BY_CONTROL, CheckOptions
from iamsql.catalog.standards import standard_numbers
from iamsql.check.by_control import evaluate_by_control
from iamsql.check.controls import ControlRun
from iamsql.cli.errors import say_all
from iamsql.cli.export_files import export_rows
from iamsql.cli.output import print_rows
from iamsql.cli.terminal import terminal_style
from iamsql.render.files import atomic_replace
from iamsql.render.provenance import Provenance

ROW_FORMATS = "table, csv, json, jsonl, markdown or line"


def require_results(options: CheckOptions) -> None:
    """Raise UsageError for --by control with detections."""
    if options.by == BY_CONTROL:
        raise click.UsageError("--by control is for controls; detections have findings only.")


def require_by_control(fmt: str, options: CheckOptions) -> None:
    """Raise UsageError for --by control with a format that is not rows, or with --fix."""
    if options.by != BY_CONTROL:
        return
    if fmt not in render.FORMATS and fmt != "table":
        raise click.UsageError(f"--by control has the formats {ROW_FORMATS}, not {fmt}.")
    if options.has_fixes:
        raise click.UsageError("--fix is for the rows of results, not for --by control.")


def write_by_control(control_run: ControlRun, options: CheckOptions, provenance: Callable[[], Provenance]) -> None:
    """Print a row for each control, or write the rows to the file of --out."""
    result = evaluate_by_control(control_run, standard_numbers())
    if options.export:
        export_rows(result, options.export, options, provenance)
        return
    style = terminal_style(options.color, options.wide)
    notes = () if options.quiet else control_run.notes()
    print_rows(result, options.output, style, options.csv_safe, notes=notes)


def write_spreadsheet(
    file: Path,
    control_run: ControlRun,
    config: Config,
    options: CheckOptions,
    provenance: Callable[[], Provenance],
) -> None:
    """Write controls, results, suppressions and missing data to a spreadsheet."""
    own_files = [Path(config.path)] if config.mutes else []
    mutes = list(dict.fromkeys([*own_files, *config.mute_files, *options.mutes]))

    notes: list[str] = []

    from iamsql.check.outputs.workbook import write_workbook  # noqa: PLC0415 - XlsxWriter takes long to import

    def writing(partial_file: Path) -> None:
        notes.extend(write_workbook(control_run, partial_file, provenance, standard_numbers(), mutes))

    atomic_replace(file, writing)
    say_all(notes, quiet=options.quiet)
