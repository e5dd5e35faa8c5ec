"""`iamsql role`: print the IAM policies of the roles that a sync needs, and on stderr the purpose of each."""

from __future__ import annotations

import json

import click

from iamsql.catalog.settings.option import option, option_set, options_of
from iamsql.cli.declared import takes
from iamsql.cli.errors import say
from iamsql.cli.role_options import PermissionOptions, TrustOptions, selected_tables
from iamsql.cli.terminal import plain_stdout
from iamsql.tables import required_policies

TRUST_KIND = "trust"
ORGANIZATION_VARIABLE_HINT = " If AssumeRole is denied, replace ${aws:ResourceOrgID} with --organization ID."
# A placeholder: IAM refuses a trust policy with this ARN.
PRINCIPAL_PLACEHOLDER = "arn:aws:iam::AUDIT-ACCOUNT:role/AUDIT-ROLE"
PURPOSES = {
    "member": "The permissions policy of the role that iamsql assumes in each account, iamsql-audit by default.",
    "management": "The permissions policy of the credentials that run iamsql, or of the role of `org_role`: in the management "
    "account or in a delegated administrator's account.",
    "trail": "The permissions policy of the role of `trail_role`, or of the credentials that run iamsql. Insert the names of "
    "the bucket and of its key; the bucket policy and the key policy must allow the same role.",
    TRUST_KIND: "The trust policy of each role that iamsql assumes: iamsql-audit, and the roles of `org_role` and `trail_role`.",
}


@option_set
class RoleOptions(PermissionOptions, TrustOptions):
    """The options of the command. The options of the trust are for --kind trust."""

    kind: str = option(
        "member", "--kind", choices=tuple(PURPOSES),
        help="The role in each account; the credentials that read the organization; the role that reads a trail's bucket; or "
        "the trust policy of these roles, with --principal, --external-id and --organization.",
    )  # fmt: skip


@click.command()
@takes(RoleOptions)
def role(options: RoleOptions) -> None:
    """Print the least-privilege IAM policy, generated from the calls that the tables declare."""
    policy_type = options.kind
    _check_options(options)
    if policy_type == TRUST_KIND:
        document = required_policies.trust_policy(
            options.principal or PRINCIPAL_PLACEHOLDER, options.external_id, options.organization
        )
        scope = "" if options.organization else ORGANIZATION_VARIABLE_HINT
    else:
        tables = selected_tables(options.tables, options.names)
        document = required_policies.policy(policy_type, tables, minimal=options.minimal)
        scope = "" if policy_type == "trail" else _scope_sentence(tables, minimal=options.minimal)
    plain_stdout("json").write(json.dumps(document, indent=2) + "\n")
    say(PURPOSES[policy_type] + scope)


def _check_options(options: RoleOptions) -> None:
    """Raise UsageError for options that do not apply to the kind of policy."""
    policy_type, trust_options, call_options = (
        options.kind,
        set(options_of(TrustOptions)),
        set(options_of(PermissionOptions)),
    )
    table_options = {item for item in call_options if item.is_multiple}
    inapplicable_options = (
        call_options
        if policy_type == TRUST_KIND
        else trust_options | (table_options if policy_type == "trail" else set())
    )
    for item in options_of(RoleOptions):
        if item in inapplicable_options and getattr(options, item.name):
            raise click.UsageError(f"{item.label} does not apply to --kind {policy_type}.")


def _scope_sentence(tables: tuple[str, ...], *, minimal: bool) -> str:
    """Return the sentence on the sync that the policy allows."""
    if tables:
        return f" It allows: iamsql sync {' '.join(f'--table {name}' for name in tables)}"
    return " It allows: iamsql sync, without `fresh`, --table, --for, --trail and --region all." if minimal else ""
