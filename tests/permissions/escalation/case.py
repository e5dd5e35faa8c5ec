"""Escalation cases as data: each has its own accounts in one organization, and the expected answers for its principals.

A case is written with the account ids MEMBER, OTHER and THIRD, which are replaced by ids of the case when all the cases
are put into one estate. Principals are written as `user/a`, which is in MEMBER, or as a whole ARN.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.permissions.pieces import (
    HOME,
    MEMBER,
    ORGANIZATION,
    OTHER,
    Document,
    account,
    allow,
    guard,
    role,
    trust,
    user,
)

THIRD = "444455556666"
SHORT = re.compile(r"(?<![\w:/])(user|role|group|policy)/")
ADMINISTRATOR_ACCESS = {
    "PolicyName": "AdministratorAccess",
    "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
}
PASS_TO_LAMBDA = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]
TRUSTS_ACCOUNT = trust({"AWS": f"arn:aws:iam::{MEMBER}:root"})


@dataclass(frozen=True)
class Want:
    """The expected answers of escalation_paths, admins and the control for a principal.

    The verdict is that of the best row: certain, conditional or unknown; `none` for no row; `admin` for an administrator.
    What else is given must be true of one row that has the verdict.
    """

    verdict: str
    method: str | None = None
    hops: int | None = None
    path: str | None = None
    depends_on: str | None = None


@dataclass(frozen=True)
class Case:
    """An estate of one to three accounts, and the expected answers for its principals."""

    name: str
    finding: str
    accounts: dict[str, Document]
    wants: dict[str, Want]
    scps: Sequence[Document] = field(default=())


NONE, ADMIN = Want("none"), Want("admin")


def certain(method: str | None = None, hops: int | None = None, path: str | None = None) -> Want:
    """Expect a row with verdict `certain`."""
    return Want("certain", method, hops, path)


def conditional(depends_on: str | None = None, method: str | None = None) -> Want:
    """Expect rows, none of them certain."""
    return Want("conditional", method, depends_on=depends_on)


def unknown(depends_on: str) -> Want:
    """Expect one row, with verdict `unknown`."""
    return Want("unknown", depends_on=depends_on)


def of(kind: str, name: str, owner: str = MEMBER) -> str:
    """Return an ARN."""
    return f"arn:aws:iam::{owner}:{kind}/{name}"


def whole(text: str, owner: str = MEMBER) -> str:
    """Return a text with the ARN in place of each `user/a`."""
    return SHORT.sub(rf"arn:aws:iam::{owner}:\1/", text)


def bounded(policy_name: str) -> Document:
    """Return the permissions boundary of a user or role."""
    return {
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": of("policy", policy_name),
        }
    }


def attached(*names: str) -> Document:
    """Return the attached policies of a user, group or role: customer managed policies by name."""
    policies = [{"PolicyName": name, "PolicyArn": of("policy", name)} for name in names]
    return {"AttachedManagedPolicies": policies}


def administrator(*trusts: Document, owner: str = MEMBER, name: str = "adm") -> Document:
    """Return a role that is an administrator."""
    return role(owner, name, list(trusts) or [TRUSTS_ACCOUNT], [allow()])


def assume(*names: str) -> Document:
    """Return a statement that allows sts:AssumeRole on roles of MEMBER."""
    return allow("sts:AssumeRole", [of("role", name) for name in names])


def member(
    users: Sequence[Document] = (), roles: Sequence[Document] = (), **more: list[Document]
) -> dict[str, Document]:
    """Return the accounts of a case with one account."""
    return {MEMBER: account(UserDetailList=list(users), RoleDetailList=list(roles), **more)}


def only(name: str, *statements: Document, **more: Any) -> Document:
    """Return a user of MEMBER."""
    return user(name, list(statements), **more)


def renamed(value: Any, place: int) -> Any:
    """Return a value with the account ids replaced by ids of the case."""
    text = json.dumps(value)
    for number, owner in enumerate((MEMBER, OTHER, THIRD), 1):
        text = text.replace(owner, f"5{number:03}{place:08}")
    return json.loads(text)


def joined(cases: Sequence[Case]) -> Document:
    """Return one estate with all cases."""
    accounts: dict[str, Document] = {HOME: account()}
    scps: list[Document] = []
    for place, case in enumerate(cases):
        accounts |= renamed(case.accounts, place)
        scps += [renamed(one, place) | {"id": f"{one['id']}{place:04}"} for one in case.scps]
    listed = [{"id": one, "name": f"account {one}", "ou": "r-acme"} for one in accounts]
    return {
        "organization": ORGANIZATION | {"accounts": listed},
        "scps": [
            guard("p-FullAWSAccess", [allow()], "r-acme", "ou-acme-00000001", "ou-acme-00000002", *accounts),
            *scps,
        ],
        "accounts": accounts,
    }
