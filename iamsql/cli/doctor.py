"""`iamsql doctor`: try what a sync needs, and print a row for each check."""

from __future__ import annotations

import io
from typing import Any

import click

from iamsql import render
from iamsql.cli.errors import FAILED, say_all
from iamsql.cli.options import ACCOUNT, CONFIG, ORGANIZATION, OUTPUT, QUIET, RUNS
from iamsql.cli.output import plain_stdout
from iamsql.cli.progress import progress
from iamsql.cli.source_options import (
    EXTERNAL_ID,
    FOR,
    NO_SESSION_POLICY,
    ORG_ROLE,
    PROFILE,
    REGION,
    ROLE,
    TABLE,
    TRAIL,
    TRAIL_ROLE,
    tables_for,
)
from iamsql.cli.terminal import COLOR, WIDE, print_paged, terminal_style
from iamsql.escaping import printable
from iamsql.runs import runs_folder
from iamsql.sync import Options as SyncOptions
from iamsql.sync.doctor.checks import SECTIONS, diagnose
from iamsql.sync.doctor.model import SAMPLE, DoctorOptions, Report
from iamsql.sync.doctor.terminal_list import write_list
from iamsql.tables.names import match_tables


@click.command()
@click.option("--demo", is_flag=True, help="Check the sample organization, in which roles and calls are denied.")
@PROFILE
@ROLE
@EXTERNAL_ID
@NO_SESSION_POLICY
@ORG_ROLE
@ACCOUNT
@click.option("--all", "all_accounts", is_flag=True, help="Try all accounts.")
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=SAMPLE,
    show_default=True,
    metavar="N",
    help="Try the caller's account and N others, from different organizational units.",
)
@REGION
@TRAIL
@TRAIL_ROLE
@TABLE
@FOR
@click.option("--offline", is_flag=True, help="Make only the checks that need neither credentials nor a network.")
@OUTPUT
@COLOR
@WIDE
@QUIET
@CONFIG
@ORGANIZATION
@RUNS
def doctor(**given: Any) -> int:
    """Check what a sync needs, and suggest what to do.

    The checks cover this machine, the network, the credentials, the organization, the role and each permission in a sample of
    the accounts, and the trail. Nothing is collected. The last line is the first thing to do. Exit with code 2 if a check failed.
    """
    if given["accounts"] and given["all_accounts"]:
        raise click.UsageError("Use --account or --all, not both.")
    render.format_named(given["output"])  # before the checks, which take a while
    report = diagnose(_options(given), progress(given["quiet"]))
    _print(report, given)
    first = [f"First: {printable(report.first_step)}"] if report.first_step else []
    say_all([report.summary(), *report.notes, *first], quiet=given["quiet"])
    return FAILED if report.has_failed else 0


def _options(given: dict[str, Any]) -> DoctorOptions:
    """Return the options, with those of the sync that is prepared. Raise IamsqlError for an unknown table or query."""
    names = (
        "demo",
        "profile",
        "external_id",
        "no_session_policy",
        "org_role",
        "accounts",
        "regions",
        "trail",
        "trail_role",
    )
    of_sync = {name: given[name] for name in names}
    tables = {"tables": match_tables(given["tables"]), "queries": given["queries"]}
    tables["query_tables"] = tables_for(given["queries"], given["quiet"])
    sync = SyncOptions(runs=runs_folder(given["runs"]), roles=given["roles"], **of_sync, **tables)
    return DoctorOptions(sync, given["sample"], given["all_accounts"], given["config"], given["offline"])


def _print(report: Report, given: dict[str, Any]) -> None:
    """Print the rows: on a terminal as a list, unless another format is wanted."""
    style = terminal_style(given["color"], given["wide"])
    if style is None or given["output"] != "table":
        render.write(report.result(), given["output"], plain_stdout(given["output"]))
        return
    text = io.StringIO()
    write_list(report.rows, SECTIONS, text, style)
    print_paged(text.getvalue(), style)
