"""Counts, quotas and the root user's credentials of an account."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._calls import SUMMARY

TABLE = Table(
    "aws_iam_account_summary",
    "What IAM counts in an account, its quotas, and whether the root user has keys, a password and MFA.",
    call=SUMMARY,
    key=("account_id",),
    columns=(
        C("access_keys_per_user_quota", "bigint", "Quota: access keys per user.", "$.AccessKeysPerUserQuota"),
        C(
            "account_access_keys_present",
            "bigint",
            "Root access keys present, active or not: a count.",
            "$.AccountAccessKeysPresent",
        ),
        C("account_mfa_enabled", "boolean", "Whether the root user has MFA.", "$.AccountMFAEnabled", "code_is_true"),
        C(
            "account_password_present",
            "boolean",
            "Whether the root user has a password; null where AWS does not say.",
            "$.AccountPasswordPresent",
            "code_is_true",
        ),
        C(
            "account_signing_certificates_present",
            "bigint",
            "Root signing certificates present.",
            "$.AccountSigningCertificatesPresent",
        ),
        C("assume_role_policy_size_quota", "bigint", "Quota: assume role policy size.", "$.AssumeRolePolicySizeQuota"),
        C(
            "attached_policies_per_group_quota",
            "bigint",
            "Quota: attached policies per group.",
            "$.AttachedPoliciesPerGroupQuota",
        ),
        C(
            "attached_policies_per_role_quota",
            "bigint",
            "Quota: attached policies per role.",
            "$.AttachedPoliciesPerRoleQuota",
        ),
        C(
            "attached_policies_per_user_quota",
            "bigint",
            "Quota: attached policies per user.",
            "$.AttachedPoliciesPerUserQuota",
        ),
        C(
            "global_endpoint_token_version",
            "bigint",
            "The version of tokens that the global STS endpoint gives.",
            "$.GlobalEndpointTokenVersion",
        ),
        C("group_policy_size_quota", "bigint", "Quota: group policy size.", "$.GroupPolicySizeQuota"),
        C("groups", "bigint", "Groups.", "$.Groups"),
        C("groups_per_user_quota", "bigint", "Quota: groups per user.", "$.GroupsPerUserQuota"),
        C("groups_quota", "bigint", "Quota: groups.", "$.GroupsQuota"),
        C("instance_profiles", "bigint", "Instance profiles.", "$.InstanceProfiles"),
        C("instance_profiles_quota", "bigint", "Quota: instance profiles.", "$.InstanceProfilesQuota"),
        C("mfa_devices", "bigint", "MFA devices, assigned or not.", "$.MFADevices"),
        C("mfa_devices_in_use", "bigint", "MFA devices assigned.", "$.MFADevicesInUse"),
        C("policies", "bigint", "Customer managed policies.", "$.Policies"),
        C("policies_quota", "bigint", "Quota: policies.", "$.PoliciesQuota"),
        C("policy_size_quota", "bigint", "Quota: policy size.", "$.PolicySizeQuota"),
        C("policy_versions_in_use", "bigint", "Versions of customer policies in use.", "$.PolicyVersionsInUse"),
        C("policy_versions_in_use_quota", "bigint", "Quota: policy versions in use.", "$.PolicyVersionsInUseQuota"),
        C("providers", "bigint", "Identity providers.", "$.Providers"),
        C("role_policy_size_quota", "bigint", "Quota: role policy size.", "$.RolePolicySizeQuota"),
        C("roles", "bigint", "Roles.", "$.Roles"),
        C("roles_quota", "bigint", "Quota: roles.", "$.RolesQuota"),
        C("server_certificates", "bigint", "Server certificates.", "$.ServerCertificates"),
        C("server_certificates_quota", "bigint", "Quota: server certificates.", "$.ServerCertificatesQuota"),
        C(
            "signing_certificates_per_user_quota",
            "bigint",
            "Quota: signing certificates per user.",
            "$.SigningCertificatesPerUserQuota",
        ),
        C("user_policy_size_quota", "bigint", "Quota: user policy size.", "$.UserPolicySizeQuota"),
        C("users", "bigint", "Users.", "$.Users"),
        C("users_quota", "bigint", "Quota: users.", "$.UsersQuota"),
        C("versions_per_policy_quota", "bigint", "Quota: versions per policy.", "$.VersionsPerPolicyQuota"),
    ),
)
