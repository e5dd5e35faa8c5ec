"""The calls behind IAM Identity Center and its identity store, made in each region for a table that is named.

An instance lives in the region that it was made in, and is managed from the management account or from its delegated
administrator. ListInstances answers with an empty list elsewhere, so that most accounts and regions cost one call.
"""

from iamsql.model import Call

_GONE = ("ResourceNotFoundException",)  # deleted since it was listed
_PAGE = (("MaxResults", 100),)
_SET = (("InstanceArn", "@$.InstanceArn"), ("PermissionSetArn", "$"))


def _call(
    operation: str,
    items: str,
    each: Call | None = None,
    bind: tuple[tuple[str, str], ...] = (),
    params: tuple[tuple[str, int], ...] = (),
    service: str = "sso-admin",
) -> Call:
    """Declare a call; the actions of sso-admin begin with sso."""
    return Call(
        service,
        operation,
        items,
        params=params,
        parent=each,
        params_from=bind,
        empty_on=_GONE if each else (),
        regional=True,
        on_demand=True,
        action=f"{service.removesuffix('-admin')}:{operation}",
    )


INSTANCES = _call("ListInstances", "Instances", params=_PAGE)
PERMISSION_SETS = _call(
    "ListPermissionSets", "PermissionSets", INSTANCES, (("InstanceArn", "$.InstanceArn"),), params=_PAGE
)
PERMISSION_SET = _call("DescribePermissionSet", "PermissionSet", PERMISSION_SETS, _SET)
INLINE_POLICY = _call("GetInlinePolicyForPermissionSet", "", PERMISSION_SETS, _SET)
BOUNDARY = _call("GetPermissionsBoundaryForPermissionSet", "PermissionsBoundary", PERMISSION_SETS, _SET)
# The whole answer is kept, so that no tags and tags that were not read can be told apart.
TAGS = _call("ListTagsForResource", "", PERMISSION_SETS, (("InstanceArn", "@$.InstanceArn"), ("ResourceArn", "$")))
MANAGED_POLICIES = _call(
    "ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies", PERMISSION_SETS, _SET, params=_PAGE
)
CUSTOMER_POLICIES = _call(
    "ListCustomerManagedPolicyReferencesInPermissionSet",
    "CustomerManagedPolicyReferences",
    PERMISSION_SETS,
    _SET,
    params=_PAGE,
)
PROVISIONED = _call("ListAccountsForProvisionedPermissionSet", "AccountIds", PERMISSION_SETS, _SET, params=_PAGE)
ASSIGNMENTS = _call(
    "ListAccountAssignments",
    "AccountAssignments",
    PROVISIONED,
    (("InstanceArn", "@$.InstanceArn"), ("PermissionSetArn", "@$.PermissionSetArn"), ("AccountId", "$")),
    params=_PAGE,
)

# -- the identity store that an instance is connected to ------------------------------------------------------------------
_STORE = (("IdentityStoreId", "$.IdentityStoreId"),)
USERS = _call("ListUsers", "Users", INSTANCES, _STORE, params=_PAGE, service="identitystore")
GROUPS = _call("ListGroups", "Groups", INSTANCES, _STORE, params=_PAGE, service="identitystore")
MEMBERSHIPS = _call(
    "ListGroupMemberships",
    "GroupMemberships",
    GROUPS,
    (("IdentityStoreId", "@$.IdentityStoreId"), ("GroupId", "$.GroupId")),
    params=_PAGE,
    service="identitystore",
)
