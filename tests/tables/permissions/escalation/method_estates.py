"""The smallest account where a method of privilege escalation works: a principal with the required actions, and their target.

Each function takes the method and the actions of the principal, so a test can leave out one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iamsql.tables.compiler.facts import DATA, read_facts
from tests.tables.permissions.escalation.case import (
    TRUSTS_ACCOUNT,
    Case,
    administrator,
    attached,
    bounded,
    member,
    of,
    only,
)
from tests.tables.permissions.escalation.services import PROFILE
from tests.tables.permissions.policy_builders import MEMBER, OTHER, Document, account, allow, group, policy, role, trust

ACTOR = "actor"
FEDERATED = {"cognito-identity.amazonaws.com"}
REMOVING_DENIES = (
    *(f"{verb}_{kind}_policy" for verb in ("detach", "delete") for kind in ("user", "role", "group")),
    "remove_user_from_group",
)
SAML = f"arn:aws:iam::{MEMBER}:saml-provider/corp"


@dataclass(frozen=True)
class Method:
    """A row of the list of methods."""

    name: str
    kind: str
    target: str
    service: str
    actions: tuple[str, ...]
    paths: tuple[str, ...]

    @property
    def needs_administration_account(self) -> bool:
        """Whether the method works only in the accounts that administer Identity Center, root sessions or account access."""
        of_organization = self.kind in ("self", "assume") and self.target == "*" and self.name != "update_saml_provider"
        return of_organization or self.name == "account_access_entitlement"


def methods(path: Path = DATA / "iam_privesc_methods.csv") -> list[Method]:
    """Return the methods of the list."""
    return [
        Method(
            row["method"],
            row["kind"],
            row["target"],
            row["service"],
            tuple(row["actions[]"].split()),
            tuple(row["pathfinding[]"].split()),
        )
        for row in read_facts(path).records()
    ]


def service_role(method: Method) -> Document:
    """Return an administrator role that the service of a method can assume."""
    kind = "Federated" if method.service in FEDERATED else "Service"
    return administrator(trust({kind: method.service})) | (PROFILE if method.service == "ec2.amazonaws.com" else {})


def accounts(method: Method, actions: Sequence[str], name: str = ACTOR) -> dict[str, Document]:
    """Return the accounts where the principal `name` of MEMBER has the actions, and the target of the method exists."""
    if method.kind in ("pass", "take"):
        return member([only(name, allow(list(actions)))], [service_role(method)])
    if method.kind in ("assume", "credentials"):
        return _others(method, actions, name)
    if method.name in REMOVING_DENIES:
        return _denied(method, actions, name)
    return _BY_TARGET[method.target](method, actions, name)


def _others(method: Method, actions: Sequence[str], name: str) -> dict[str, Document]:
    """Return an account with a user, a role and a group that have the permissions of an administrator."""
    trusts = trust({"Federated": SAML}) if method.name == "update_saml_provider" else TRUSTS_ACCOUNT
    if method.name == "update_assume_role_policy":
        trusts = trust({"Service": "lambda.amazonaws.com"})
    boss = [only("boss", allow())] if method.kind == "credentials" else []
    roles = [administrator(trusts)] if method.kind == "assume" else []
    return member([only(name, allow(list(actions))), *boss], roles, GroupDetailList=[group("admins", [], [allow()])])


def _denied(method: Method, actions: Sequence[str], name: str) -> dict[str, Document]:
    """Return an account with an administrator whose policy, or whose group's policy, denies everything but the actions."""
    statement = {"Effect": "Deny", "NotAction": list(actions), "Resource": "*"}
    inline = {"PolicyName": "denying", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    policies = [policy("denying", [statement])]
    detaches = method.name.startswith("detach")
    if method.target == "group":
        team = group("team", [], [] if detaches else [statement]) | (attached("denying") if detaches else {})
        return member([only(name, allow(), GroupList=["team"])], GroupDetailList=[team], Policies=policies)
    member_name = "RolePolicyList" if method.target == "role" else "UserPolicyList"
    actor = role(MEMBER, name, [TRUSTS_ACCOUNT], [allow()]) if method.target == "role" else only(name, allow())
    actor |= attached("denying") if detaches else {member_name: [*actor[member_name], inline]}
    return member([], [actor], Policies=policies) if method.target == "role" else member([actor], Policies=policies)


def _on_policy(_: Method, actions: Sequence[str], name: str) -> dict[str, Document]:
    """Return an account with a user whose managed policy has an earlier version that allows everything."""
    versions = policy("managed", [allow()], [allow(list(actions))])
    return member([only(name, **attached("managed"), UserPolicyList=[])], Policies=[versions])


def _on_user(method: Method, actions: Sequence[str], name: str) -> dict[str, Document]:
    """Return an account with a user, for a method that changes a boundary with one that leaves the user only the actions."""
    if not method.name.endswith("_boundary"):
        return member([only(name, allow(list(actions)))])
    return member([only(name, allow(), **bounded("cap"))], Policies=[policy("cap", [allow(list(actions))])])


def _on_role(method: Method, actions: Sequence[str], name: str) -> dict[str, Document]:
    """Return an account with a role that changes itself."""
    has_boundary = method.name.endswith("_boundary")
    actor = role(MEMBER, name, [TRUSTS_ACCOUNT], [allow() if has_boundary else allow(list(actions))])
    if not has_boundary:
        return member([], [actor])
    return member([], [actor | bounded("cap")], Policies=[policy("cap", [allow(list(actions))])])


def _on_group(method: Method, actions: Sequence[str], name: str) -> dict[str, Document]:
    """Return an account with a user in a group, or next to a group of administrators."""
    if method.name == "add_user_to_group":
        return member([only(name, allow(list(actions)))], GroupDetailList=[group("team", [], [allow()])])
    user = only(name, allow(list(actions)), GroupList=["team"])
    return member([user], GroupDetailList=[group("team", [], [allow("s3:ListAllMyBuckets")])])


def _on_organization(_: Method, actions: Sequence[str], name: str) -> dict[str, Document]:
    """Return an account with a user who changes what IAM data does not contain."""
    return member([only(name, allow(list(actions)))])


_BY_TARGET: dict[str, Callable[[Method, Sequence[str], str], dict[str, Document]]] = {
    "policy": _on_policy,
    "user": _on_user,
    "role": _on_role,
    "group": _on_group,
    "*": _on_organization,
}


def trusting_role(principal: Any) -> dict[str, Document]:
    """Return a user who may assume roles, and an administrator role of another account that trusts the principal."""
    actor = only(ACTOR, allow("sts:AssumeRole"))
    roles = [administrator(trust({"AWS": principal}), owner=OTHER)]
    return member([actor]) | {OTHER: account(RoleDetailList=roles)}


# Paths that the smallest account of their method does not show: roles of another account, and roles that trust everyone.
OTHER_ACCOUNTS = {"sts-002": trusting_role(f"arn:aws:iam::{MEMBER}:root"), "sts-003": trusting_role("*")}


def case(name: str, estate: dict[str, Document]) -> Case:
    """Return a case without expected answers, for `joined`."""
    return Case(name, "methods", estate, {})


def actor_arn(method: Method, name: str = ACTOR) -> str:
    """Return the ARN of the principal."""
    return of("role" if method.kind == "self" and method.target == "role" else "user", name)
