"""`iamsql report`: write a run as one HTML page."""

from __future__ import annotations

from pathlib import Path

import click

from iamsql.api.page import write_report
from iamsql.catalog.settings.groups import (
    ConfigFile,
    Engine,
    LakeDays,
    PastOrLake,
    QueryFolders,
    Quiet,
    RunChoice,
    Statements,
    Suppressions,
)
from iamsql.catalog.settings.option import argument, option_set
from iamsql.catalog.settings.report_options import ReportOptions
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.cli.lake_reading import reading
from iamsql.cli.output import limits
from iamsql.cli.section_progress import section_progress
from iamsql.report.build import ReportRequest
from iamsql.report.contents import Contents
from iamsql.report.sections import SECTIONS

HTML_SUFFIXES = (".html", ".htm")


@option_set
class ReportCommand(
    PastOrLake, LakeDays, Engine, ReportOptions, Suppressions, ConfigFile, RunChoice, QueryFolders, Statements, Quiet
):
    """The options of the command."""

    file: Path = argument(Path(), "FILE.html", required=True)


@click.command(no_args_is_help=True)
@takes(ReportCommand)
def report(options: ReportCommand) -> None:
    """Write a run as one HTML page, FILE.html, which needs no network and no other file.

    The page begins with what to resolve first and what changed. It shows escalation paths, a map of accounts and controls,
    findings, risks, access keys, users, CloudTrail events, and the accounts without complete data. The file has mode 0600, because
    it contains the names of users and the IDs of access keys. With --at, the page shows the reconstructed state at a past time, and
    --since previous compares it with the run that it is made from.
    """
    file, quiet = options.file, options.quiet
    request = report_request(options)
    with reading(options, has_runs=True) as location, section_progress(quiet, SECTIONS) as progress:
        contents, notes = write_report(
            request, file, location.run, location.folder, limits(options), progress.say, progress.show
        )
    say_all([*notes, _page_summary(file, contents), *location.notes_on_engine()], quiet=quiet)


def report_request(options: ReportCommand) -> ReportRequest:
    """Return the request from the options of the command. Raise an error for a file that cannot be written."""
    file = options.file
    if file.suffix.lower() not in HTML_SUFFIXES:
        raise click.UsageError(f"FILE must end in .html, not {file.name!r}.")
    catalog_arguments = (options.mutes, options.config, options.query_dirs)
    return ReportRequest(options.benchmarks, options.since, options.trend, *catalog_arguments)


def _page_summary(file: Path, contents: Contents) -> str:
    """Return the path and size of the page, and the number of accounts that were read."""
    accounts_read = contents.outcomes.get("complete", 0) + contents.outcomes.get("incomplete", 0)
    size = file.stat().st_size
    size_text = f"{size / 10**6:.1f} MB" if size >= 10**6 else f"{-(-size // 1000)} KB"
    return f"{file}: {size_text}, {accounts_read} of {sum(contents.outcomes.values())} accounts read."
