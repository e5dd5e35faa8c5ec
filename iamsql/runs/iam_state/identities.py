"""Requests that create, change and delete users, groups, roles and access keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from iamsql.runs.iam_state.account_state import DETAILS, TABLES, AccountState, Change
from iamsql.runs.iam_state.policies import set_boundary
from iamsql.runs.iam_state.request import CannotApplyError, IamRequest, Item
from iamsql.tables.calls.account import ACCESS_KEYS, USERS

Apply = Callable[[AccountState, IamRequest], Iterator[Change]]
KEYS = "aws_iam_access_key"


def create_entity(entity_type: str) -> Apply:
    """Return the function that applies CreateUser, CreateGroup, CreateRole or CreateServiceLinkedRole."""

    def apply(state: AccountState, request: IamRequest) -> Iterator[Change]:
        created = request.response.get(entity_type)
        if not isinstance(created, dict) or not isinstance(created.get("arn"), str):
            raise CannotApplyError(f"it has no {entity_type} in its response")
        # CreateServiceLinkedRole has the name in its response only.
        name, title = (
            str(created.get(f"{entity_type}Name") or request.parameters.get(f"{entity_type}Name")),
            entity_type.title(),
        )
        old = state.find(DETAILS[entity_type], f"{title}Name", name)
        if old is not None:
            if old.get("Arn") == created["arn"] and (
                not request.is_settled or old.get(f"{title}Id") == created.get(f"{entity_type}Id")
            ):
                return
            raise CannotApplyError(f"the {entity_type} {name} exists already")
        item: Item = {
            "Arn": created["arn"], "CreateDate": request.iso_time, "Path": created.get("path") or "/",
            f"{title}Id": created.get(f"{entity_type}Id"), f"{title}Name": name, "AttachedManagedPolicies": [],
            f"{title}PolicyList": [],
        }  # fmt: skip
        item |= {"GroupList": []} if entity_type == "user" else {}
        item |= {"Tags": request.tags} if entity_type != "group" else {}
        if entity_type == "role":
            # CreateServiceLinkedRole has the trust policy in its response only.
            source = (
                request if "assumeRolePolicyDocument" in request.parameters else replace(request, parameters=created)
            )
            trust = source.document("assumeRolePolicyDocument")
            item |= {"AssumeRolePolicyDocument": trust, "InstanceProfileList": [], "RoleLastUsed": {}}
        if boundary := request.parameters.get("permissionsBoundary"):
            set_boundary(state, item, str(boundary))
        state.add(DETAILS[entity_type], item)
        yield Change(TABLES[entity_type], item["Arn"], "created")

    return apply


def delete_entity(entity_type: str) -> Apply:
    """Return the function for DeleteUser, DeleteGroup and DeleteRole."""

    def apply(state: AccountState, request: IamRequest) -> Iterator[Change]:
        item = state.entity(entity_type, request)
        if item is None:
            return
        title = entity_type.title()
        set_boundary(state, item, None)
        state.remove(DETAILS[entity_type], f"{title}Name", item[f"{title}Name"])
        if entity_type == "user":
            state.remove(USERS.raw, "UserName", item["UserName"])
        yield Change(TABLES[entity_type], item["Arn"], "deleted")

    return apply


def update_entity(entity_type: str) -> Apply:
    """Return the function for UpdateUser and UpdateGroup, which change the name and the path."""

    def apply(state: AccountState, request: IamRequest) -> Iterator[Change]:
        new_name, new_path = (
            request.parameters.get(f"new{suffix}") for suffix in (f"{entity_type.title()}Name", "Path")
        )
        if (
            new_name
            and not request.is_settled
            and state.find(DETAILS[entity_type], f"{entity_type.title()}Name", new_name)
        ):
            return
        item = state.entity(entity_type, request)
        if item is None or not (new_name or new_path):
            return
        old_name, old_arn = item[f"{entity_type.title()}Name"], item["Arn"]
        name, path = new_name or old_name, new_path or item.get("Path") or "/"
        arn = f"{old_arn.partition(f':{entity_type}/')[0]}:{entity_type}{path}{name}"
        for raw in (DETAILS[entity_type], *([USERS.raw] if entity_type == "user" else [])):
            for row in state.lists[raw]:
                if row.item.get(f"{entity_type.title()}Name") == old_name:
                    row.item |= {f"{entity_type.title()}Name": name, "Path": path, "Arn": arn}
                    state.changed.add(raw)
        _rename_elsewhere(state, entity_type, old_name, name)
        yield Change(TABLES[entity_type], old_arn, f"renamed to {arn}")

    return apply


def _rename_elsewhere(state: AccountState, entity_type: str, old: str, new: str) -> None:
    """Replace a name in the memberships of users, and in access keys."""
    if entity_type == "group":
        for row in state.lists[DETAILS["user"]]:
            if old in row.item.get("GroupList", []):
                row.item["GroupList"] = [new if name == old else name for name in row.item["GroupList"]]
                state.touch("user")
        return
    for row in state.lists[ACCESS_KEYS.raw]:
        if row.item.get("UserName") == old:
            row.item["UserName"], row.bound = new, row.bound.replace(f'"{old}"', f'"{new}"')
            state.changed.add(ACCESS_KEYS.raw)


def add_to_group(state: AccountState, request: IamRequest) -> Iterator[Change]:
    """Apply AddUserToGroup."""
    user, group = state.entity("user", request), request.text("groupName")
    if user is None or group in user.setdefault("GroupList", []):
        return
    if request.is_settled and not state.find(DETAILS["group"], "GroupName", group):
        raise CannotApplyError(f"the group {group} does not exist")
    user["GroupList"].append(group)
    state.touch("user")
    yield Change(TABLES["user"], user["Arn"], f"added to group {group}")


def remove_from_group(state: AccountState, request: IamRequest) -> Iterator[Change]:
    """Apply RemoveUserFromGroup."""
    user, group = state.entity("user", request), request.text("groupName")
    if user is None:
        return
    if group not in user.get("GroupList", []):
        if request.is_settled:
            raise CannotApplyError(f"{user['UserName']} is not in the group {group}")
        return
    user["GroupList"].remove(group)
    state.touch("user")
    yield Change(TABLES["user"], user["Arn"], f"removed from group {group}")


def create_key(state: AccountState, request: IamRequest) -> Iterator[Change]:
    """Apply CreateAccessKey. A key of the root user is not in the table."""
    key = request.response.get("accessKey")
    if not isinstance(key, dict) or not isinstance(key.get("accessKeyId"), str):
        raise CannotApplyError("it has no accessKey in its response")
    user = key.get("userName") or request.parameters.get("userName")
    if not isinstance(user, str) or not user:
        return
    if state.find(ACCESS_KEYS.raw, "AccessKeyId", key["accessKeyId"]):
        return
    if state.find(DETAILS["user"], "UserName", user) is None:
        state.skip(request, "user", user)
        return
    item = {
        "AccessKeyId": key["accessKeyId"],
        "CreateDate": request.iso_time,
        "Status": key.get("status") or "Active",
        "UserName": user,
    }
    state.add(ACCESS_KEYS.raw, item, {"UserName": user})
    yield Change(KEYS, item["AccessKeyId"], "created")


def update_key(state: AccountState, request: IamRequest) -> Iterator[Change]:
    """Apply UpdateAccessKey."""
    key, status = _find_key(state, request), request.text("status")
    if key is None or key.get("Status") == status:
        return
    key["Status"] = status
    state.changed.add(ACCESS_KEYS.raw)
    yield Change(KEYS, key["AccessKeyId"], f"set to {status}")


def delete_key(state: AccountState, request: IamRequest) -> Iterator[Change]:
    """Apply DeleteAccessKey."""
    key = _find_key(state, request)
    if key is not None:
        state.remove(ACCESS_KEYS.raw, "AccessKeyId", key["AccessKeyId"])
        yield Change(KEYS, key["AccessKeyId"], "deleted")


def _find_key(state: AccountState, request: IamRequest) -> Item | None:
    """Return the key that a request names. None for a key of the root user, and for a key that the sync read after its deletion."""
    item = state.find(ACCESS_KEYS.raw, "AccessKeyId", request.text("accessKeyId"))
    if item is None and request.parameters.get("userName"):
        state.skip(request, "access key", request.text("accessKeyId"))
    return item


APPLIED: dict[str, Apply] = {
    "AddUserToGroup": add_to_group,
    "RemoveUserFromGroup": remove_from_group,
    "CreateAccessKey": create_key,
    "UpdateAccessKey": update_key,
    "DeleteAccessKey": delete_key,
    "UpdateUser": update_entity("user"),
    "UpdateGroup": update_entity("group"),
    **{f"Create{entity_type.title()}": create_entity(entity_type) for entity_type in DETAILS},
    **{f"Delete{entity_type.title()}": delete_entity(entity_type) for entity_type in DETAILS},
    "CreateServiceLinkedRole": create_entity("role"),
    "DeleteServiceLinkedRole": delete_entity("role"),
}
