"""`iamsql role`: print the IAM policies of the roles that a sync needs, and on stderr the purpose of each."""

from __future__ import annotations

import json
from typing import Any

import click

from iamsql.cli.errors import say
from iamsql.cli.role_options import FOR, MINIMAL, TABLES, external_id, organization, principal, selected_tables
from iamsql.cli.terminal import plain_stdout
from iamsql.tables import required_policies

TRUST = "trust"
VARIABLE = " If AssumeRole is denied, replace ${aws:ResourceOrgID} with --organization ID."
OF_TRUST = "With --kind trust"
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
@TABLES
@FOR
@MINIMAL
@principal(OF_TRUST)
@external_id(OF_TRUST)
@organization(OF_TRUST)
def role(kind: str, **given: Any) -> None:
    """Print the least-privilege IAM policy, generated from the calls that the tables declare."""
    _check_options(kind, given)
    if kind == TRUST:
        document = required_policies.trust_policy(
            given["principal"] or AUDITOR, given["external_id"], given["organization"]
        )
        scope = "" if given["organization"] else VARIABLE
    else:
        tables = selected_tables(given["tables"], given["names"])
        document = required_policies.policy(kind, tables, minimal=given["minimal"])
        scope = "" if kind == "trail" else _scope(tables, minimal=given["minimal"])
    plain_stdout("json").write(json.dumps(document, indent=2) + "\n")
    say(PURPOSES[kind] + scope)


def _check_options(kind: str, given: dict[str, Any]) -> None:
    """Raise UsageError for options that do not apply to the kind of policy."""
    of_trust = {"--principal", "--external-id", "--organization"}
    of_calls = {"--table", "--for", "--minimal"}
    without = of_calls if kind == TRUST else of_trust | ({"--table", "--for"} if kind == "trail" else set())
    for param in click.get_current_context().command.params:
        if given.get(str(param.name)) and param.opts[0] in without:
            raise click.UsageError(f"{param.opts[0]} does not apply to --kind {kind}.")


def _scope(tables: tuple[str, ...], *, minimal: bool) -> str:
    """Return the sentence on the sync that the policy allows."""
    if tables:
        return f" It allows: iamsql sync {' '.join(f'--table {name}' for name in tables)}"
    return " It allows: iamsql sync, without --fresh, --table, --for, --trail and --region all." if minimal else ""
