"""The options that select the permissions and the trust of the roles of a sync: `iamsql role` and `iamsql deploy` have them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

from iamsql.check.dependencies import tables_read
from iamsql.check.selection import load_catalog
from iamsql.cli.options import matching
from iamsql.option_types import ACCOUNT, EXTERNAL_ID
from iamsql.tables.names import match_tables

PRINCIPAL_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]+)")
Option = Callable[[Any], Any]
ORGANIZATION_ID = re.compile(r"o-[a-z0-9]{10,32}")  # API reference of Organizations: Organization.Id

TABLES = click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME|PATTERN",
    help="Allow only the calls of this table, as `iamsql sync --table` makes them; repeatable; `all` is every table "
    "[default: all].",
)
FOR = click.option(
    "--for",
    "names",
    multiple=True,
    metavar="NAME",
    help="Allow the calls of the tables that this query, control, benchmark or tag reads; repeatable.",
)
MINIMAL = click.option(
    "--minimal",
    is_flag=True,
    help="Leave out the calls that a sync makes only after a denial or with --fresh. Without --table and --for, allow only "
    "the calls of a default sync.",
)


def principal(prefix: str = "") -> Option:
    """Return the option for the principal that may assume the role; `prefix` begins its help."""
    return click.option(
        "--principal",
        metavar="ARN|ACCOUNT",
        callback=matching(
            re.compile(f"{PRINCIPAL_ARN.pattern}|{ACCOUNT.pattern}"), "the ARN of a role or user, or an account ID"
        ),
        help=_sentence(prefix, "Who may assume the role."),
    )


def external_id(prefix: str = "") -> Option:
    """Return the option for the external ID of a trust policy; `prefix` begins its help."""
    return click.option(
        "--external-id",
        metavar="ID",
        callback=matching(EXTERNAL_ID, "2 to 1,224 letters, digits and +=,.@:/-_"),
        help=_sentence(prefix, "The external ID that the caller must send, as with `iamsql sync --external-id`."),
    )


def organization(prefix: str = "") -> Option:
    """Return the option for the organization of the principal; `prefix` begins its help."""
    return click.option(
        "--organization",
        metavar="ID",
        callback=matching(ORGANIZATION_ID, "the ID of an organization, such as o-ab12cd34ef"),
        help=_sentence(
            prefix,
            "The organization of the principal [default: the organization of the role's account; for deploy, of the newest run].",
        ),
    )


def selected_tables(patterns: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tables of --table, and the tables that the queries, controls and benchmarks of --for read; () for all."""
    tables = match_tables(patterns)
    if not names:
        return tables
    read = tables_read(load_catalog(), names)
    if not read and not tables:
        raise click.UsageError(f"{', '.join(names)}: reads no table that a sync collects, so no permission is needed.")
    return tuple(dict.fromkeys((*tables, *read)))


def _sentence(prefix: str, text: str) -> str:
    return f"{prefix}: {text[0].lower()}{text[1:]}" if prefix else text
