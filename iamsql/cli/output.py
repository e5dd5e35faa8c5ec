"""Write the results of commands to standard output or a file, and limit their statements."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from iamsql import render
from iamsql.cli.errors import say
from iamsql.cli.export_files import export_rows
from iamsql.model import Result
from iamsql.render.provenance import Provenance
from iamsql.store.limits import StatementLimits, default_memory, parse_memory_size


def write_result(result: Result, options: dict[str, Any], provenance: Provenance) -> None:
    """Print rows, or write them to the file of --export; the suffix selects the format unless --output is given."""
    if options["export"]:
        export_rows(result, options, lambda: provenance)
    else:
        render.write(result, options["output"], plain_stdout(), options["csv_safe"])


def plain_stdout() -> Any:
    """Return standard output in UTF-8, without conversion of line ends."""
    # CSV has \r\n, which Windows would write as \r\r\n. Replacements of stdout, such as those of tests, may lack the method.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


def limits(options: dict[str, Any]) -> StatementLimits:
    """Return the limits of --timeout and --memory. A statement that cannot be interrupted ends the process."""
    if not options["timeout"] >= 0:
        raise click.UsageError("--timeout takes seconds, such as 300; 0 is no limit.")
    memory = parse_memory_size(options["memory"]) if options["memory"] else default_memory()
    return StatementLimits(options["timeout"], memory, _exit)


def _exit(message: str) -> None:
    """End the process at once: DuckDB ignores the interrupt, and its threads would delay a normal exit."""
    say(f"Error: {message}")
    os._exit(2)
