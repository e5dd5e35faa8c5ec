"""The calls that several tables or other packages need. A call of one table is declared in its file.

Tables that declare the same call share its requests.
"""

from typing import Any

from iamsql.model import Call

NOT_FOUND = ("NoSuchEntity", "NoSuchEntityException")
# Pages have the maximum size that an API documents, for the fewest requests.
PAGE = (("MaxItems", 1000),)


def for_each(parent: Call, operation: str, items: str, params_from: dict[str, str], **options: Any) -> Call:
    """Declare a call for each item of another call, of the same service and regions; `options` are more fields of Call."""
    inherited_fields: dict[str, Any] = {
        name: getattr(parent, name) for name in ("service", "region", "regional", "org", "on_demand")
    }
    paths = tuple(params_from.items())
    return Call(
        **inherited_fields | {"operation": operation, "items": items, "parent": parent, "params_from": paths} | options
    )


def for_each_user(operation: str, items: str, **options: Any) -> Call:
    """Declare a call for each user of an account; a user that no longer exists has no items."""
    return for_each(USER_DETAILS, operation, items, {"UserName": "$.UserName"}, empty_on=NOT_FOUND, **options)


# Implicit: AssumeRole returns the same identity, so a sync does not make this call in each account.
CALLER = Call("sts", "GetCallerIdentity", org=True, implicit=True)

# -- Organizations: called once, in the management account or in the account of a delegated administrator ------------------
ORGANIZATION = Call("organizations", "DescribeOrganization", "Organization", org=True)
ACCOUNTS = Call("organizations", "ListAccounts", "Accounts", params=(("MaxResults", 20),), org=True)
ROOTS = Call("organizations", "ListRoots", "Roots", org=True)
UNITS = for_each(ROOTS, "ListOrganizationalUnitsForParent", "OrganizationalUnits", {"ParentId": "$.Id"})
CHILDREN = for_each(ROOTS, "ListAccountsForParent", "Accounts", {"ParentId": "$.Id"})
DELEGATED = Call("organizations", "ListDelegatedAdministrators", "DelegatedAdministrators", org=True)
# Only the management account and the delegated administrator for IAM may call this operation.
FEATURES = Call(
    "iam",
    "ListOrganizationsFeatures",
    org=True,
    empty_on=("OrganizationNotFoundException", "ServiceAccessNotEnabledException", "OrganizationNotInAllFeaturesMode"),
)
# Every sync makes these calls, because they return the accounts.
ORGANIZATION_CALLS = (ORGANIZATION, ACCOUNTS, ROOTS, UNITS, CHILDREN, DELEGATED, FEATURES)

# -- IAM, account by account -----------------------------------------------------------------------------------------------
# Assumed: the response contains an AWS managed policy only if it is attached in the account. The fallback, ListPolicies with
# OnlyAttached, returns the same policies.
_DETAILS = (("Filter", ("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")), *PAGE)


def _details_call(items: str, part: str) -> Call:
    return Call("iam", "GetAccountAuthorizationDetails", items, params=_DETAILS, part=part)


USER_DETAILS = _details_call("UserDetailList", "users")
GROUP_DETAILS = _details_call("GroupDetailList", "groups")
ROLE_DETAILS = _details_call("RoleDetailList", "roles")
POLICY_DETAILS = _details_call("Policies", "policies")
REPORT = Call("iam", "GetCredentialReport")
SUMMARY = Call("iam", "GetAccountSummary", "SummaryMap")
VIRTUAL_MFA = Call("iam", "ListVirtualMFADevices", "VirtualMFADevices", params=PAGE)
ACCESS_KEYS = for_each_user("ListAccessKeys", "AccessKeyMetadata", parent_filter="users_with_keys")

# -- fallbacks for GetAccountAuthorizationDetails --------------------------------------------------------------------------
# ListUsers returns PasswordLastUsed, which otherwise only the credential report contains.
USERS = Call("iam", "ListUsers", "Users", params=PAGE, fallback_for=USER_DETAILS, also_for=REPORT)
GROUPS = Call("iam", "ListGroups", "Groups", params=PAGE, fallback_for=GROUP_DETAILS)
ROLES = Call("iam", "ListRoles", "Roles", params=PAGE, fallback_for=ROLE_DETAILS)
POLICIES = Call("iam", "ListPolicies", "Policies", params=(("Scope", "Local"), *PAGE), fallback_for=POLICY_DETAILS)
AWS_POLICIES = Call(
    "iam",
    "ListPolicies",
    "Policies",
    params=(("Scope", "AWS"), ("OnlyAttached", True), *PAGE),
    part="aws_managed",
    fallback_for=POLICY_DETAILS,
)


