"""An IAM role."""

from iamsql.model import View
from iamsql.schema.tables import _calls as calls
from iamsql.schema.tables._columns import C, akas, tags, tags_src, title
from iamsql.schema.views._fragments import JOIN_POLICIES, entities, policy_columns, policy_ctes, policy_values

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
        C("role_last_used_region", "text", "The region in which the role was last used."),
        tags_src(),
        *policy_columns("role"),
        C("assume_role_policy", "json", "The trust policy: who can assume the role."),
        C("assume_role_policy_std", "json", "The trust policy in canonical form."),
        title(),
        tags(),
        akas(),
    ),
    sql=f"""
with e as ({entities("Role", calls.ROLE_DETAILS, calls.ROLES)}),
{policy_ctes("Role", calls.ROLE_ATTACHED, calls.ROLE_DOCUMENT, "e.item -> '$.AssumeRolePolicyDocument'")}
select e.*, e.item ->> '$.RoleId' as role_id, e.item ->> '$.Path' as path, e.item ->> '$.Arn' as arn,
  e.item ->> '$.CreateDate' as create_date, e.item ->> '$.Description' as description,
  e.item ->> '$.AssumeRolePolicyDocument' as assume_role_policy_document,
  document(e.item -> '$.AssumeRolePolicyDocument') as assume_role_policy,
  t.std as assume_role_policy_std,
  pluck(e.item -> '$.InstanceProfileList', 'Arn') as instance_profile_arns,
  e.item ->> '$.MaxSessionDuration' as max_session_duration,
  e.item ->> '$.PermissionsBoundary.PermissionsBoundaryArn' as permissions_boundary_arn,
  case when e.item ->> '$.PermissionsBoundary.PermissionsBoundaryArn' is not null then 'Policy' end as permissions_boundary_type,
  e.item ->> '$.RoleLastUsed.LastUsedDate' as role_last_used_date, e.item ->> '$.RoleLastUsed.Region' as role_last_used_region,
  {policy_values("Role")},
  case when e.bulk then empty_list(e.item -> '$.Tags') end as tags_src, tag_map(e.item -> '$.Tags') as tags,
  e.name as title, one_list(e.item -> '$.Arn') as akas
from e
{JOIN_POLICIES}
left join standard t on t.document = e.item -> '$.AssumeRolePolicyDocument'
""",
)
