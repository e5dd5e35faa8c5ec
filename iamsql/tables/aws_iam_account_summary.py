"""The IAM entity usage and the quotas of an account, and whether the root user has access keys, a password and MFA."""

from iamsql.model import Table
from iamsql.tables.calls.account import SUMMARY
from iamsql.tables.fragments.columns import C

TABLE = Table(
    call=SUMMARY,
    key=("account_id",),
    columns=(
        C("access_keys_per_user_quota", "bigint", "The quota of access keys per user."),
        C("account_access_keys_present", "bigint", "The number of access keys of the root user, active or inactive."),
        C("account_mfa_enabled", "boolean", "Whether the root user has MFA.", "$.AccountMFAEnabled", "code_is_true"),
        C("account_password_present", "boolean", "Whether the root user has a password.", macro="code_is_true"),
        C("account_signing_certificates_present", "bigint", "The number of signing certificates of the root user."),
        C("assume_role_policy_size_quota", "bigint", "The quota of characters in a role trust policy."),
        C("attached_policies_per_group_quota", "bigint", "The quota of managed policies attached to a group."),
        C("attached_policies_per_role_quota", "bigint", "The quota of managed policies attached to a role."),
        C("attached_policies_per_user_quota", "bigint", "The quota of managed policies attached to a user."),
        C("global_endpoint_token_version", "bigint", "The version of the tokens of the global STS endpoint."),
        C("group_policy_size_quota", "bigint", "The quota of characters in the inline policies of a group."),
        C("groups", "bigint", "The number of groups."),
        C("groups_per_user_quota", "bigint", "The quota of groups per user."),
        C("groups_quota", "bigint", "The quota of groups."),
        C("instance_profiles", "bigint", "The number of instance profiles."),
        C("instance_profiles_quota", "bigint", "The quota of instance profiles."),
        C("mfa_devices", "bigint", "The number of MFA devices, assigned or unassigned.", "$.MFADevices"),
        C("mfa_devices_in_use", "bigint", "The number of assigned MFA devices.", "$.MFADevicesInUse"),
        C("policies", "bigint", "The number of customer managed policies."),
        C("policies_quota", "bigint", "The quota of customer managed policies."),
        C("policy_size_quota", "bigint", "The quota of characters in a managed policy."),
        C("policy_versions_in_use", "bigint", "The number of versions of customer managed policies."),
        C("policy_versions_in_use_quota", "bigint", "The quota of versions of customer managed policies."),
        C("providers", "bigint", "The number of identity providers."),
        C("role_policy_size_quota", "bigint", "The quota of characters in the inline policies of a role."),
        C("roles", "bigint", "The number of roles."),
        C("roles_quota", "bigint", "The quota of roles."),
        C("server_certificates", "bigint", "The number of server certificates."),
        C("server_certificates_quota", "bigint", "The quota of server certificates."),
        C("signing_certificates_per_user_quota", "bigint", "The quota of signing certificates per user."),
        C("user_policy_size_quota", "bigint", "The quota of characters in the inline policies of a user."),
        C("users", "bigint", "The number of users."),
        C("users_quota", "bigint", "The quota of users."),
        C("versions_per_policy_quota", "bigint", "The quota of versions per managed policy."),
    ),
)
