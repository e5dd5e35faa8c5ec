"""The options of the commands that read an organization: credentials, roles, trail, regions and tables."""

from __future__ import annotations

from typing import Any

import click

from iamsql import option_types
from iamsql.cli.errors import load, say_all
from iamsql.cli.options import checked, external_id

# Loaded for --for only, because the packages of queries and checks would delay every other sync.
CATALOG = "iamsql.check.selection:load_catalog"
TABLES_FOR = "iamsql.check.dependencies:tables_for"
ROLES = ("iamsql-audit", "AWSControlTowerExecution", "OrganizationAccountAccessRole")


def _demo(_ctx: click.Context, _param: click.Parameter, value: str | None) -> bool | str:
    """Return False without --demo, True for --demo alone, and the checked value otherwise."""
    checked_value: bool | str = checked(option_types.demo)(_ctx, _param, value)
    return value is not None and (checked_value or True)


DEMO = click.option(
    "--demo",
    is_flag=False,
    flag_value="",
    callback=_demo,
    metavar="[hostile]",
    help="Read the sample organization; needs no AWS account. Each sync into the same folder reads the next of its three days. "
    "`hostile` gives some of its users, roles and accounts names that attack terminals, spreadsheets and browsers.",
)
DAY = click.option(
    "--day",
    type=click.IntRange(1, 3),
    metavar="1|2|3",
    help="With --demo: the day of the sample organization [default: the day after the newest run of the sample].",
)
PROFILE = click.option("--profile", metavar="NAME", help="The AWS profile of the caller's credentials.")
ROLE = click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="NAME",
    default=ROLES,
    help=f"The role to assume in each account; repeatable, tried in order [default: {', '.join(ROLES)}].",
)
EXTERNAL_ID = click.option(
    "--external-id",
    envvar="IAMSQL_EXTERNAL_ID",
    callback=external_id,
    metavar="ID",
    help="The external ID that the roles require [default: $IAMSQL_EXTERNAL_ID]. Other users of the machine can read "
    "the arguments of a command, but not its environment.",
)
NO_SESSION_POLICY = click.option(
    "--no-session-policy",
    is_flag=True,
    help="Assume the roles with all of their permissions. Without this option, a session policy limits each session to the "
    "calls of this sync.",
)
ORG_ROLE = click.option("--org-role", metavar="ARN", help="A role to assume first, to read the organization.")
REGION = click.option(
    "--region",
    "regions",
    multiple=True,
    callback=checked(option_types.regions),
    metavar="NAME",
    help="A region for LookupEvents; repeatable; `all` is every region that is enabled in an account "
    "[default: the region of the partition's IAM, and the regions of console sign-ins].",
)
TRAIL = click.option(
    "--trail",
    metavar="s3://BUCKET/PREFIX|auto",
    help="Also read the log files of a trail; `auto` finds the organization trail with DescribeTrails.",
)
TRAIL_ROLE = click.option("--trail-role", metavar="ARN", help="A role to assume to read the bucket of the trail.")
TABLE = click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME|PATTERN",
    help="Collect only this table, or the tables that match a pattern such as 'aws_ssoadmin_*'; repeatable; "
    "`all` is every table, including on-demand tables.",
)
FOR = click.option(
    "--for",
    "queries",
    multiple=True,
    metavar="NAME",
    help="Also collect the on-demand tables that this benchmark, control, tag or query needs; `all` is every control; "
    "repeatable. Unlike --table, --for adds tables to the default tables.",
)


SHARD = click.option(
    "--shard",
    callback=checked(option_types.shard),
    metavar="K/N",
    help="Read only the accounts of shard K of N, and the organization itself in shard 1; needs --as-of. `iamsql runs merge` makes "
    "a run of the shards.",
)
AS_OF = click.option(
    "--as-of",
    callback=checked(option_types.moment),
    metavar="TIME",
    help="The start of the run and the end of its events, which is the same for all shards: a time of the last 12 hours, such as "
    "2026-03-01T03:00:00Z [default: now].",
)


def tables_for(names: tuple[str, ...], quiet: bool, query_dirs: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the tables that the names of --for need. `query_dirs` are additional folders of queries."""
    if not names:
        return ()
    checks: Any = load(CATALOG)(query_dirs)
    say_all(checks.notes(names), quiet=quiet)
    tables: tuple[str, ...] = load(TABLES_FOR)(checks, names)
    return tables
