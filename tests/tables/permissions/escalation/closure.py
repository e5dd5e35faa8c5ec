"""Escalation as a simple closure in Python, which is slow and easy to verify by reading.

An attacker controls identities. The steps are applied to the organization until nothing changes, and each step is evaluated
again by allow, deny and boundary. A step only adds permissions, members or trusted principals, or removes a boundary, so the
order does not matter, except for the deletion of a policy that also allows: each such deletion is tried. Statements have no
conditions, and a resource is `*` or an ARN. There are no service control policies.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.tables.permissions.escalation.case import of

LAMBDA = "lambda.amazonaws.com"


@dataclass
class Statement:
    """A statement of an identity-based policy or permissions boundary."""

    actions: list[str]
    resource: str = "*"
    effect: str = "Allow"

    def matches(self, action: str, resource: str) -> bool:
        """Return whether the statement matches a request."""
        return any(fnmatchcase(action, pattern) for pattern in self.actions) and self.resource in ("*", resource)


EVERYTHING = Statement(["*"])


def allows(statement: Statement) -> bool:
    """Return whether the effect of a statement is Allow."""
    return statement.effect == "Allow"


def written(statements: list[Statement]) -> str:
    """Return statements as a line of text."""
    return ", ".join(
        f"{statement.effect} {' '.join(statement.actions)} on {statement.resource}" for statement in statements
    )


@dataclass
class Identity:
    """A user or role; `denies` is a second inline policy, and `trusts` are ARNs of users and roles, account IDs, and services."""

    kind: str
    account: str
    name: str
    statements: list[Statement]
    policies: list[str] = field(default_factory=list)
    boundary: str | None = None
    groups: list[str] = field(default_factory=list)
    trusts: list[str] = field(default_factory=list)
    denies: list[Statement] = field(default_factory=list)

    @property
    def arn(self) -> str:
        """Return the ARN."""
        return of(self.kind, self.name, self.account)


@dataclass
class Group:
    """A group of users. Groups have only Allow statements, so a new member loses no permission."""

    account: str
    name: str
    statements: list[Statement]

    @property
    def arn(self) -> str:
        """Return the ARN."""
        return of("group", self.name, self.account)


@dataclass
class Organization:
    """Users and roles, groups and customer-managed policies, by ARN."""

    identities: dict[str, Identity]
    groups: dict[str, Group]
    policies: dict[str, list[Statement]]

    def __str__(self) -> str:
        """Return a line for each identity, group and policy."""
        identities = [
            f"{identity.arn}: {written(identity.statements)}; denies {written(identity.denies)}; "
            f"policies {identity.policies}, boundary {identity.boundary}, groups {identity.groups}, trusts {identity.trusts}"
            for identity in self.identities.values()
        ]
        groups = [f"{group.arn}: {written(group.statements)}" for group in self.groups.values()]
        return "\n".join(
            [*identities, *groups, *(f"{arn}: {written(statements)}" for arn, statements in self.policies.items())]
        )

    def allowed(self, caller: Identity, action: str, resource: str, *, by_trust: bool = False) -> bool:
        """Evaluate a request: no Deny, an Allow of the policies or of a trust in the principal, and of the boundary."""
        statements = [
            *caller.statements,
            *caller.denies,
            *(statement for name in caller.policies for statement in self.policies[name]),
        ]
        statements += [statement for name in caller.groups for statement in self.groups[name].statements]
        cap = self.policies[caller.boundary] if caller.boundary else [EVERYTHING]
        if any(statement.effect == "Deny" and statement.matches(action, resource) for statement in statements + cap):
            return False
        allows = by_trust or any(
            statement.matches(action, resource) for statement in statements if statement.effect == "Allow"
        )
        return allows and any(statement.matches(action, resource) for statement in cap if statement.effect == "Allow")

    def is_administrator(self, caller: Identity) -> bool:
        """Return whether the four questions that define an administrator are allowed."""
        questions = ("*:*", "iam:AttachRolePolicy", "iam:PutUserPolicy", "iam:CreatePolicyVersion")
        return all(self.allowed(caller, action, "*") for action in questions)

    def may_assume(self, caller: Identity, role: Identity) -> bool:
        """Evaluate sts:AssumeRole: the trust policy, and the policies of the caller unless the trust policy suffices."""
        if caller.arn == role.arn or role.kind != "role":
            return False
        same_account = caller.account == role.account
        if same_account and caller.arn in role.trusts:
            return self.allowed(caller, "sts:AssumeRole", role.arn, by_trust=True)
        is_trusted = caller.arn in role.trusts or caller.account in role.trusts
        return is_trusted and self.allowed(caller, "sts:AssumeRole", role.arn)


def passes(organization: Organization, caller: Identity, role: Identity) -> bool:
    """Return whether an identity may pass a role to a new function."""
    steps = (("iam:PassRole", role.arn), ("lambda:CreateFunction", "*"), ("lambda:InvokeFunction", "*"))
    return LAMBDA in role.trusts and all(organization.allowed(caller, *step) for step in steps)


def controllable_arns(organization: Organization, caller: Identity) -> Iterator[str]:
    """Yield the identities that an identity can control: by a role, a function's role, or a new key of a user."""
    for other in organization.identities.values():
        in_account = other.account == caller.account
        if other.kind == "role" and (
            organization.may_assume(caller, other) or (in_account and passes(organization, caller, other))
        ):
            yield other.arn
        if other.kind == "user" and in_account and organization.allowed(caller, "iam:CreateAccessKey", other.arn):
            yield other.arn


