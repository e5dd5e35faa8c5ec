"""`iamsql doctor`: try what a sync needs, and print a row for each check."""

from __future__ import annotations

import io

import click

from iamsql import render
from iamsql.catalog.settings.groups import ConfigFile, Quiet, Rows, RunsFolder
from iamsql.catalog.settings.option import option, option_set, options_of
from iamsql.catalog.settings.sync_options import Source
from iamsql.cli.declared import takes
from iamsql.cli.doctor_list import write_list
from iamsql.cli.errors import FAILED_EXIT_CODE, say_all
from iamsql.cli.output import plain_stdout
from iamsql.cli.progress import progress
from iamsql.cli.sync import tables_of_names
from iamsql.cli.terminal import print_paged, terminal_style
from iamsql.escaping import printable
from iamsql.runs.directory import runs_folder
from iamsql.sync import Options as SyncOptions
from iamsql.sync.doctor.checks import SECTIONS, diagnose
from iamsql.sync.doctor.model import SAMPLE, DoctorOptions, Report
from iamsql.tables.names import match_tables


@option_set
class DoctorCommand(Source, Rows, Quiet, ConfigFile, RunsFolder):
    """The options of the sync that is tried, and how much to try."""

    demo: bool = option(False, "--demo", help="Check the sample organization, where roles and calls are denied.")
    all_accounts: bool = option(False, "--all", help="Try all accounts.")
    sample: int = option(
        SAMPLE, "--sample", metavar="N", bounds=(0, None),
        help="Try the caller's account and N others, from different organizational units.",
    )  # fmt: skip
    offline: bool = option(False, "--offline", help="Make only the checks that need neither credentials nor a network.")


@click.command()
@takes(DoctorCommand)
def doctor(command: DoctorCommand) -> int:
    """Check what a sync needs, and suggest what to do.

    The checks cover this machine, the network, the credentials, the organization, the role and each permission in a sample of
    the accounts, and the trail. Nothing is collected. The last line is the first thing to do. Exit with code 2 if a check failed.
    """
    if command.accounts and command.all_accounts:
        raise click.UsageError("Use --account or --all, not both.")
    render.format_named(command.output)  # before the checks, which take a while
    report = diagnose(_doctor_options(command), progress(command.quiet))
    _print_report(report, command)
    first_step_lines = [f"First: {printable(report.first_step)}"] if report.first_step else []
    say_all([report.summary(), *report.notes, *first_step_lines], quiet=command.quiet)
    return FAILED_EXIT_CODE if report.has_failed else 0


def _doctor_options(command: DoctorCommand) -> DoctorOptions:
    """Return the options, with the options of the sync that is tried. Raise IamsqlError for an unknown table or query."""
    values = {item.name: getattr(command, item.name) for item in options_of(Source)}
    values |= {"tables": match_tables(command.tables), "query_tables": tables_of_names(command.queries, command.quiet)}
    sync = SyncOptions(runs_folder(command.runs), demo=command.demo, **values)
    return DoctorOptions(sync, command.sample, command.all_accounts, command.config, command.offline)


def _print_report(report: Report, command: DoctorCommand) -> None:
    """Print the rows: on a terminal as a list, unless another format is wanted."""
    style = terminal_style(command.color, command.wide)
    if style is None or command.output != "table":
        render.write(report.result(), command.output, plain_stdout(command.output))
        return
    text = io.StringIO()
    write_list(report.rows, SECTIONS, text, style)
    print_paged(text.getvalue(), style)
