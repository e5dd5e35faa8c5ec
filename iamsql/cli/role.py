"""`iamsql role`: the IAM policies of the roles that a sync needs, and on stderr what each is for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import click

from iamsql.cli.errors import say
from iamsql.option_types import ACCOUNT, EXTERNAL_ID

TRUST = "trust"
PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]+)")
ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")  # API reference of Organizations: Organization.Id
AUDITOR = "arn:aws:iam::AUDIT-ACCOUNT:role/AUDIT-ROLE"
FOR = {
    "member": "The permissions policy of the role that iamsql assumes in each account, iamsql-audit by default.",
    "management": "The permissions policy of the credentials that run iamsql, or of the role of --org-role: in the management "
    "account or in a delegated administrator's account.",
    "trail": "The permissions policy of the role of --trail-role, or of the credentials that run iamsql. Put in the names of "
    "the bucket and of its key; bucket policy and key policy must allow the same role.",
    TRUST: "The trust policy of each role that iamsql assumes: iamsql-audit, --org-role, --trail-role.",
}


def _pattern(pattern: re.Pattern[str], wanted: str) -> Callable[[click.Context, click.Parameter, str | None], str]:
    """Return a check of an option's value."""

    def check(_ctx: click.Context, param: click.Parameter, value: str | None) -> str:
        if value and not pattern.fullmatch(value):
            raise click.UsageError(f"{param.opts[0]} takes {wanted}, not {value!r}.")
        return value or ""

    return check


@click.command()
@click.option(
    "--kind",
    type=click.Choice([*FOR]),
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
    help="Allow the calls of this table only, as `iamsql sync --table` makes them; repeatable; `all` is every table "
    "[default: all].",
)
@click.option(
    "--for",
    "asked",
    multiple=True,
    metavar="NAME",
    help="Allow the calls of the tables that this query, control, benchmark or tag reads; repeatable.",
)
@click.option(
    "--minimal",
    is_flag=True,
    help="Leave out the calls that a sync makes only after a denial or under --fresh. Without --table and --for, allow a "
    "default sync and nothing else.",
)
@click.option(
    "--principal",
    metavar="ARN|ACCOUNT",
    callback=_pattern(
        re.compile(f"{PRINCIPAL.pattern}|{ACCOUNT.pattern}"), "the ARN of a role or user, or an account id"
    ),
    help="With --kind trust: who may assume the role.",
)
@click.option(
    "--external-id",
    metavar="ID",
    callback=_pattern(EXTERNAL_ID, "2 to 1,224 letters, digits and +=,.@:/-_"),
    help="With --kind trust: the external id that the caller must send, as with `iamsql sync --external-id`.",
)
@click.option(
    "--organization",
    metavar="ID",
    callback=_pattern(ORGANIZATION, "the id of an organization, such as o-ab12cd34ef"),
    help="With --kind trust: the organization of the principal [default: that of the role's account].",
)
def role(kind: str, **given: Any) -> None:
    """Print the least-privilege IAM policy, made from the calls that the tables declare."""
    _check_options(kind, given)
    from iamsql import required_policies

    if kind == TRUST:
        made = required_policies.trust_policy(
            given["principal"] or AUDITOR, given["external_id"], given["organization"]
        )
        scope = ""
    else:
        tables = _tables(given["tables"], given["asked"])
        made = required_policies.policy(kind, tables, minimal=given["minimal"])
        scope = "" if kind == "trail" else _scope(tables, minimal=given["minimal"])
    click.echo(json.dumps(made, indent=2))
    say(FOR[kind] + scope)


def _check_options(kind: str, given: dict[str, Any]) -> None:
    """Refuse options that have no meaning for the kind of policy."""
    of_trust = {"--principal", "--external-id", "--organization"}
    of_calls = {"--table", "--for", "--minimal"}
    without = of_calls if kind == TRUST else of_trust | ({"--table", "--for"} if kind == "trail" else set())
    names = {"tables": "--table", "asked": "--for"}
    for name, value in given.items():
        option = names.get(name, f"--{name.replace('_', '-')}")
        if value and option in without:
            raise click.UsageError(f"{option} has no meaning with --kind {kind}.")


def _tables(names: tuple[str, ...], asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tables that are named, and those that queries, controls and benchmarks read; () for all."""
    from iamsql.schema.names import named

    tables = named(names)
    if not asked:
        return tables
    import iamsql.check as checking

    read = checking.tables_read(checking.library(), asked)
    if not read and not tables:
        raise click.UsageError(
            f"{', '.join(asked)}: no table is read that a sync collects, so no permission is needed."
        )
    return tuple(dict.fromkeys((*tables, *read)))


def _scope(tables: tuple[str, ...], *, minimal: bool) -> str:
    """Return the sentence that says which sync the policy allows."""
    if tables:
        return f" It allows: iamsql sync {' '.join(f'--table {name}' for name in tables)}"
    return " It allows: iamsql sync, without --fresh, --table, --for, --trail and --region all." if minimal else ""
