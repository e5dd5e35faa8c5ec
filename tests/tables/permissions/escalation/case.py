"""Escalation cases as data: each case has its own accounts of an organization, and the expected answers for its principals.

A case uses the account IDs MEMBER, OTHER and THIRD, which `joined` replaces by ids of the case when it combines all cases in an
organization. A principal is written as `user/a`, which is in MEMBER, or as an ARN.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.tables.permissions.policy_builders import (
    CREATED,
    HOME,
    MEMBER,
    ORGANIZATION,
    OTHER,
    Document,
    account,
    allow,
    control_policy,
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
class ExpectedAnswer:
    """The expected answers of escalation_paths, admins and the control for a principal.

    The verdict is the verdict of the best row: certain, conditional or unknown; `none` for no row; `admin` for an administrator.
    The other values, if they are not None, must match a row with this verdict.
    """

    verdict: str
    method: str | None = None
    steps: int | None = None
    path: str | None = None
    conditions: str | None = None


@dataclass(frozen=True)
class Case:
    """A sample organization of one to three accounts, and the expected answers for its principals."""

    name: str
    finding: str
    accounts: dict[str, Document]
    expected: dict[str, ExpectedAnswer]
    scps: Sequence[Document] = field(default=())


NONE, ADMIN = ExpectedAnswer("none"), ExpectedAnswer("admin")


def certain(method: str | None = None, steps: int | None = None, path: str | None = None) -> ExpectedAnswer:
    """Expect a row with verdict `certain`."""
    return ExpectedAnswer("certain", method, steps, path)


def conditional(conditions: str | None = None, method: str | None = None) -> ExpectedAnswer:
    """Expect rows, none of them certain."""
    return ExpectedAnswer("conditional", method, conditions=conditions)


def unknown(conditions: str) -> ExpectedAnswer:
    """Expect one row, with verdict `unknown`."""
    return ExpectedAnswer("unknown", conditions=conditions)


def of(kind: str, name: str, owner: str = MEMBER) -> str:
    """Return an ARN."""
    return f"arn:aws:iam::{owner}:{kind}/{name}"


def with_arns(text: str, owner: str = MEMBER) -> str:
    """Replace each short name such as `user/a` in a text by its ARN."""
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


def reported(accounts: dict[str, Document], **users: dict[str, Any]) -> dict[str, Document]:
    """Add the credential report of the listed users to MEMBER: the number of keys, of active keys, a password, and MFA."""
    rows = [
        {"user": name, "arn": of("user", name), "user_creation_time": CREATED, "password_enabled": values.get("password", False),
         "mfa_active": values.get("mfa", False)}
        | {f"access_key_{slot}_active": slot <= values.get("active", values.get("keys", 0)) for slot in (1, 2)}
        | {f"access_key_{slot}_last_rotated": CREATED if slot <= values.get("keys", 0) else "N/A" for slot in (1, 2)}
        for name, values in users.items()
    ]  # fmt: skip
    return accounts | {MEMBER: accounts[MEMBER] | {"credential_report": rows}}


def renamed(value: Any, case_number: int) -> Any:
    """Replace the account IDs in a value by the IDs of the case."""
    text = json.dumps(value)
    for number, owner in enumerate((MEMBER, OTHER, THIRD), 1):
        text = text.replace(owner, f"5{number:03}{case_number:08}")
    return json.loads(text)


def joined(cases: Sequence[Case]) -> Document:
    """Return a sample organization with the accounts and policies of all cases."""
    accounts: dict[str, Document] = {HOME: account()}
    scps: list[Document] = []
    for case_number, case in enumerate(cases):
        accounts |= renamed(case.accounts, case_number)
        scps += [renamed(scp, case_number) | {"id": f"{scp['id']}{case_number:04}"} for scp in case.scps]
    account_items = [{"id": account_id, "name": f"account {account_id}", "ou": "r-acme"} for account_id in accounts]
    return {
        "organization": ORGANIZATION | {"accounts": account_items},
        "scps": [
            control_policy("p-FullAWSAccess", [allow()], "r-acme", "ou-acme-00000001", "ou-acme-00000002", *accounts),
            *scps,
        ],
        "accounts": accounts,
    }
