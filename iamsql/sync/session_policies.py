"""Session policies of a sync: they limit a role's session to the calls of the sync, even if the role allows more.

AWS limits the plaintext of session policies to 2,048 characters, and the session token, which carries them compressed, to
a size that it does not publish (API reference of AssumeRole, PackedPolicyTooLarge). Policies are therefore short: no Sid, no
white space, and beyond PREFERRED characters patterns for services whose reads return metadata only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from functools import cached_property

from iamsql.model import Call
from iamsql.sync.cloudtrail.bucket import TrailLocation, parse_location
from iamsql.sync.cloudtrail.trail import AUTO
from iamsql.sync.options import Options
from iamsql.tables.required_policies import (
    ASSUME_ROLE_ACTION,
    FIND_TRAIL_ACTION,
    SIZE_ACCOUNT_ACTION,
    Document,
    account_actions,
    allow_statement,
    document,
    organization_actions,
    trail_read_statements,
)

# about: The characters of the plaintext of session policies.
# source: AWS STS API Reference, AssumeRole
# date: 2026-11-27
# rebuild: read the parameter Policy in the page
LIMIT = 2048  # characters
PREFERRED = 1024  # characters: half the limit, because session tags also take space in the token
MAX_ROLES, MAX_PREFIX = 400, 200  # characters of role ARNs, and of the prefix of log files
# Services with the start of actions that read metadata only, no content and no secrets: cloudtrail:GetQueryResults returns events,
# s3:GetObject, glacier:GetJobOutput and ses:GetArchiveMessage return content.
VERBS = ("Describe", "Get", "List")
METADATA_ONLY = {
    "iam": (*VERBS, "Generate"),
    **dict.fromkeys(
        ("sso", "organizations", "identitystore", "access-analyzer", "account", "kms", "sqs", "sns"), VERBS
    ),
    "s3": ("GetA", "GetBucket", "GetMultiRegion", "ListA", "ListMultiRegion"),
    "elasticfilesystem": ("Describe",),
    "ecr": ("GetRe",),
    "cloudtrail": ("Describe",),
    "lambda": ("ListLayer",),
    "backup": ("GetBackupVault",),
    "glacier": ("GetVault",),
    "ses": ("GetEmailIdentit", "ListEmailIdentit"),
}


class SessionPolicies:
    """The session policies of one run; all are None with `no_session_policy`."""

    def __init__(self, options: Options, calls: Sequence[Call], on_demand_tables: Collection[str]) -> None:
        """Allow the calls of the selected tables; `on_demand_tables` has the raw tables of the on-demand calls that are made."""
        self._options = options
        self._calls = [call for call in calls if not call.on_demand or call.raw in on_demand_tables]

    @cached_property
    def account(self) -> str | None:
        """Return the policy for the session in each account."""
        return self._policy_text([allow_statement(self._account_actions)])

    def organization(self, partition: str) -> str | None:
        """Return the policy for `org_role`, which reads its own account, assumes roles in others, and may read the trail."""
        options = self._options
        actions = self._account_actions | organization_actions(self._calls)
        statements = [
            allow_statement(actions | ({FIND_TRAIL_ACTION} if options.trail == AUTO else set())),
            self._assume_roles_statement(partition),
        ]
        if options.trail == AUTO:  # the bucket is not known yet
            objects = f"arn:{partition}:s3:::*/AWSLogs/*"
            statements += trail_read_statements(f"arn:{partition}:s3:::*", objects, "*")
        elif options.trail:
            statements += self._read_trail_statements(parse_location(options.trail), partition)
        return self._policy_text(statements)

    def trail(self, location: TrailLocation, partition: str) -> str | None:
        """Return the policy for `trail_role`."""
        return self._policy_text(self._read_trail_statements(location, partition))

    @property
    def _account_actions(self) -> set[str]:
        return account_actions(self._calls) | ({SIZE_ACCOUNT_ACTION} if self._options.dry_run else set())

    def _assume_roles_statement(self, partition: str) -> Document:
        """Return the statement that allows the session to assume the roles of --role."""
        roles = [f"arn:{partition}:iam::*:role/{literal(name)}" for name in self._options.roles]
        # A list that takes too much of the limit becomes a pattern; the policies of `org_role` still limit the session.
        return allow_statement(
            ASSUME_ROLE_ACTION, roles if len(json.dumps(roles)) <= MAX_ROLES else f"arn:{partition}:iam::*:role/*"
        )

    def _read_trail_statements(self, location: TrailLocation, partition: str) -> list[Document]:
        bucket = f"arn:{partition}:s3:::{location.bucket}"
        prefix = literal(location.logs)
        return trail_read_statements(
            bucket, f"{bucket}/{prefix if len(json.dumps(prefix)) <= MAX_PREFIX else '*/AWSLogs/'}*", "*"
        )

    def _policy_text(self, statements: Sequence[Document]) -> str | None:
        return None if self._options.no_session_policy else compact(statements)


def compact(statements: Sequence[Document]) -> str:
    """Return the policy as JSON. To shorten it, the reads of some services become patterns, of as few as possible."""
    text = ""
    # As few patterns as possible, because a pattern allows more than the calls of this sync.
    for count in range(len(METADATA_ONLY) + 1):
        services = [*METADATA_ONLY][:count]
        shorter = [statement | {"Action": to_patterns(statement["Action"], services)} for statement in statements]
        text = json.dumps(document(*shorter), separators=(",", ":"))
        if len(text) <= PREFERRED:
            break
    return text


def to_patterns(actions: str | Sequence[str], services: Collection[str]) -> str | list[str]:
    """Return the actions; reads of the services become patterns, such as iam:Get*."""
    if isinstance(actions, str):
        return actions
    widened_actions: set[str] = set()
    for action in actions:
        service, _, name = action.partition(":")
        verbs = METADATA_ONLY[service] if service in services else ()
        start = next((verb for verb in verbs if name.startswith(verb)), "")
        widened_actions.add(f"{service}:{start}*" if start else action)
    return sorted(widened_actions)


def literal(text: str) -> str:
    """Escape text for an ARN in a policy, where `*` and `${…}` are special: `?` matches any character."""
    return re.sub(r"[*?$]", "?", text)
