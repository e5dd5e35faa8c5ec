"""What IAM answers: lists that are cut into pages before they are written, and single answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from iamsql.demo.errors import AwsError, not_found
from iamsql.demo.people import Crowd, Group, Policy, Role, Site, User, mark
from iamsql.demo.profiles import of_role
from iamsql.demo.protocol import members
from iamsql.demo.report import password_set, password_used

Params = dict[str, Any]
Item = dict[str, Any]
LONG_SESSIONS = "/batch/"  # roles whose sessions may last twelve hours


def user_item(site: Site, user: User) -> Item:
    """Write a user as ListUsers does."""
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": mark("AIDA", site.account_id, user.name, size=17),
        "Arn": site.arn("user", user.path, user.name),
        "CreateDate": site.made(user),
        "PasswordLastUsed": password_used(site, user),
    }


def user_whole(site: Site, user: User) -> Item:
    """Write a user as GetUser does: with tags and boundary."""
    return user_item(site, user) | {"Tags": tags(user.tags), "PermissionsBoundary": boundary(site, user.boundary)}


def user_detail(site: Site, user: User) -> Item:
    """Write a user as GetAccountAuthorizationDetails does: no password, no keys."""
    return user_whole(site, user) | {
        "PasswordLastUsed": None,
        "GroupList": list(user.groups),
        "AttachedManagedPolicies": attached(site, user.attached),
        "UserPolicyList": inline(site, user.inline),
    }


def group_item(site: Site, group: Group) -> Item:
    """Write a group as ListGroups does."""
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": mark("AGPA", site.account_id, group.name, size=17),
        "Arn": site.arn("group", group.path, group.name),
        "CreateDate": site.at(group.age, f"group/{group.name}"),
    }


def group_detail(site: Site, group: Group) -> Item:
    """Write a group as GetAccountAuthorizationDetails does."""
    return group_item(site, group) | {
        "GroupPolicyList": inline(site, group.inline),
        "AttachedManagedPolicies": attached(site, group.attached),
    }


def role_item(site: Site, role: Role) -> Item:
    """Write a role as ListRoles does: without tags, boundary and last use."""
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": mark("AROA", site.account_id, role.name, size=17),
        "Arn": site.arn("role", role.path, role.name),
        "CreateDate": site.at(role.age, f"role/{role.name}"),
        "AssumeRolePolicyDocument": quote(site.text(role.trust)),
        "Description": role.about or None,
        "MaxSessionDuration": 43200 if role.path == LONG_SESSIONS else 3600,
    }


def role_whole(site: Site, role: Role) -> Item:
    """Write a role as GetRole does."""
    used = (
        {} if role.used is None else {"LastUsedDate": site.at(role.used, f"role/{role.name}/used"), "Region": site.home}
    )
    return role_item(site, role) | {
        "Tags": tags(role.tags),
        "PermissionsBoundary": boundary(site, role.boundary),
        "RoleLastUsed": used,
    }


def role_detail(site: Site, role: Role) -> Item:
    """Write a role as GetAccountAuthorizationDetails does."""
    return role_whole(site, role) | {
        "AttachedManagedPolicies": attached(site, role.attached),
        "RolePolicyList": inline(site, role.inline),
        "InstanceProfileList": of_role(site, role, role_item),
    }


def policy_item(site: Site, policy: Policy) -> Item:
    """Write a policy as ListPolicies does."""
    own = not policy.name.startswith("aws/")
    name = policy.name.rpartition("/")[2]
    return {
        "PolicyName": name,
        "PolicyId": mark("ANPA", site.account_id if own else "aws", name, size=17),
        "Arn": site.policy_arn(policy.name),
        "Path": policy.path,
        "DefaultVersionId": f"v{policy.default or len(policy.versions)}",
        "AttachmentCount": sum(policy.name in one.attached for one in principals(site)),
        "PermissionsBoundaryUsageCount": sum(policy.name == getattr(one, "boundary", "") for one in principals(site)),
        "IsAttachable": True,
        "Description": policy.about or None,
        "CreateDate": site.at(policy.age, f"policy/{name}/1"),
        "UpdateDate": version_made(site, policy, len(policy.versions)),
    }


def policy_detail(site: Site, policy: Policy) -> Item:
    """Write a policy as GetAccountAuthorizationDetails does: with every version."""
    numbers = range(len(policy.versions), 0, -1)
    return policy_item(site, policy) | {"PolicyVersionList": [version_item(site, policy, number) for number in numbers]}


def version_item(site: Site, policy: Policy, number: int) -> Item:
    """Write one version of a policy."""
    return {
        "Document": quote(site.text(policy.versions[number - 1])),
        "VersionId": f"v{number}",
        "IsDefaultVersion": number == (policy.default or len(policy.versions)),
        "CreateDate": version_made(site, policy, number),
    }


def version_made(site: Site, policy: Policy, number: int) -> Any:
    """Give a version's creation: the later ones are younger."""
    return site.at(policy.age // number, f"policy/{policy.name.rpartition('/')[2]}/{number}")


def tags(pairs: Sequence[tuple[str, str]]) -> list[Item]:
    """Write tags."""
    return [{"Key": key, "Value": value} for key, value in pairs]


def boundary(site: Site, name: str) -> Item | None:
    """Write a permissions boundary."""
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": site.policy_arn(name)} if name else None


def attached(site: Site, names: Sequence[str]) -> list[Item]:
    """Write attached policies."""
    return [{"PolicyName": name.rpartition("/")[2], "PolicyArn": site.policy_arn(name)} for name in names]


def inline(site: Site, pairs: Sequence[tuple[str, Any]]) -> list[Item]:
    """Write inline policies with their documents."""
    return [{"PolicyName": name, "PolicyDocument": quote(site.text(document))} for name, document in pairs]


def principals(site: Site) -> Iterator[User | Group | Role]:
    """Walk everyone that a policy may be attached to; users of a crowd have none."""
    if not isinstance(site.users, Crowd):
        yield from site.users
    yield from site.groups
    yield from site.roles


def find(kind: str, site: Site, params: Params) -> Any:
    """Find the user, group or role that the request names, or refuse."""
    name = params.get(f"{kind}Name", "")
    if kind == "User":
        found: Any = site.user(name)
    else:
        found = next((one for one in (site.groups if kind == "Group" else site.roles) if one.name == name), None)
    if found is None:
        raise not_found(kind.lower(), name)
    return found


def key_item(site: Site, owner: tuple[User, int]) -> Item:
    """Write an access key."""
    user, place = owner
    return {
        "UserName": user.name,
        "AccessKeyId": site.key_id(user, place),
        "Status": "Active" if user.keys[place].active else "Inactive",
        "CreateDate": site.key_made(user, place),
    }


def key_last_used(site: Site, params: Params) -> Item:
    """Answer GetAccessKeyLastUsed."""
    owner = site.owner(params.get("AccessKeyId", ""))
    if owner is None:
        raise AwsError("AccessDenied", "You are not authorized to perform this operation on the access key.", 403)
    user, place = owner
    used = site.key_used(user, place)
    last: Item = {"ServiceName": "N/A", "Region": "N/A"}
    if used:
        key = user.keys[place]
        last = {"LastUsedDate": used, "ServiceName": key.service, "Region": site.region(key)}
    return {"UserName": user.name, "AccessKeyLastUsed": last}


def login_profile(site: Site, params: Params) -> Item:
    """Answer GetLoginProfile."""
    user: User = find("User", site, params)
    if user.password is None:
        raise AwsError("NoSuchEntity", f"Login Profile for User {user.name} cannot be found.", 404)
    made = password_set(site, user)
    return {"LoginProfile": {"UserName": user.name, "CreateDate": made, "PasswordResetRequired": user.password.reset}}


def document(kind: str) -> Callable[[Site, Params], Item]:
    """Answer Get<Kind>Policy."""

    def get(site: Site, params: Params) -> Item:
        holder = find(kind, site, params)
        name = params.get("PolicyName", "")
        found = dict(holder.inline).get(name)
        if found is None:
            raise AwsError("NoSuchEntity", f"The {kind.lower()} policy with name {name} cannot be found.", 404)
        return {f"{kind}Name": holder.name, "PolicyName": name, "PolicyDocument": quote(site.text(found))}

    return get


def wanted(params: Params) -> tuple[str, ...]:
    """Read the Filter of GetAccountAuthorizationDetails."""
    return members(params, "Filter") or ("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")
