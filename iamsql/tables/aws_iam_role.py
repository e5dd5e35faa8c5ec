"""An IAM role."""

from iamsql.model import View
from iamsql.tables.calls import account as calls
from iamsql.tables.fragments.columns import C, akas, tags, tags_src, title
from iamsql.tables.fragments.identities import JOIN_POLICIES, POLICY_VALUES, entities, policy_columns, policy_ctes

_TEXTS = {
    "role_id": "RoleId",
    "path": "Path",
    "arn": "Arn",
    "create_date": "CreateDate",
    "description": "Description",
    "assume_role_policy_document": "AssumeRolePolicyDocument",
    "max_session_duration": "MaxSessionDuration",
    "permissions_boundary_arn": "PermissionsBoundary.PermissionsBoundaryArn",
    "role_last_used_date": "RoleLastUsed.LastUsedDate",
    "role_last_used_region": "RoleLastUsed.Region",
}
_LISTS = {
    "arn_value": "Arn",
    "trust_policy": "AssumeRolePolicyDocument",
    "policy_list": "RolePolicyList",
    "attached_list": "AttachedManagedPolicies",
    "instance_profile_list": "InstanceProfileList",
    "tag_list": "Tags",
}

TABLE = View(
    key=("account_id", "arn"),
    calls=calls.ROLE_CALLS,
    by_account=True,
    columns=(
        C("name", "text", "The friendly name of the role."),
        C("arn", "text", "The ARN of the role."),
        C("role_id", "text", "The stable and unique ID of the role: AROA…"),
        C("assume_role_policy_document", "text", "The trust policy, as text."),
        C("create_date", "timestamptz", "The date and time when the role was created."),
        C("description", "text", "The description of the role; only from ListRoles."),
        C("instance_profile_arns", "json", "The ARNs of the instance profiles that contain the role."),
        C("max_session_duration", "bigint", "The maximum session duration in seconds; only from ListRoles."),
        C("path", "text", "The path of the role."),
        C("permissions_boundary_arn", "text", "The ARN of the policy that sets the permissions boundary."),
        C("permissions_boundary_type", "text", "Policy if the role has a permissions boundary."),
        C("role_last_used_date", "timestamptz", "The date and time when the role was last used, within 400 days."),
        C("role_last_used_region", "text", "The region where the role was last used."),
        tags_src(),
        *policy_columns("role"),
        C("assume_role_policy", "json", "The trust policy: who can assume the role."),
        C("assume_role_policy_std", "json", "The trust policy in canonical form."),
        title(),
        tags(),
        akas(),
    ),
    sql=f"""
with e as ({entities("Role", calls.ROLE_DETAILS, calls.ROLES, _TEXTS, _LISTS)}),
{policy_ctes("Role", calls.ROLE_ATTACHED, calls.ROLE_DOCUMENT, "e.trust_policy")}
select e.*, document(e.trust_policy) as assume_role_policy, t.std as assume_role_policy_std,
  pluck(e.instance_profile_list, 'Arn') as instance_profile_arns,
  case when e.permissions_boundary_arn is not null then 'Policy' end as permissions_boundary_type,
  {POLICY_VALUES},
  case when e.bulk then empty_list(e.tag_list) end as tags_src, tag_map(e.tag_list) as tags,
  e.name as title, one_list(e.arn_value) as akas
from e
{JOIN_POLICIES}
left join standard t on t.document = e.trust_policy
""",
)
