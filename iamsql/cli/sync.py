"""`iamsql sync`: collect."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from iamsql import option_types
from iamsql.cli.errors import say
from iamsql.cli.options import account_ids, check_window, day, event_names, external_id, region_names
from iamsql.cli.query import RUNS, plain_stdout

ROLES = ("iamsql-audit", "AWSControlTowerExecution", "OrganizationAccountAccessRole")
GAPS = 3


@click.command()
@click.option("--demo", is_flag=True, help="Read a made-up organization; needs no AWS.")
@click.option("--profile", metavar="NAME", help="The AWS profile to start from.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="NAME",
    default=ROLES,
    help=f"A role to enter accounts by; repeatable, tried in order [default: {', '.join(ROLES)}].",
)
@click.option(
    "--external-id",
    envvar="IAMSQL_EXTERNAL_ID",
    callback=external_id,
    metavar="ID",
    help="The external id that the roles ask for [default: $IAMSQL_EXTERNAL_ID]. Other users of the machine can read "
    "the arguments of a command, but not its environment.",
)
@click.option(
    "--no-session-policy",
    is_flag=True,
    help="Assume the roles with all of their permissions. Without this option, a session policy limits each session to the "
    "calls of this sync.",
)
@click.option("--org-role", metavar="ARN", help="A role to take first, to read the organization.")
@click.option(
    "--account",
    "accounts",
    multiple=True,
    callback=account_ids,
    metavar="ID",
    help="Read this account only; repeatable.",
)
@click.option(
    "--skip-account",
    "skip_accounts",
    multiple=True,
    callback=account_ids,
    metavar="ID",
    help="Leave this account out; repeatable.",
)
@click.option("--ou", "ous", multiple=True, metavar="ID", help="Read the accounts under this unit only; repeatable.")
@click.option(
    "--skip-ou", "skip_ous", multiple=True, metavar="ID", help="Leave the accounts under this unit out; repeatable."
)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(option_types.STATES),
    help="Read the accounts in this state only; repeatable. Only ACTIVE ones can be entered.",
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    callback=region_names,
    metavar="NAME",
    help="A region to look up events in; repeatable; `all` is every region that an account has enabled "
    "[default: the region of the partition's IAM, and those in which the console signs people in].",
)
@click.option(
    "--event",
    "events",
    multiple=True,
    callback=event_names,
    metavar="NAME",
    help="Look up these events instead of the usual ones; repeatable; `all-writes` is all that writes, `none` nothing.",
)
@click.option(
    "--trail",
    metavar="s3://BUCKET/PREFIX|auto",
    help="Read the log files of a trail too; `auto` finds the organization's by DescribeTrails.",
)
@click.option("--trail-role", metavar="ARN", help="A role to take first, to read the trail's bucket.")
@click.option("--no-carry", is_flag=True, help="Ask for all events again, also those that an earlier run has.")
@click.option("--days", type=int, metavar="N", help="Read the events of the last N days [default: 90].")
@click.option("--start-date", callback=day, metavar="DATE", help="Read events from this day on.")
@click.option("--end-date", callback=day, metavar="DATE", help="Read events until the end of this day.")
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME|PATTERN",
    help="Collect only what this table needs, or those that a pattern such as 'aws_ssoadmin_*' fits; repeatable; "
    "`all` is every table, those on demand too.",
)
@click.option(
    "--for",
    "asked",
    multiple=True,
    metavar="NAME",
    help="Collect also what this benchmark, control, tag or query needs, `all` for every control; repeatable. "
    "Other than --table it adds to what is read anyway.",
)
@click.option("--fresh", is_flag=True, help="Ask user by user as well, where the credential report may be hours old.")
@click.option("--trust-report", is_flag=True, help="Take from the credential report what it holds, with fewer calls.")
@click.option("--dry-run", is_flag=True, help="Show accounts, calls and seconds expected; collect nothing.")
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the newest run, which was cut off or lacks something: keep what it read, ask for the rest. "
    "Give --profile, --role, --org-role, --trail-role, --trail, --demo and --external-id again as they were given.",
)
@click.option(
    "--retry-gaps",
    is_flag=True,
    help="Make a new run of the newest finished one: keep what it read, with its time, and ask for what it lacks. "
    "Give the same options again as for --resume.",
)
@click.option("--max-calls", type=click.IntRange(min=1), metavar="N", help="Stop collecting after N calls.")
@click.option("--strict", is_flag=True, help="Exit with 3 when an account or a call could not be read.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing on stderr but errors.")
@RUNS
def sync(strict: bool, dry_run: bool, quiet: bool, runs: str | None, **wanted: Any) -> int:
    """Read the organization's accounts into a run file."""
    if (wanted["resume"] or wanted["retry_gaps"]) and dry_run:
        raise click.UsageError("--dry-run sizes a run that begins anew; leave out --resume and --retry-gaps.")
    if wanted["resume"] and wanted["retry_gaps"]:
        raise click.UsageError("Give --resume or --retry-gaps, not both.")
    check_window(wanted["days"], wanted["start_date"], wanted["end_date"])
    if wanted["tables"]:
        from iamsql.schema.names import named

        named(wanted["tables"])  # a name that is no table is an error before any credentials are needed
    import iamsql.sync as syncing
    from iamsql import render
    from iamsql.cli.progress import progress
    from iamsql.runs import runs_folder

    wanted |= {"runs": runs_folder(runs), "beside": _tables_for(wanted["asked"], quiet), "stated": _stated()}
    options = syncing.Options(strict=strict, dry_run=dry_run, quiet=quiet, **wanted)
    if dry_run:
        render.write(syncing.plan(options), "table", plain_stdout())
        return 0
    outcome = syncing.sync(options, progress(quiet))
    for line in () if quiet else outcome.lines:
        say(line)
    return GAPS if strict and outcome.gaps else 0


def _stated() -> frozenset[str]:
    """Name the options that the user gave, whatever their values are."""
    context = click.get_current_context()
    given = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    return frozenset(name for name in context.params if context.get_parameter_source(name) in given)


def _tables_for(names: tuple[str, ...], quiet: bool) -> tuple[str, ...]:
    """List the tables that the names need beside the usual ones."""
    if not names:
        return ()
    import iamsql.check as checking

    held = checking.library()
    for line in () if quiet else held.notes(names):
        say(line)
    return checking.tables_for(held, names)
