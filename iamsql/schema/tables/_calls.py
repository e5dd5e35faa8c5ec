"""The calls that tables are made from, each written once: tables that read parts of one answer share the trip."""

from iamsql.model import Call

NONE_HERE = ("NoSuchEntity", "NoSuchEntityException")
PAGE = (("MaxItems", 1000),)
USER = (("UserName", "$.UserName"),)
PARENT = (("ParentId", "$.Id"),)

CALLER = Call("sts", "GetCallerIdentity", org=True, implicit=True)

# -- Organizations: read once, from the management account or a delegated administrator ---------------------------------
ORGANIZATION = Call("organizations", "DescribeOrganization", "Organization", org=True)
ACCOUNTS = Call("organizations", "ListAccounts", "Accounts", params=(("MaxResults", 20),), org=True)
ROOTS = Call("organizations", "ListRoots", "Roots", org=True)
UNITS = Call(
    "organizations",
    "ListOrganizationalUnitsForParent",
    "OrganizationalUnits",
    org=True,
    parent=ROOTS,
    params_from=PARENT,
)
CHILDREN = Call("organizations", "ListAccountsForParent", "Accounts", org=True, parent=ROOTS, params_from=PARENT)
DELEGATED = Call("organizations", "ListDelegatedAdministrators", "DelegatedAdministrators", org=True)
# Answered to the management account and to IAM's delegated administrator only.
FEATURES = Call(
    "iam",
    "ListOrganizationsFeatures",
    org=True,
    empty_on=("OrganizationNotFoundException", "ServiceAccessNotEnabledException", "OrganizationNotInAllFeaturesMode"),
)
# What finds out which accounts there are, asked in every sync.
WALK = (ORGANIZATION, ACCOUNTS, ROOTS, UNITS, CHILDREN, DELEGATED, FEATURES)

# -- IAM, in bulk --------------------------------------------------------------------------------------------------------
# Of AWS's own policies the answer is assumed to hold those that are in use in the account, as the list that stands in for
# it is asked to.
_DETAILS = (("Filter", ("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")), *PAGE)


def _details(items: str, part: str) -> Call:
    return Call("iam", "GetAccountAuthorizationDetails", items, params=_DETAILS, part=part)


USER_DETAILS = _details("UserDetailList", "users")
GROUP_DETAILS = _details("GroupDetailList", "groups")
ROLE_DETAILS = _details("RoleDetailList", "roles")
POLICY_DETAILS = _details("Policies", "policies")
REPORT = Call("iam", "GetCredentialReport")
SUMMARY = Call("iam", "GetAccountSummary", "SummaryMap")
PASSWORD_POLICY = Call("iam", "GetAccountPasswordPolicy", "PasswordPolicy", empty_on=NONE_HERE)
ALIASES = Call("iam", "ListAccountAliases", "AccountAliases")
VIRTUAL_MFA = Call("iam", "ListVirtualMFADevices", "VirtualMFADevices", params=PAGE)
SERVICE_CREDENTIALS = Call(
    "iam", "ListServiceSpecificCredentials", "ServiceSpecificCredentials", params=(("AllUsers", True), *PAGE)
)

# -- IAM, user by user ---------------------------------------------------------------------------------------------------
ACCESS_KEYS = Call(
    "iam",
    "ListAccessKeys",
    "AccessKeyMetadata",
    parent=USER_DETAILS,
    params_from=USER,
    empty_on=NONE_HERE,
    parent_filter="users_with_keys",
)
KEY_LAST_USED = Call(
    "iam",
    "GetAccessKeyLastUsed",
    "AccessKeyLastUsed",
    parent=ACCESS_KEYS,
    params_from=(("AccessKeyId", "$.AccessKeyId"),),
    # A key deleted since it was listed is answered with AccessDenied by some accounts and NoSuchEntity by others.
    empty_on=NONE_HERE,
    fallback_for=REPORT,
    fresh=True,
    parent_filter="keys_not_told_apart",
)
MFA_DEVICES = Call(
    "iam",
    "ListMFADevices",
    "MFADevices",
    parent=USER_DETAILS,
    params_from=USER,
    empty_on=NONE_HERE,
    fallback_for=REPORT,
    fresh=True,
)
LOGIN_PROFILES = Call(
    "iam",
    "GetLoginProfile",
    "LoginProfile",
    parent=USER_DETAILS,
    params_from=USER,
    empty_on=NONE_HERE,
    fallback_for=REPORT,
    fresh=True,
)

