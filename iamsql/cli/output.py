"""Write the results of commands to standard output or a file, and limit their statements."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from iamsql import render
from iamsql.cli.errors import say
from iamsql.cli.options import is_given
from iamsql.query.run import Answer
from iamsql.store.bounds import Bounds, read_memory


def write_answer(answer: Answer, output: str, export: Path | None, csv_safe: bool) -> None:
    """Print the rows, or write them to a file; COPY has no rows."""
    if not answer.result.columns:
        return
    if export:
        render.export(answer.result, export, output if is_given("output") else None, csv_safe)
    else:
        render.write(answer.result, output, plain_stdout(), csv_safe)


def plain_stdout() -> Any:
    """Return standard output in UTF-8, without conversion of line ends."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


def limits(options: dict[str, Any]) -> Bounds:
    """Return the limits of --timeout and --memory. A statement that cannot be interrupted ends the process."""
    if not options["timeout"] >= 0:
        raise click.UsageError("--timeout takes seconds, such as 300; 0 is no limit.")
    return Bounds(options["timeout"], read_memory(options["memory"]) if options["memory"] else 0, _exit)


def _exit(message: str) -> None:
    """End the process at once: DuckDB ignores the interrupt, and its threads would delay a normal exit."""
    say(f"Error: {message}")
    os._exit(2)
