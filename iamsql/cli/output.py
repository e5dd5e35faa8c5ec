"""Write the results of commands to standard output or a file, and limit their statements."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence

import click

from iamsql import render
from iamsql.catalog.settings.groups import RowsFile, Statements
from iamsql.cli.errors import say
from iamsql.cli.export_files import export_rows
from iamsql.cli.terminal import plain_stdout as plain_stdout
from iamsql.cli.terminal import print_paged, terminal_style
from iamsql.model import Result
from iamsql.model.layout import ALL_COLUMNS, DisplayOptions
from iamsql.render.provenance import Provenance
from iamsql.render.terminal.style import Style
from iamsql.runs.store.limits import StatementLimits, default_memory, parse_memory_size

TERMINAL_FORMATS = ("table", "line")  # the formats that are written for a reader at a terminal


def write_result(
    result: Result,
    options: RowsFile,
    provenance: Provenance,
    *,
    display: DisplayOptions = ALL_COLUMNS,
) -> None:
    """Print rows, or write them to the file of --out; the suffix selects the format unless --output is given.

    `display` selects what a terminal shows.
    """
    if options.export:
        export_rows(result, options.export, options, lambda: provenance)
        return
    style = terminal_style(options.color, options.wide)
    notes = () if options.quiet else provenance.notes
    print_rows(result, options.output, style, options.csv_safe, display=display, notes=notes)


def print_rows(
    result: Result,
    output: str,
    style: Style | None,
    csv_safe: bool = False,
    *,
    display: DisplayOptions = ALL_COLUMNS,
    notes: Sequence[str] = (),
) -> None:
    """Print rows in a format. With a style, lay out `table` and `line` for a terminal.

    `display` has the columns and the layout of a table on a terminal; a pager shows the notes above the rows.
    """
    if style is None or output not in TERMINAL_FORMATS:
        render.write(result, output, plain_stdout(output), csv_safe)
        return
    print_paged(terminal_text(result, output, style, display), style, notes)


def terminal_text(result: Result, output: str, style: Style, display: DisplayOptions = ALL_COLUMNS) -> str:
    """Return rows as text for a terminal, in the format `table` or `line`."""
    text = io.StringIO()
    if output == "line":
        render.write_records(result, text, style)
    else:
        from iamsql.render.terminal.rows import write_rows  # noqa: PLC0415 - output on a pipe does not use it

        write_rows(result, text, style, display)
    return text.getvalue()


def limits(options: Statements) -> StatementLimits:
    """Return the limits of --timeout and --memory. A statement that cannot be interrupted ends the process."""
    if not options.timeout >= 0:
        raise click.UsageError("--timeout takes seconds, such as 300; 0 means no limit.")
    memory = parse_memory_size(options.memory) if options.memory else default_memory()
    return StatementLimits(options.timeout, memory, _exit_process)


def isolated_limits(options: Statements) -> StatementLimits:
    """Return the limits for a command that goes on after a statement that cannot be interrupted."""
    from iamsql.runs.store.isolated_connection import isolate_statements  # noqa: PLC0415 - most commands do not use it

    in_process = limits(options)
    statement_limits: StatementLimits = isolate_statements(in_process.seconds, in_process.memory)
    return statement_limits


def _exit_process(message: str) -> None:
    """End the process at once: DuckDB ignores the interrupt, and its threads would delay a normal exit."""
    say(f"Error: {message}")
    os._exit(2)
