"""IAM Identity Center in the made-up organization: one instance in Ireland, managed from the management account."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.demo.papers import MANAGEMENT
from iamsql.demo.people import Site
from iamsql.demo.service import Item, Params, Service, Single, Source, missing
from iamsql.demo.workforce import PEOPLE, SETS, STORE, TEAMS, Set, digits, ident

INSTANCE = "ssoins-7223a1b2c3d4e5f6"
PAGE = 2


def _region(site: Site) -> str:
    return "eu-west-1" if site.partition == "aws" else site.home


def _here(site: Site, region: str) -> bool:
    return site.small and site.account_id == MANAGEMENT and region == _region(site)


def _instance(site: Site) -> str:
    return f"arn:{site.partition}:sso:::instance/{INSTANCE}"


def _arn(site: Site, one: Set) -> str:
    return f"arn:{site.partition}:sso:::permissionSet/{INSTANCE}/ps-{digits(one.name)}"


def _check(site: Site, region: str, params: Params) -> None:
    """Refuse to speak of an instance that is not here."""
    if not _here(site, region) or params.get("InstanceArn") != _instance(site):
        raise missing(f"instance {params.get('InstanceArn')}")


def _asked(site: Site, region: str, params: Params, key: str = "PermissionSetArn") -> Set:
    _check(site, region, params)
    for one in SETS:
        if _arn(site, one) == params.get(key):
            return one
    raise missing(f"permission set {params.get(key)}")


def instances(site: Site, region: str, _: Params) -> Sequence[Item]:
    """List the instance, where it is."""
    if not _here(site, region):
        return []
    return [
        {
            "InstanceArn": _instance(site),
            "IdentityStoreId": STORE,
            "OwnerAccountId": site.account_id,
            "Name": "acme-workforce",
            "CreatedDate": site.at(1000, "instance"),
            "Status": "ACTIVE",
            "PrimaryRegion": region,
            "Regions": [{"RegionName": region, "Status": "ACTIVE"}],
        }
    ]


def permission_sets(site: Site, region: str, params: Params) -> Sequence[str]:
    """List the ARNs of permission sets."""
    _check(site, region, params)
    return [_arn(site, one) for one in SETS]


def permission_set(site: Site, region: str, params: Params) -> Item:
    """Answer DescribePermissionSet."""
    one = _asked(site, region, params)
    whole: Item = {
        "Name": one.name,
        "PermissionSetArn": _arn(site, one),
        "CreatedDate": site.at(one.age, one.name),
        "SessionDuration": one.session,
    }
    more = {"Description": one.about, "RelayState": one.relay}
    return {"PermissionSet": whole | {name: text for name, text in more.items() if text}}


def inline_policy(site: Site, region: str, params: Params) -> Item:
    """Answer GetInlinePolicyForPermissionSet: an empty text where there is none."""
    one = _asked(site, region, params)
    return {"InlinePolicy": site.text(one.inline) if one.inline else ""}


def boundary(site: Site, region: str, params: Params) -> Item:
    """Answer GetPermissionsBoundaryForPermissionSet."""
    one = _asked(site, region, params)
    if not one.boundary:
        raise missing("permissions boundary")
    return {"PermissionsBoundary": one.boundary}


def tags(site: Site, region: str, params: Params) -> Sequence[Item]:
    """List the tags of a permission set."""
    return [{"Key": key, "Value": value} for key, value in _asked(site, region, params, "ResourceArn").tags]


def managed(site: Site, region: str, params: Params) -> Sequence[Item]:
    """List the AWS-managed policies of a permission set."""
    names = _asked(site, region, params).managed
    return [{"Name": name.rpartition("/")[2], "Arn": site.policy_arn(f"aws/{name}")} for name in names]


def customer(site: Site, region: str, params: Params) -> Sequence[Item]:
    """List the policies that a permission set names."""
    return [{"Name": name, "Path": path} for name, path in _asked(site, region, params).customer]


def provisioned(site: Site, region: str, params: Params) -> Sequence[str]:
    """List the accounts that a permission set is in."""
    return list(dict.fromkeys(account for account, _, _ in _asked(site, region, params).given))


def assignments(site: Site, region: str, params: Params) -> Sequence[Item]:
    """List who has a permission set in an account."""
    one = _asked(site, region, params)
    return [
        {
            "AccountId": account,
            "PermissionSetArn": _arn(site, one),
            "PrincipalType": kind,
            "PrincipalId": ident(kind, name),
        }
        for account, kind, name in one.given
        if account == params.get("AccountId")
    ]


# -- the identity store --------------------------------------------------------------------------------------------------


def _open(site: Site, region: str, params: Params) -> None:
    """Refuse to speak of an identity store that is not here."""
    if not _here(site, region) or params.get("IdentityStoreId") != STORE:
        raise missing(f"identity store {params.get('IdentityStoreId')}")


def _thing(site: Site, kind: str, name: str, state: bool = True) -> Item:
    """Write what every thing of the store has: its id, its ARN, and all but memberships the mark of a state."""
    own = ident(kind.upper(), name)
    arn = f"arn:{site.partition}:identitystore:::{kind.lower()}/{own}"
    return {f"{kind}Id": own, f"{kind}Arn": arn} | ({"Revision": digits(own, size=8)} if state else {})


def users(site: Site, region: str, params: Params) -> Sequence[Item]:
    """List the users of the store."""
    _open(site, region, params)
    return [
        {
            "IdentityStoreId": STORE,
            **_thing(site, "User", one.name),
            "UserName": one.name,
            "DisplayName": one.shown,
            "Name": {"GivenName": one.shown.split()[0], "FamilyName": one.shown.split()[-1]},
            "CreatedAt": site.at(one.age, one.name),
        }
        | one.more
        for one in PEOPLE
    ]


def groups(site: Site, region: str, params: Params) -> Sequence[Item]:
    """List the groups of the store."""
    _open(site, region, params)
    found = []
    for one in TEAMS:
        item: Item = {"IdentityStoreId": STORE, **_thing(site, "Group", one.name), "DisplayName": one.name}
        more = {"Description": one.about} if one.about else {}
        issued = (
            {"ExternalIds": [{"Issuer": "https://idp.example.com/scim", "Id": one.external}]} if one.external else {}
        )
        found.append(item | more | issued | {"CreatedAt": site.at(one.age, one.name)})
    return found


def memberships(site: Site, region: str, params: Params) -> Sequence[Item]:
    """List the members of a group."""
    _open(site, region, params)
    team = next((one.name for one in TEAMS if ident("GROUP", one.name) == params.get("GroupId")), None)
    if team is None:
        raise missing(f"group {params.get('GroupId')}")
    return [
        {
            "IdentityStoreId": STORE,
            **_thing(site, "Membership", f"{team}/{one.name}", state=False),
            "GroupId": ident("GROUP", team),
            "MemberId": {"UserId": ident("USER", one.name)},
        }
        for one in PEOPLE
        if team in one.groups
    ]


_SINGLES: dict[str, Single] = {
    "DescribePermissionSet": permission_set,
    "GetInlinePolicyForPermissionSet": inline_policy,
    "GetPermissionsBoundaryForPermissionSet": boundary,
}
_LISTS: dict[str, tuple[str, Source]] = {
    "ListInstances": ("Instances", instances),
    "ListPermissionSets": ("PermissionSets", permission_sets),
    "ListTagsForResource": ("Tags", tags),
    "ListManagedPoliciesInPermissionSet": ("AttachedManagedPolicies", managed),
    "ListCustomerManagedPolicyReferencesInPermissionSet": ("CustomerManagedPolicyReferences", customer),
    "ListAccountsForProvisionedPermissionSet": ("AccountIds", provisioned),
    "ListAccountAssignments": ("AccountAssignments", assignments),
}
_STORE: dict[str, tuple[str, Source]] = {
    "ListUsers": ("Users", users),
    "ListGroups": ("Groups", groups),
    "ListGroupMemberships": ("GroupMemberships", memberships),
}
CENTER = Service(_SINGLES, _LISTS, PAGE)
IDENTITY_STORE = Service({}, _STORE, PAGE)
