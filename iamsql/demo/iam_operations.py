"""Which IAM operation is answered by what: LISTS in pages, SINGLES whole; what is not named here is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from iamsql.demo import iam, on_demand
from iamsql.demo.devices import service_keys, user_devices, virtual_devices
from iamsql.demo.errors import AwsError
from iamsql.demo.iam import Item, Params, find
from iamsql.demo.managed import found, managed, policies
from iamsql.demo.pagination import Listing
from iamsql.demo.people import Group, Policy, Role, Site, User, mark


def summary(site: Site, _: Params) -> Item:
    """Answer GetAccountSummary."""
    root = site.root
    assigned = sum(user.mfa in ("virtual", "phone") for user in site.users) + (root.mfa == "virtual")
    return {
        "SummaryMap": {
            "Users": len(site.users),
            "UsersQuota": 5000,
            "Groups": len(site.groups),
            "GroupsQuota": 300,
            "Roles": len(site.roles),
            "RolesQuota": 1000,
            "Policies": len(site.policies),
            "PoliciesQuota": 1500,
            "PolicyVersionsInUse": sum(len(policy.versions) for policy in site.policies),
            "MFADevices": assigned + site.spare_devices,
            "MFADevicesInUse": sum(bool(user.mfa) for user in site.users) + bool(root.mfa),
            "AccountMFAEnabled": int(bool(root.mfa)),
            "AccountAccessKeysPresent": root.summary_keys,
            "AccountPasswordPresent": int(root.password is not None),
            "AccountSigningCertificatesPresent": 0,
            "AccessKeysPerUserQuota": 2,
            "GlobalEndpointTokenVersion": 1,
            **on_demand.counts(site),
        }
    }


def password_policy(site: Site, _: Params) -> Item:
    """Answer GetAccountPasswordPolicy."""
    if not site.password_policy:
        raise AwsError("NoSuchEntity", f"The Password Policy with domain name {site.account_id} cannot be found.", 404)
    return {"PasswordPolicy": dict(site.password_policy)}


def features(_: Site, __: Params) -> Item:
    """Answer ListOrganizationsFeatures."""
    return {"OrganizationId": "o-demo123456", "EnabledFeatures": ["RootCredentialsManagement"]}


def policy_version(site: Site, params: Params) -> Item:
    """Answer GetPolicyVersion."""
    policy = found(site, params.get("PolicyArn", ""))
    number = str(params.get("VersionId", "")).removeprefix("v")
    if not number.isdigit() or not 0 < int(number) <= len(policy.versions):
        raise AwsError("NoSuchEntity", f"Policy version {params.get('VersionId')} does not exist.", 404)
    return {"PolicyVersion": iam.version_item(site, policy, int(number))}


def details(site: Site, params: Params) -> Sequence[Any]:
    """List all that GetAccountAuthorizationDetails was asked for, in one row to be cut into pages."""
    kinds = iam.wanted(params)
    parts: list[Sequence[Any]] = [
        list(site.users) if "User" in kinds else (),
        site.groups if "Group" in kinds else (),
        site.roles if "Role" in kinds else (),
        site.policies if "LocalManagedPolicy" in kinds else (),
        managed(site) if "AWSManagedPolicy" in kinds else (),
    ]
    return [one for part in parts for one in part]


def write_detail(site: Site, one: Any) -> tuple[str, Item]:
    """Write one of the details with the member it belongs in."""
    member, write = DETAILS[type(one)]
    return member, write(site, one)


DETAILS: dict[type, tuple[str, Callable[[Site, Any], Item]]] = {
    User: ("UserDetailList", iam.user_detail),
    Group: ("GroupDetailList", iam.group_detail),
    Role: ("RoleDetailList", iam.role_detail),
    Policy: ("Policies", iam.policy_detail),
}
ENTITIES: dict[type, tuple[str, str]] = {
    User: ("PolicyUsers", "User"),
    Group: ("PolicyGroups", "Group"),
    Role: ("PolicyRoles", "Role"),
}
PREFIX = {"User": "AIDA", "Group": "AGPA", "Role": "AROA"}


def entities(site: Site, params: Params) -> Sequence[Any]:
    """List who a policy is attached to."""
    name = found(site, params.get("PolicyArn", "")).name
    if params.get("PolicyUsageFilter") == "PermissionsBoundary":
        return [one for one in iam.principals(site) if getattr(one, "boundary", "") == name]
    return [one for one in iam.principals(site) if name in one.attached]


def write_entity(site: Site, one: Any) -> tuple[str, Item]:
    """Write one entity of a policy."""
    member, kind = ENTITIES[type(one)]
    return member, {f"{kind}Name": one.name, f"{kind}Id": mark(PREFIX[kind], site.account_id, one.name, size=17)}


def user_groups(site: Site, params: Params) -> Sequence[Group]:
    """List a user's groups."""
    names = find("User", site, params).groups
    return [group for group in site.groups if group.name in names]