def apply_steps(organization: Organization, caller: Identity) -> None:
    """Apply all changes that an identity may make in the account and that give permissions."""
    for other in (identity for identity in organization.identities.values() if identity.account == caller.account):
        user = other.kind == "user"
        if organization.allowed(caller, f"iam:Put{other.kind.title()}Policy", other.arn):
            other.statements, other.denies = [EVERYTHING], []
        if (
            organization.allowed(caller, f"iam:Attach{other.kind.title()}Policy", other.arn)
            and EVERYTHING not in other.statements
        ):
            other.statements.append(EVERYTHING)
        if organization.allowed(caller, f"iam:Delete{other.kind.title()}Policy", other.arn):
            other.denies = []
        if organization.allowed(caller, f"iam:Detach{other.kind.title()}Policy", other.arn):
            other.policies = [
                arn for arn in other.policies if any(allows(statement) for statement in organization.policies[arn])
            ]
        if organization.allowed(caller, f"iam:Delete{'User' if user else 'Role'}PermissionsBoundary", other.arn):
            other.boundary = None
        if (
            not user
            and caller.arn not in other.trusts
            and organization.allowed(caller, "iam:UpdateAssumeRolePolicy", other.arn)
        ):
            other.trusts.append(caller.arn)
    for group in (group for group in organization.groups.values() if group.account == caller.account):
        if organization.allowed(caller, "iam:PutGroupPolicy", group.arn) and EVERYTHING not in group.statements:
            group.statements.append(EVERYTHING)
        if organization.allowed(caller, "iam:AddUserToGroup", group.arn):
            for other in organization.identities.values():
                if other.kind == "user" and other.account == group.account and group.arn not in other.groups:
                    other.groups.append(group.arn)
    for arn in organization.policies:
        if arn.split(":")[4] == caller.account and organization.allowed(caller, "iam:CreatePolicyVersion", arn):
            organization.policies[arn] = [EVERYTHING]


def deletions(organization: Organization, controlled: set[str]) -> Iterator[Organization]:
    """Yield the organization without each policy of a user or role that both allows and denies and may be deleted."""
    for arn, other in organization.identities.items():
        callers = [organization.identities[caller] for caller in sorted(controlled)]
        kind = other.kind.title()
        is_mixed = any(map(allows, other.statements)) and not all(map(allows, other.statements))
        if is_mixed and any(
            organization.allowed(caller, f"iam:Delete{kind}Policy", arn)
            for caller in callers
            if caller.account == other.account
        ):
            changed = deepcopy(organization)
            changed.identities[arn].statements = []
            yield changed


def reaches_administrator(start: Organization, controlled: set[str]) -> bool:
    """Apply steps until nothing changes, and return whether a controlled identity is an administrator."""
    organization, controlled = deepcopy(start), set(controlled)
    while True:
        before = deepcopy((organization, controlled))
        for controlled_arn in sorted(controlled):
            apply_steps(organization, organization.identities[controlled_arn])
            controlled |= set(controllable_arns(organization, organization.identities[controlled_arn]))
        if any(organization.is_administrator(organization.identities[controlled_arn]) for controlled_arn in controlled):
            return True
        if (organization, controlled) == before:
            return any(reaches_administrator(changed, controlled) for changed in deletions(organization, controlled))
