"""Print the steps of `iamsql run` as sentences on a terminal. Other programs read the summary as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import click

from iamsql.automation.pipeline.model import FAILED, NOT_REQUESTED, StepResult
from iamsql.cli.terminal import plain_stdout
from iamsql.escaping import escape_json, printable
from iamsql.render.cells import pluralize
from iamsql.render.files import atomic_write
from iamsql.render.terminal.width import wrap

NAME_WIDTH, STATUS_WIDTH = len("restore"), len("skipped")
INDENT = NAME_WIDTH + STATUS_WIDTH + 4
MIN_TEXT_WIDTH = 30  # columns of a text; a narrower terminal breaks the lines


def is_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()


def show_step(step: StepResult) -> None:
    """Print a step: its name, its status, what it did, and its seconds. A step that is not configured is not printed."""
    if step.detail == NOT_REQUESTED:
        return
    seconds = f" ({step.seconds} s)" if step.seconds >= 1 else ""
    text = printable(step.detail) + seconds
    first_line, *other_lines = wrap(text, max(MIN_TEXT_WIDTH, get_terminal_size().columns - INDENT))
    click.echo(f"{step.name:<{NAME_WIDTH}}  {step.status:<{STATUS_WIDTH}}  {first_line}".rstrip())
    for line in other_lines:
        click.echo(" " * INDENT + line.strip(" "))


def show_end(summary: Mapping[str, Any]) -> None:
    """Print the end of a run: whether it succeeded, its duration and its exit code."""
    failed_names = [step["name"] for step in summary["steps"] if step["status"] == FAILED]
    steps = f": {pluralize(len(failed_names), 'step')} failed: {', '.join(failed_names)}" if failed_names else ""
    click.echo(f"The run {summary['status']} in {summary['seconds']} s with exit code {summary['exit_code']}{steps}.")


def show_organizations(summary: Mapping[str, Any]) -> None:
    """Print the end of each organization, with its first error."""
    organizations = summary["organizations"]
    width = max(map(len, organizations), default=0)
    for name, outcome in organizations.items():
        error = outcome.get("error") or next(
            (f"{step['name']}: {step['detail']}" for step in outcome.get("steps", ()) if step["status"] == FAILED), ""
        )
        text = f"{printable(name):<{width}}  {outcome['status']}, exit code {outcome['exit_code']}"
        click.echo(f"{text}: {printable(error)}" if error else text)


def write_summary(summary: dict[str, Any], file: Path | None, show: Callable[[dict[str, Any]], None]) -> None:
    """Print a summary as one line of JSON, or in words with `show` on a terminal. Write JSON to the file of --summary."""
    line = escape_json(json.dumps(summary, ensure_ascii=False, default=str)) + "\n"
    if is_terminal():
        show(summary)
    else:
        plain_stdout("json").write(line)
    if file:
        atomic_write(file, lambda stream: stream.write(line), follow=False)