# -- what stands in when GetAccountAuthorizationDetails is denied ----------------------------------------------------------
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


def _per(parent: Call, operation: str, items: str, **key: str) -> Call:
    """Ask for `items` of each of the stand-in parents, by the parameters and paths of `key`."""
    main, part = parent.fallback_for, parent.part
    return Call(
        "iam",
        operation,
        items,
        parent=parent,
        params_from=tuple(key.items()),
        empty_on=NONE_HERE,
        part=part,
        fallback_for=main,
    )


USER_GROUPS = _per(USERS, "ListGroupsForUser", "Groups", UserName="$.UserName")
USER_ATTACHED = _per(USERS, "ListAttachedUserPolicies", "AttachedPolicies", UserName="$.UserName")
USER_INLINE = _per(USERS, "ListUserPolicies", "PolicyNames", UserName="$.UserName")
USER_DOCUMENT = _per(USER_INLINE, "GetUserPolicy", "", UserName="@$.UserName", PolicyName="$")
GROUP_ATTACHED = _per(GROUPS, "ListAttachedGroupPolicies", "AttachedPolicies", GroupName="$.GroupName")
GROUP_INLINE = _per(GROUPS, "ListGroupPolicies", "PolicyNames", GroupName="$.GroupName")
GROUP_DOCUMENT = _per(GROUP_INLINE, "GetGroupPolicy", "", GroupName="@$.GroupName", PolicyName="$")
ROLE_ATTACHED = _per(ROLES, "ListAttachedRolePolicies", "AttachedPolicies", RoleName="$.RoleName")
ROLE_INLINE = _per(ROLES, "ListRolePolicies", "PolicyNames", RoleName="$.RoleName")
ROLE_DOCUMENT = _per(ROLE_INLINE, "GetRolePolicy", "", RoleName="@$.RoleName", PolicyName="$")
_IN_FORCE = {"PolicyArn": "$.Arn", "VersionId": "$.DefaultVersionId"}
POLICY_DOCUMENT = _per(POLICIES, "GetPolicyVersion", "PolicyVersion", **_IN_FORCE)
AWS_DOCUMENT = _per(AWS_POLICIES, "GetPolicyVersion", "PolicyVersion", **_IN_FORCE)
# What the managed policies of an account are read from.
POLICY_CALLS = (POLICY_DETAILS, POLICIES, POLICY_DOCUMENT, AWS_POLICIES, AWS_DOCUMENT)

# -- CloudTrail ------------------------------------------------------------------------------------------------------------
# Which attributes are looked up is each run's own: iamsql.cloudtrail.lookup_plan.
EVENTS = Call("cloudtrail", "LookupEvents", "Events", params=(("MaxResults", 50),), regional=True)
# The records of a trail's log files. They come by a way of their own, through files that DuckDB reads, and stand in for
# look-ups: a trail that was read whole holds all that look-ups would find.
RECORDS = Call("s3", "GetObject", "Body", part="cloudtrail", regional=True, fallback_for=EVENTS, implicit=True)

# -- regions, asked for where all that an account has enabled are wanted -----------------------------------------------------
REGIONS = Call(
    "account",
    "ListRegions",
    "Regions",
    params=(("MaxResults", 50), ("RegionOptStatusContains", ("ENABLED", "ENABLED_BY_DEFAULT"))),
    on_demand=True,
)
EC2_REGIONS = Call("ec2", "DescribeRegions", "Regions", fallback_for=REGIONS, on_demand=True)

# -- the catalogue of IAM's actions, which a package brings and no call of AWS: iamsql.sync.organization --------------------------
ACTIONS = Call("catalogue", "Actions", on_demand=True, implicit=True, action="none")
