"""`iamsql sync`: read an organization into a run file."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from iamsql import option_types
from iamsql.catalog.settings.declarations import GROUPS
from iamsql.cli.errors import load, say_all
from iamsql.cli.options import (
    ACCOUNT,
    JOBS,
    QUERIES,
    QUIET,
    RUNS,
    check_window,
    checked,
    settings,
)
from iamsql.cli.output import print_rows
from iamsql.cli.progress import progress
from iamsql.cli.settings import choice, replaced, selecting_words
from iamsql.cli.source_options import (
    AS_OF,
    DAY,
    DEMO,
    EXTERNAL_ID,
    FOR,
    NO_SESSION_POLICY,
    ORG_ROLE,
    PROFILE,
    REGION,
    ROLE,
    SHARD,
    TABLE,
    TRAIL,
    TRAIL_ROLE,
    tables_for,
)
from iamsql.cli.terminal import terminal_style
from iamsql.layout import Shown
from iamsql.runs import runs_folder
from iamsql.sync import Options, plan
from iamsql.sync import sync as collect
from iamsql.tables.names import match_tables

ALL = "iamsql.cli.sync_all:sync_all"
GAPS = 3


@click.command()
@DEMO
@DAY
@PROFILE
@ROLE
@EXTERNAL_ID
@NO_SESSION_POLICY
@ORG_ROLE
@ACCOUNT
@click.option(
    "--skip-account",
    "skip_accounts",
    multiple=True,
    callback=checked(option_types.account_ids),
    metavar="ID",
    help="Skip this account; repeatable.",
)
@click.option(
    "--ou", "ous", multiple=True, metavar="ID", help="Read only the accounts of this organizational unit; repeatable."
)
@click.option(
    "--skip-ou",
    "skip_ous",
    multiple=True,
    metavar="ID",
    help="Skip the accounts of this organizational unit; repeatable.",
)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(option_types.STATES),
    help="Read only accounts in this state; repeatable. Roles can be assumed in ACTIVE accounts only.",
)
@REGION
@click.option(
    "--event",
    "events",
    multiple=True,
    callback=checked(option_types.events),
    metavar="NAME",
    help="Look up this event instead of the default events; repeatable; `all-writes` looks up every write event, `none` no events.",
)
@TRAIL
@TRAIL_ROLE
@click.option("--no-reuse", is_flag=True, help="Request all events again, including those that an earlier run has.")
@click.option("--days", type=int, metavar="N", help="Read the events of the last N days [default: 90].")
@click.option("--start-date", callback=checked(option_types.day), metavar="DATE", help="The first day of events.")
@click.option("--end-date", callback=checked(option_types.day), metavar="DATE", help="The last day of events.")
@TABLE
@FOR
@click.option(
    "--fresh",
    is_flag=True,
    help="Also make calls for each user, because the credential report can be up to four hours old.",
)
@click.option("--trust-report", is_flag=True, help="Use the credential report instead of calls for each user.")
@SHARD
@AS_OF
@click.option("--dry-run", is_flag=True, help="Print the expected accounts, calls and seconds, and collect nothing.")
@click.option(
    "--resume",
    is_flag=True,
    help="Continue the newest run, which was interrupted or has errors: keep what it read, and request the rest. "
    "Repeat --profile, --role, --org-role, --trail-role, --trail, --demo and --external-id.",
)
@click.option(
    "--retry-gaps",
    is_flag=True,
    help="Make a new run from the newest finished run: keep what it read, with its time, and retry what failed. "
    "Repeat the same options as for --resume.",
)
@click.option(
    "--all", "every", is_flag=True, help="Read all organizations of the configuration file, each into its own run."
)
@JOBS
@click.option(
    "--transport",
    type=click.Choice(option_types.TRANSPORTS),
    default=option_types.TRANSPORTS[0],
    show_default=True,
    help="What sends the requests. botocore is slower; try it if requests fail behind a proxy or at an endpoint of your own.",
)
@click.option("--max-calls", type=click.IntRange(min=1), metavar="N", help="Stop collecting after N calls.")
@click.option("--strict", is_flag=True, help="Exit with code 3 if an account or a call could not be read.")
@QUIET
@RUNS
@QUERIES
@settings
def sync(strict: bool, dry_run: bool, quiet: bool, runs: str | None, every: bool, jobs: int, **wanted: Any) -> int:
    """Read the accounts of an organization into a run file.

    Without an organization, read the account of the credentials. An account or call that fails is recorded with the reason,
    and the rest is read. The summary on stderr lists what is missing.
    """
    if (wanted["resume"] or wanted["retry_gaps"]) and dry_run:
        raise click.UsageError("--dry-run estimates a new run; omit --resume and --retry-gaps.")
    if wanted["resume"] and wanted["retry_gaps"]:
        raise click.UsageError("Use --resume or --retry-gaps, not both.")
    if every:
        return int(load(ALL)(jobs))
    options = sync_options({**wanted, "strict": strict, "dry_run": dry_run, "quiet": quiet, "runs": runs})
    if dry_run:
        estimate = plan(options)
        print_rows(estimate, "table", terminal_style("auto"), shown=Shown(estimate.columns))
        return 0
    outcome = collect(options, progress(quiet))
    say_all(outcome.lines, quiet=quiet)
    return GAPS if strict and outcome.gaps else 0


def sync_options(params: dict[str, Any]) -> Options:
    """Return the options of a sync from the parameters of the command, whose context is the current one."""
    wanted = {name: value for name, value in params.items() if name not in ("every", "jobs", "query_dirs")}
    wanted |= _without_replaced(wanted)
    check_window(wanted["days"], wanted["start_date"], wanted["end_date"])
    if wanted["shard"] and not (wanted["as_of"] or wanted["resume"] or wanted["retry_gaps"] or wanted["demo"]):
        raise click.UsageError("--shard needs --as-of TIME, which must be the same for all shards of the run.")
    if wanted["day"] and not wanted["demo"]:
        raise click.UsageError("--day selects a day of the sample organization; add --demo.")
    if wanted["tables"]:
        match_tables(wanted["tables"])  # an unknown table is an error before credentials are needed
    # `stated` distinguishes an option with the value of its default from an option that was not given, for --resume.
    wanted |= {"runs": runs_folder(wanted["runs"]), "stated": _stated(), "selection": _selection()}
    wanted["query_tables"] = tables_for(wanted["queries"], wanted["quiet"], params["query_dirs"])
    return Options(**wanted)


def _without_replaced(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return empty values for the options of the file that the options of the user replace."""
    context = click.get_current_context()
    names = [name for group in GROUPS for name in group if replaced(context, name, *group)]
    return {name: False if isinstance(wanted[name], bool) else None for name in names}


def _selection() -> tuple[str, ...] | None:
    """Return the options that select the configuration and the runs folder; None without a configuration."""
    context = click.get_current_context()
    chosen = choice(context)
    return tuple(selecting_words(context)) if chosen.file or chosen.organization else None


def _stated() -> frozenset[str]:
    """Return the names of the options that the user gave, with any value."""
    context = click.get_current_context()
    given = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    return frozenset(name for name in context.params if context.get_parameter_source(name) in given)
