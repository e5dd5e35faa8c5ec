"""The calls of IAM Identity Center and its identity store, made on demand in each region.

An instance exists in the region in which it was created. The management account or the delegated administrator manages it.
ListInstances returns an empty list in other accounts and regions, which therefore need only one call.
"""

from iamsql.model import Call

_DELETED = ("ResourceNotFoundException",)  # a resource that was deleted after the listing
_PAGE = (("MaxResults", 100),)
_FOR_SET = {"InstanceArn": "@$.InstanceArn", "PermissionSetArn": "$"}
_FOR_STORE = {"IdentityStoreId": "$.IdentityStoreId"}


def _call(
    operation: str,
    items: str,
    parent: Call | None = None,
    params_from: dict[str, str] | None = None,
    *,
    paged: bool = True,
    service: str = "sso-admin",
) -> Call:
    """Declare a call; the actions of sso-admin have the prefix sso."""
    return Call(
        service,
        operation,
        items,
        params=_PAGE if paged else (),
        parent=parent,
        params_from=tuple((params_from or {}).items()),
        empty_on=_DELETED if parent else (),
        regional=True,
        on_demand=True,
        action=f"{service.removesuffix('-admin')}:{operation}",
    )


INSTANCES = _call("ListInstances", "Instances")
PERMISSION_SETS = _call("ListPermissionSets", "PermissionSets", INSTANCES, {"InstanceArn": "$.InstanceArn"})
PERMISSION_SET = _call("DescribePermissionSet", "PermissionSet", PERMISSION_SETS, _FOR_SET, paged=False)
INLINE_POLICY = _call("GetInlinePolicyForPermissionSet", "", PERMISSION_SETS, _FOR_SET, paged=False)
BOUNDARY = _call(
    "GetPermissionsBoundaryForPermissionSet", "PermissionsBoundary", PERMISSION_SETS, _FOR_SET, paged=False
)
# The item is the complete response: a permission set without tags has an item, and one whose tags were not read has none.
_FOR_TAGS = {"InstanceArn": "@$.InstanceArn", "ResourceArn": "$"}
TAGS = _call("ListTagsForResource", "", PERMISSION_SETS, _FOR_TAGS, paged=False)
MANAGED_POLICIES = _call("ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies", PERMISSION_SETS, _FOR_SET)
CUSTOMER_POLICIES = _call(
    "ListCustomerManagedPolicyReferencesInPermissionSet", "CustomerManagedPolicyReferences", PERMISSION_SETS, _FOR_SET
)
# ListAccountAssignments requires an account. Only accounts in which a permission set is provisioned have assignments of it.
PROVISIONED = _call("ListAccountsForProvisionedPermissionSet", "AccountIds", PERMISSION_SETS, _FOR_SET)
ASSIGNMENTS = _call(
    "ListAccountAssignments",
    "AccountAssignments",
    PROVISIONED,
    {"InstanceArn": "@$.InstanceArn", "PermissionSetArn": "@$.PermissionSetArn", "AccountId": "$"},
)

# -- the identity store of an instance -------------------------------------------------------------------------------------
USERS = _call("ListUsers", "Users", INSTANCES, _FOR_STORE, service="identitystore")
GROUPS = _call("ListGroups", "Groups", INSTANCES, _FOR_STORE, service="identitystore")
# The API lists the memberships of one group or of one user only, and there are usually fewer groups than users.
MEMBERSHIPS = _call(
    "ListGroupMemberships",
    "GroupMemberships",
    GROUPS,
    {"IdentityStoreId": "@$.IdentityStoreId", "GroupId": "$.GroupId"},
    service="identitystore",
)
