"""Escalation as a simple closure in Python, slow and easy to verify by reading.

An attacker controls identities. One step at a time is applied to the estate, each judged anew by allow, deny and boundary,
until nothing changes. Every step only adds (rights, members, trusts) or removes a cap, so the order does not matter.
Statements have no conditions, a resource of `*` or one ARN, and there are no service control policies.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.permissions.escalation.case import of

LAMBDA = "lambda.amazonaws.com"


@dataclass
class Statement:
    """A statement of an identity-based policy or permissions boundary."""

    actions: list[str]
    resource: str = "*"
    effect: str = "Allow"

    def speaks(self, action: str, resource: str) -> bool:
        """Return whether the statement matches a request."""
        return any(fnmatchcase(action, one) for one in self.actions) and self.resource in ("*", resource)


EVERYTHING = Statement(["*"])


def written(statements: list[Statement]) -> str:
    """Return statements as one line."""
    return ", ".join(f"{one.effect} {' '.join(one.actions)} on {one.resource}" for one in statements)


@dataclass
class Identity:
    """A user or role; `trusts` are ARNs of users and roles, account ids, and services."""

    kind: str
    account: str
    name: str
    statements: list[Statement]
    policies: list[str] = field(default_factory=list)
    boundary: str | None = None
    groups: list[str] = field(default_factory=list)
    trusts: list[str] = field(default_factory=list)

    @property
    def arn(self) -> str:
        """Return the ARN."""
        return of(self.kind, self.name, self.account)


@dataclass
class Group:
    """A group of users. Groups have only Allow statements, so that a new member loses no permission."""

    account: str
    name: str
    statements: list[Statement]

    @property
    def arn(self) -> str:
        """Return the ARN."""
        return of("group", self.name, self.account)


@dataclass
class Estate:
    """Users and roles, groups and customer-managed policies, by ARN."""

    identities: dict[str, Identity]
    groups: dict[str, Group]
    policies: dict[str, list[Statement]]

    def __str__(self) -> str:
        """Return a line for each identity, group and policy."""
        people = [
            f"{one.arn}: {written(one.statements)}; policies {one.policies}, boundary {one.boundary}, "
            f"groups {one.groups}, trusts {one.trusts}"
            for one in self.identities.values()
        ]
        groups = [f"{one.arn}: {written(one.statements)}" for one in self.groups.values()]
        return "\n".join([*people, *groups, *(f"{arn}: {written(found)}" for arn, found in self.policies.items())])

    def allowed(self, who: Identity, action: str, resource: str, *, by_trust: bool = False) -> bool:
        """Evaluate a request: no Deny, an Allow of the policies or of a trust in the principal, and of the boundary."""
        own = [*who.statements, *(one for name in who.policies for one in self.policies[name])]
        own += [one for name in who.groups for one in self.groups[name].statements]
        cap = self.policies[who.boundary] if who.boundary else [EVERYTHING]
        if any(one.effect == "Deny" and one.speaks(action, resource) for one in own + cap):
            return False
        allows = by_trust or any(one.speaks(action, resource) for one in own if one.effect == "Allow")
        return allows and any(one.speaks(action, resource) for one in cap if one.effect == "Allow")

    def is_administrator(self, who: Identity) -> bool:
        """Return whether the four questions that define an administrator are allowed."""
        questions = ("*:*", "iam:AttachRolePolicy", "iam:PutUserPolicy", "iam:CreatePolicyVersion")
        return all(self.allowed(who, action, "*") for action in questions)

    def may_assume(self, who: Identity, role: Identity) -> bool:
        """Evaluate sts:AssumeRole: the trust policy, and the policies of the caller unless the trust policy suffices."""
        if who.arn == role.arn or role.kind != "role":
            return False
        same = who.account == role.account
        if same and who.arn in role.trusts:
            return self.allowed(who, "sts:AssumeRole", role.arn, by_trust=True)
        named = who.arn in role.trusts or who.account in role.trusts
        return named and self.allowed(who, "sts:AssumeRole", role.arn)


def passes(estate: Estate, who: Identity, role: Identity) -> bool:
    """Return whether an identity may pass a role to a new function."""
    steps = (("iam:PassRole", role.arn), ("lambda:CreateFunction", "*"), ("lambda:InvokeFunction", "*"))
    return LAMBDA in role.trusts and all(estate.allowed(who, *step) for step in steps)


def becomes(estate: Estate, who: Identity) -> Iterator[str]:
    """Yield the identities that an identity can control: by a role, a function's role, or a new key of a user."""
    for other in estate.identities.values():
        in_account = other.account == who.account
        if other.kind == "role" and (estate.may_assume(who, other) or (in_account and passes(estate, who, other))):
            yield other.arn
        if other.kind == "user" and in_account and estate.allowed(who, "iam:CreateAccessKey", other.arn):
            yield other.arn


def strengthen(estate: Estate, who: Identity) -> None:
    """Apply all changes that an identity may make in the account and that give permissions."""
    for other in (one for one in estate.identities.values() if one.account == who.account):
        user = other.kind == "user"
        puts = [f"iam:{step}{other.kind.title()}Policy" for step in ("Put", "Attach")]
        if any(estate.allowed(who, action, other.arn) for action in puts) and EVERYTHING not in other.statements:
            other.statements.append(EVERYTHING)
        if estate.allowed(who, f"iam:Delete{'User' if user else 'Role'}PermissionsBoundary", other.arn):
            other.boundary = None
        if not user and who.arn not in other.trusts and estate.allowed(who, "iam:UpdateAssumeRolePolicy", other.arn):
            other.trusts.append(who.arn)
    for group in (one for one in estate.groups.values() if one.account == who.account):
        if estate.allowed(who, "iam:PutGroupPolicy", group.arn) and EVERYTHING not in group.statements:
            group.statements.append(EVERYTHING)
        if estate.allowed(who, "iam:AddUserToGroup", group.arn):
            for other in estate.identities.values():
                if other.kind == "user" and other.account == group.account and group.arn not in other.groups:
                    other.groups.append(group.arn)
    for arn in estate.policies:
        if arn.split(":")[4] == who.account and estate.allowed(who, "iam:CreatePolicyVersion", arn):
            estate.policies[arn] = [EVERYTHING]


def reaches_administrator(start: Estate, arn: str) -> bool:
    """Apply steps until nothing changes, and return whether a controlled identity is an administrator."""
    estate, controlled = deepcopy(start), {arn}
    while True:
        before = deepcopy((estate, controlled))
        for one in sorted(controlled):
            strengthen(estate, estate.identities[one])
            controlled |= set(becomes(estate, estate.identities[one]))
        if any(estate.is_administrator(estate.identities[one]) for one in controlled):
            return True
        if (estate, controlled) == before:
            return False