def keys(site: Site, params: Params) -> Sequence[tuple[User, int]]:
    """List a user's keys, oldest first; the caller is a role, so a name is needed."""
    if "UserName" not in params:
        raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
    user = find("User", site, params)
    return sorted(((user, place) for place in range(len(user.keys))), key=lambda one: site.key_made(*one))


def group_users(site: Site, params: Params) -> Sequence[User]:
    """List a group's members."""
    name = find("Group", site, params).name
    return [user for user in site.users if name in user.groups]


def whole(kind: str, write: Callable[[Site, Any], Item]) -> Callable[[Site, Params], Item]:
    """Answer Get<Kind>."""
    return lambda site, params: {kind: write(site, find(kind, site, params))}


def attachments(kind: str) -> Listing:
    """List the policies attached to a user, group or role."""
    return Listing("AttachedPolicies", lambda site, params: iam.attached(site, find(kind, site, params).attached))


def names(kind: str) -> Listing:
    """List the names of inline policies."""
    return Listing("PolicyNames", lambda site, params: [name for name, _ in find(kind, site, params).inline])


LISTS: dict[str, Listing] = {
    "GetAccountAuthorizationDetails": Listing(
        "", details, write_detail, 6, members=("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    ),
    "GetGroup": Listing("Users", group_users, iam.user_item, 3),
    "ListAccessKeys": Listing("AccessKeyMetadata", keys, iam.key_item, 1),
    "ListAccountAliases": Listing("AccountAliases", lambda site, _: site.aliases),
    "ListAttachedGroupPolicies": attachments("Group"),
    "ListAttachedRolePolicies": attachments("Role"),
    "ListAttachedUserPolicies": attachments("User"),
    "ListEntitiesForPolicy": Listing(
        "", entities, write_entity, 3, members=("PolicyUsers", "PolicyGroups", "PolicyRoles")
    ),
    "ListGroupPolicies": names("Group"),
    "ListGroups": Listing("Groups", lambda site, _: site.groups, iam.group_item, 2),
    "ListGroupsForUser": Listing("Groups", user_groups, iam.group_item, 1),
    "ListMFADevices": Listing("MFADevices", lambda site, params: user_devices(site, find("User", site, params))),
    "ListPolicies": Listing("Policies", policies, iam.policy_item, 3),
    "ListRolePolicies": names("Role"),
    "ListRoles": Listing("Roles", lambda site, _: site.roles, iam.role_item, 3),
    "ListServiceSpecificCredentials": Listing(
        "ServiceSpecificCredentials",
        lambda site, params: service_keys(site, params.get("UserName", ""), params.get("ServiceName", "")),
        demo_page=1,
    ),
    "ListUserPolicies": names("User"),
    "ListUsers": Listing("Users", lambda site, _: site.users, iam.user_item, 4),
    "ListVirtualMFADevices": Listing(
        "VirtualMFADevices",
        lambda site, params: virtual_devices(site, params.get("AssignmentStatus", "Any")),
        demo_page=3,
    ),
    **on_demand.LISTS,
}
SINGLES: dict[str, Callable[[Site, Params], Item]] = {
    "GetAccessKeyLastUsed": iam.key_last_used,
    "GetAccountPasswordPolicy": password_policy,
    "GetAccountSummary": summary,
    "GetGroupPolicy": iam.document("Group"),
    "GetLoginProfile": iam.login_profile,
    "GetPolicyVersion": policy_version,
    "GetRole": whole("Role", iam.role_whole),
    "GetRolePolicy": iam.document("Role"),
    "GetUser": whole("User", iam.user_whole),
    "GetUserPolicy": iam.document("User"),
    "ListOrganizationsFeatures": features,
    **on_demand.SINGLES,
}