def _fallback_call(parent: Call, operation: str, items: str, **params_from: str) -> Call:
    """Declare a fallback call for each item of another fallback call."""
    inherited_fields = {"part": parent.part, "fallback_for": parent.fallback_for}
    return for_each(parent, operation, items, params_from, empty_on=NOT_FOUND, **inherited_fields)


USER_GROUPS = _fallback_call(USERS, "ListGroupsForUser", "Groups", UserName="$.UserName")
USER_ATTACHED = _fallback_call(USERS, "ListAttachedUserPolicies", "AttachedPolicies", UserName="$.UserName")
USER_INLINE = _fallback_call(USERS, "ListUserPolicies", "PolicyNames", UserName="$.UserName")
USER_DOCUMENT = _fallback_call(USER_INLINE, "GetUserPolicy", "", UserName="@$.UserName", PolicyName="$")
GROUP_ATTACHED = _fallback_call(GROUPS, "ListAttachedGroupPolicies", "AttachedPolicies", GroupName="$.GroupName")
GROUP_INLINE = _fallback_call(GROUPS, "ListGroupPolicies", "PolicyNames", GroupName="$.GroupName")
GROUP_DOCUMENT = _fallback_call(GROUP_INLINE, "GetGroupPolicy", "", GroupName="@$.GroupName", PolicyName="$")
ROLE_ATTACHED = _fallback_call(ROLES, "ListAttachedRolePolicies", "AttachedPolicies", RoleName="$.RoleName")
ROLE_INLINE = _fallback_call(ROLES, "ListRolePolicies", "PolicyNames", RoleName="$.RoleName")
ROLE_DOCUMENT = _fallback_call(ROLE_INLINE, "GetRolePolicy", "", RoleName="@$.RoleName", PolicyName="$")
_DEFAULT_VERSION = {"PolicyArn": "$.Arn", "VersionId": "$.DefaultVersionId"}
POLICY_DOCUMENT = _fallback_call(POLICIES, "GetPolicyVersion", "PolicyVersion", **_DEFAULT_VERSION)
AWS_DOCUMENT = _fallback_call(AWS_POLICIES, "GetPolicyVersion", "PolicyVersion", **_DEFAULT_VERSION)

# -- everything that tables of IAM policies read ---------------------------------------------------------------------------
POLICY_CALLS = (POLICY_DETAILS, POLICIES, POLICY_DOCUMENT, AWS_POLICIES, AWS_DOCUMENT)
GROUP_CALLS = (GROUP_DETAILS, GROUPS, GROUP_ATTACHED, GROUP_INLINE, GROUP_DOCUMENT)
ROLE_CALLS = (ROLE_DETAILS, ROLES, ROLE_ATTACHED, ROLE_INLINE, ROLE_DOCUMENT)

# -- CloudTrail ------------------------------------------------------------------------------------------------------------
# iamsql.sync.cloudtrail.lookup_plan chooses the attributes of each look-up from the options of the sync.
EVENTS = Call("cloudtrail", "LookupEvents", "Events", params=(("MaxResults", 50),), regional=True)
# The records in the log files of a trail. DuckDB loads the files. The call is a fallback for look-ups, because a trail that
# was read completely contains every event that a look-up returns.
RECORDS = Call("s3", "GetObject", "Body", part="cloudtrail", regional=True, fallback_for=EVENTS, implicit=True)
NO_LAKE = ("UnsupportedOperationException",)  # a region without CloudTrail Lake


def list_of_lake(operation: str, items: str) -> Call:
    """Declare a call that lists the resources of CloudTrail Lake in a region."""
    page = (("MaxResults", 1000),)
    return Call("cloudtrail", operation, items, params=page, empty_on=NO_LAKE, regional=True, on_demand=True)


# -- regions: called only with --region all --------------------------------------------------------------------------------
REGIONS = Call(
    "account",
    "ListRegions",
    "Regions",
    params=(("MaxResults", 50), ("RegionOptStatusContains", ("ENABLED", "ENABLED_BY_DEFAULT"))),
    on_demand=True,
)
EC2_REGIONS = Call("ec2", "DescribeRegions", "Regions", fallback_for=REGIONS, on_demand=True)

# -- the catalog of IAM actions: iamsql.sync.organization reads it from a package, not from AWS ----------------------------
ACTIONS = Call("catalogue", "Actions", on_demand=True, implicit=True, action="none")
