"""`iamsql notify`: send what changed since the previous run to chats, mail and AWS services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import click

from iamsql import render
from iamsql.automation import notify as notifying
from iamsql.automation.notify.request import NotifyRequest, NotifyResult
from iamsql.catalog.settings.groups import (
    CSV_SAFE_ATTRIBUTES,
    ConfigFile,
    ConfiguredStatements,
    QueryFolders,
    Quiet,
    Rows,
    RunChoice,
    Suppressions,
)
from iamsql.catalog.settings.notify_options import NotifyOptions, TargetSettings
from iamsql.catalog.settings.option import option, option_set
from iamsql.cli.declared import takes
from iamsql.cli.errors import FAILED_EXIT_CODE, say, say_all
from iamsql.cli.output import limits, plain_stdout, print_rows
from iamsql.cli.terminal import terminal_style
from iamsql.runs.directory import runs_folder

NOTHING_SENT = "Nothing changed that was not sent before: no message was sent."


@option_set
class NotifyCommand(
    NotifyOptions, RunChoice, Suppressions, ConfigFile, QueryFolders, Rows, ConfiguredStatements, Quiet, TargetSettings
):
    """The options of the command."""

    dry_run: bool = option(False, "--dry-run", help="Print each message as a line of JSON, and send nothing.")
    csv_safe: bool = option(False, "--csv-safe", only_file=True, **CSV_SAFE_ATTRIBUTES)


@click.command()
@takes(NotifyCommand)
def notify(options: NotifyCommand) -> int:
    """Send what changed since the previous run to one or more targets.

    A message has the findings that opened and were resolved, new access keys, new administrators, accounts that joined or
    left, and always the accounts that could not be read. The runs folder records what each target received: a run is sent
    once, and a target that could not be reached receives the changes since its last message with the next run.
    """
    render.format_named(options.output)
    request = notify_request(options)
    folder, bounds = runs_folder(options.runs), limits(options)

    def progress(line: str) -> None:
        say_all([line], quiet=options.quiet)

    preview = _print_message if options.dry_run else None
    result = notifying.notify(request, runs_dir=folder, limits=bounds, progress=progress, preview=preview)
    if not options.dry_run:
        style = terminal_style(options.color)
        print_rows(result.rows, options.output, style, options.csv_safe)
    say_all([*result.notes, *_summary_notes(result, options.dry_run)], quiet=options.quiet)
    return _report_failures(result)


def notify_request(options: NotifyCommand) -> NotifyRequest:
    """Return the request from the options of the command."""
    return NotifyRequest(**{item.name: getattr(options, item.name) for item in fields(NotifyRequest)})


def _print_message(message: Mapping[str, Any]) -> None:
    """Print a message as a line of JSON."""
    plain_stdout("json").write(json.dumps(message, default=str) + "\n")


def _summary_notes(result: NotifyResult, dry_run: bool) -> list[str]:
    """Return the note that nothing was sent, or that it was only printed."""
    if all(delivery.status == "nothing new" for delivery in result.deliveries):
        return [NOTHING_SENT]
    return ["Nothing was sent: --dry-run prints the messages."] if dry_run else []


def _report_failures(result: NotifyResult) -> int:
    """Print the failures, and return the exit code."""
    for failure in result.failures:
        say(f"Error: {failure}")
    return FAILED_EXIT_CODE if result.failures else 0
