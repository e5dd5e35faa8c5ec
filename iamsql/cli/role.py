"""`iamsql role`: print the IAM policies of the roles that a sync needs, and on stderr the purpose of each."""

from __future__ import annotations

import json
import re
from typing import Any

import click

from iamsql import required_policies
from iamsql.check.dependencies import tables_read
from iamsql.check.selection import load_catalog
from iamsql.cli.errors import say
from iamsql.cli.options import matching
from iamsql.option_types import ACCOUNT, EXTERNAL_ID
from iamsql.schema.names import match_tables

TRUST = "trust"
PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]+)")
ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")  # API reference of Organizations: Organization.Id
# A placeholder: IAM refuses a trust policy with this ARN.
AUDITOR = "arn:aws:iam::AUDIT-ACCOUNT:role/AUDIT-ROLE"
PURPOSES = {
    "member": "The permissions policy of the role that iamsql assumes in each account, iamsql-audit by default.",
    "management": "The permissions policy of the credentials that run iamsql, or of the role of --org-role: in the management "
    "account or in a delegated administrator's account.",
    "trail": "The permissions policy of the role of --trail-role, or of the credentials that run iamsql. Insert the names of "
    "the bucket and of its key; the bucket policy and the key policy must allow the same role.",
    TRUST: "The trust policy of each role that iamsql assumes: iamsql-audit, --org-role, --trail-role.",
}


@click.command()
@click.option(
    "--kind",
    type=click.Choice([*PURPOSES]),
    default="member",
    show_default=True,
    help="The role in each account; the credentials that read the organization; the role that reads a trail's bucket; or "
    "the trust policy of these roles.",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME|PATTERN",
    help="Allow only the calls of this table, as `iamsql sync --table` makes them; repeatable; `all` is every table "
    "[default: all].",
)
@click.option(
    "--for",
    "names",
    multiple=True,
    metavar="NAME",
    help="Allow the calls of the tables that this query, control, benchmark or tag reads; repeatable.",
)
@click.option(
    "--minimal",
    is_flag=True,
    help="Leave out the calls that a sync makes only after a denial or with --fresh. Without --table and --for, allow only "
    "the calls of a default sync.",
)
@click.option(
    "--principal",
    metavar="ARN|ACCOUNT",
    callback=matching(
        re.compile(f"{PRINCIPAL.pattern}|{ACCOUNT.pattern}"), "the ARN of a role or user, or an account ID"
    ),
    help="With --kind trust: who may assume the role.",
)
@click.option(
    "--external-id",
    metavar="ID",
    callback=matching(EXTERNAL_ID, "2 to 1,224 letters, digits and +=,.@:/-_"),
    help="With --kind trust: the external ID that the caller must send, as with `iamsql sync --external-id`.",
)
@click.option(
    "--organization",
    metavar="ID",
    callback=matching(ORGANIZATION, "the ID of an organization, such as o-ab12cd34ef"),
    help="With --kind trust: the organization of the principal [default: that of the role's account].",
)
def role(kind: str, **given: Any) -> None:
    """Print the least-privilege IAM policy, generated from the calls that the tables declare."""
    _check_options(kind, given)
    if kind == TRUST:
        document = required_policies.trust_policy(
            given["principal"] or AUDITOR, given["external_id"], given["organization"]
        )
        scope = ""
    else:
        tables = _tables(given["tables"], given["names"])
        document = required_policies.policy(kind, tables, minimal=given["minimal"])
        scope = "" if kind == "trail" else _scope(tables, minimal=given["minimal"])
    click.echo(json.dumps(document, indent=2))
    say(PURPOSES[kind] + scope)


def _check_options(kind: str, given: dict[str, Any]) -> None:
    """Raise UsageError for options that do not apply to the kind of policy."""
    of_trust = {"--principal", "--external-id", "--organization"}
    of_calls = {"--table", "--for", "--minimal"}
    without = of_calls if kind == TRUST else of_trust | ({"--table", "--for"} if kind == "trail" else set())
    for param in click.get_current_context().command.params:
        if given.get(str(param.name)) and param.opts[0] in without:
            raise click.UsageError(f"{param.opts[0]} does not apply to --kind {kind}.")


def _tables(patterns: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tables of --table, and the tables that the queries, controls and benchmarks of --for read; () for all."""
    tables = match_tables(patterns)
    if not names:
        return tables
    read = tables_read(load_catalog(), names)
    if not read and not tables:
        raise click.UsageError(f"{', '.join(names)}: reads no table that a sync collects, so no permission is needed.")
    return tuple(dict.fromkeys((*tables, *read)))


def _scope(tables: tuple[str, ...], *, minimal: bool) -> str:
    """Return the sentence on the sync that the policy allows."""
    if tables:
        return f" It allows: iamsql sync {' '.join(f'--table {name}' for name in tables)}"
    return " It allows: iamsql sync, without --fresh, --table, --for, --trail and --region all." if minimal else ""
