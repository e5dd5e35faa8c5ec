"""Apply requests that change the tags and policies of users, groups and roles.

Policies are attachments, inline policies, trust policies and permissions boundaries.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from iamsql.runs.iam_state.account_state import TABLES, AccountState, Change
from iamsql.runs.iam_state.request import CannotApplyError, IamRequest, Item
from iamsql.tables.calls.account import POLICY_DETAILS

Apply = Callable[[AccountState, IamRequest], Iterator[Change]]
ATTACHMENTS, BOUNDARIES = "AttachmentCount", "PermissionsBoundaryUsageCount"


def attach(entity_type: str) -> Apply:
    """Return the function for AttachUserPolicy, AttachGroupPolicy and AttachRolePolicy."""

    def apply(state: AccountState, request: IamRequest) -> Iterator[Change]:
        owner, arn = state.entity(entity_type, request), request.text("policyArn")
        if owner is None or any(policy["PolicyArn"] == arn for policy in owner["AttachedManagedPolicies"]):
            return
        owner["AttachedManagedPolicies"].append({"PolicyArn": arn, "PolicyName": arn.rpartition("/")[2]})
        state.touch(entity_type)
        policy = state.find(POLICY_DETAILS.raw, "Arn", arn)
        if policy is None:
            if arn.split(":")[4:5] != ["aws"] and request.is_settled:
                raise CannotApplyError(f"the policy {arn} does not exist")
            # A sync reads an AWS managed policy only where it is attached: its document can come from another account.
            policy = _aws_policy(state, arn)
            state.add(POLICY_DETAILS.raw, policy)
        _change_use_count(state, policy, 1)
        yield Change(TABLES[entity_type], owner["Arn"], f"attached {arn}")

    return apply


def _aws_policy(state: AccountState, arn: str) -> Item:
    """Return the item of an AWS managed policy from another account; without its document if no account has it."""
    item: Item = json.loads(state.aws_policies.get(arn, "{}"))
    counts = {ATTACHMENTS: 0, BOUNDARIES: 0}
    return item | {"Arn": arn, "PolicyName": arn.rpartition("/")[2]} | counts


def detach(entity_type: str) -> Apply:
    """Return the function for DetachUserPolicy, DetachGroupPolicy and DetachRolePolicy."""

    def apply(state: AccountState, request: IamRequest) -> Iterator[Change]:
        owner, arn = state.entity(entity_type, request), request.text("policyArn")
        if owner is None:
            return
        remaining = [policy for policy in owner["AttachedManagedPolicies"] if policy["PolicyArn"] != arn]
        if len(remaining) == len(owner["AttachedManagedPolicies"]):
            if request.is_settled:
                raise CannotApplyError(f"the policy {arn} is not attached")
            return
        owner["AttachedManagedPolicies"] = remaining
        state.touch(entity_type)
        if policy := state.find(POLICY_DETAILS.raw, "Arn", arn):
            _change_use_count(state, policy, -1)
            _remove_unused(state, policy)
        yield Change(TABLES[entity_type], owner["Arn"], f"detached {arn}")

    return apply


def _change_use_count(state: AccountState, policy: Item, number: int, uses: str = ATTACHMENTS) -> None:
    policy[uses] = max(0, int(policy.get(uses) or 0) + number)
    state.changed.add(POLICY_DETAILS.raw)


def _remove_unused(state: AccountState, policy: Item) -> None:
    """Remove an AWS managed policy that nothing uses, because AWS returns it only where it is used."""
    if policy["Arn"].split(":")[4:5] == ["aws"] and not policy.get(ATTACHMENTS) and not policy.get(BOUNDARIES):
        state.remove(POLICY_DETAILS.raw, "Arn", policy["Arn"])


def put_inline(entity_type: str) -> Apply:
    """Return the function for PutUserPolicy, PutGroupPolicy and PutRolePolicy."""

    def apply(state: AccountState, request: IamRequest) -> Iterator[Change]:
        owner, name, policy = (
            state.entity(entity_type, request),
            request.text("policyName"),
            request.document("policyDocument"),
        )
        if owner is None:
            return
        policies = owner.setdefault(f"{entity_type.title()}PolicyList", [])
        entry = {"PolicyDocument": policy, "PolicyName": name}
        positions = [position for position, old in enumerate(policies) if old["PolicyName"] == name]
        if positions and policies[positions[0]]["PolicyDocument"] == policy:
            return
        if positions:
            policies[positions[0]] = entry
        else:
            policies.append(entry)
        state.touch(entity_type)
        yield Change(TABLES[entity_type], owner["Arn"], f"inline policy {name} {'changed' if positions else 'added'}")

    return apply


def delete_inline(entity_type: str) -> Apply:
    """Return the function for DeleteUserPolicy, DeleteGroupPolicy and DeleteRolePolicy."""

    def apply(state: AccountState, request: IamRequest) -> Iterator[Change]:
        owner, name = state.entity(entity_type, request), request.text("policyName")
        if owner is None:
            return
        member = f"{entity_type.title()}PolicyList"
        remaining = [policy for policy in owner.get(member, []) if policy["PolicyName"] != name]
        if len(remaining) == len(owner.get(member, [])):
            if request.is_settled:
                raise CannotApplyError(f"the inline policy {name} does not exist")
            return
        owner[member] = remaining
        state.touch(entity_type)
        yield Change(TABLES[entity_type], owner["Arn"], f"inline policy {name} deleted")

    return apply


def update_trust(state: AccountState, request: IamRequest) -> Iterator[Change]:
    """Apply UpdateAssumeRolePolicy."""
    role, trust = state.entity("role", request), request.document("policyDocument")
    if role is not None and role.get("AssumeRolePolicyDocument") != trust:
        role["AssumeRolePolicyDocument"] = trust
        state.touch("role")
        yield Change(TABLES["role"], role["Arn"], "trust policy changed")


def set_boundary(state: AccountState, owner: Item, arn: str | None) -> bool:
    """Set or delete the boundary of a user or role, count the uses of the policies, and return whether it had a boundary."""
    old = owner.pop("PermissionsBoundary", None)
    if old and (policy := state.find(POLICY_DETAILS.raw, "Arn", old["PermissionsBoundaryArn"])):
        _change_use_count(state, policy, -1, BOUNDARIES)
        _remove_unused(state, policy)
    if arn:
        owner["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
        used = state.find(POLICY_DETAILS.raw, "Arn", arn)
        if used is None:
            state.add(POLICY_DETAILS.raw, used := _aws_policy(state, arn))
        _change_use_count(state, used, 1, BOUNDARIES)
    return bool(old)


def put_boundary(entity_type: str) -> Apply:
    """Return the function for PutUserPermissionsBoundary and PutRolePermissionsBoundary."""

    def apply(state: AccountState, request: IamRequest) -> Iterator[Change]:
        owner, arn = state.entity(entity_type, request), request.text("permissionsBoundary")
        if owner is not None and owner.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") != arn:
            set_boundary(state, owner, arn)
            state.touch(entity_type)
            yield Change(TABLES[entity_type], owner["Arn"], f"boundary {arn}")

    return apply


def delete_boundary(entity_type: str) -> Apply:
    """Return the function for DeleteUserPermissionsBoundary and DeleteRolePermissionsBoundary."""

    def apply(state: AccountState, request: IamRequest) -> Iterator[Change]:
        owner = state.entity(entity_type, request)
        if owner is not None and set_boundary(state, owner, None):
            state.touch(entity_type)
            yield Change(TABLES[entity_type], owner["Arn"], "boundary deleted")

    return apply


def tag(entity_type: str) -> Apply:
    """Return the function for TagUser, TagRole, UntagUser and UntagRole."""

    def apply(state: AccountState, request: IamRequest) -> Iterator[Change]:
        owner, added, removed_keys = (
            state.entity(entity_type, request),
            request.tags,
            request.parameters.get("tagKeys") or [],
        )
        if owner is None:
            return
        names = {entry["Key"] for entry in added} | set(removed_keys)
        owner["Tags"] = [entry for entry in owner.get("Tags") or [] if entry["Key"] not in names] + added
        state.touch(entity_type)
        yield Change(TABLES[entity_type], owner["Arn"], "tags changed")

    return apply


OWNERS = {"User": "user", "Group": "group", "Role": "role"}
APPLIED: dict[str, Apply] = {
    **{f"Attach{title}Policy": attach(entity_type) for title, entity_type in OWNERS.items()},
    **{f"Detach{title}Policy": detach(entity_type) for title, entity_type in OWNERS.items()},
    **{f"Put{title}Policy": put_inline(entity_type) for title, entity_type in OWNERS.items()},
    **{f"Delete{title}Policy": delete_inline(entity_type) for title, entity_type in OWNERS.items()},
    **{f"{verb}{title}": tag(OWNERS[title]) for title in ("User", "Role") for verb in ("Tag", "Untag")},
    **{f"Put{title}PermissionsBoundary": put_boundary(OWNERS[title]) for title in ("User", "Role")},
    **{f"Delete{title}PermissionsBoundary": delete_boundary(OWNERS[title]) for title in ("User", "Role")},
    "UpdateAssumeRolePolicy": update_trust,
}
