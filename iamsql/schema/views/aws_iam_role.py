"""IAM roles with their trust and last use."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables import _calls as calls
from iamsql.schema.tables._columns import named, tags
from iamsql.schema.views._parts import DOCUMENT, entities, per_entity, standardised

_TITLE, _AKAS = named("", "")
_TAGS_SRC, _TAGS = tags()

INLINE = "case when e.bulk then inline(e.item -> '$.RolePolicyList') else o.items end"

TABLE = View(
    "aws_iam_role",
    "An IAM role of an account.",
    key=("account_id", "arn"),
    calls=(calls.ROLE_DETAILS, calls.ROLES, calls.ROLE_ATTACHED, calls.ROLE_INLINE, calls.ROLE_DOCUMENT),
    columns=(
        C("name", "text", "The role's name."),
        C("arn", "text", "The ARN."),
        C("role_id", "text", "Its unique id, AROA…"),
        C("assume_role_policy_document", "text", "The trust policy as text."),
        C("create_date", "timestamptz", "When it was made."),
        C("description", "text", "Its description; the bulk answer does not hold it."),
        C("instance_profile_arns", "json", "The ARNs of its instance profiles."),
        C("max_session_duration", "bigint", "The longest session in seconds; the bulk answer does not hold it."),
        C("path", "text", "The path of the name."),
        C("permissions_boundary_arn", "text", "The policy that bounds its permissions."),
        C("permissions_boundary_type", "text", "Policy, where there is a boundary."),
        C("role_last_used_date", "timestamptz", "The last use within 400 days."),
        C("role_last_used_region", "text", "The region of that use."),
        _TAGS_SRC,
        C("inline_policies", "json", "Its inline policies."),
        C("inline_policies_std", "json", "The same in canonical form."),
        C("attached_policy_arns", "json", "The ARNs of its attached policies."),
        C("assume_role_policy", "json", "The trust policy."),
        C("assume_role_policy_std", "json", "The same in canonical form."),
        _TITLE,
        _TAGS,
        _AKAS,
    ),
    sql=f"""
with e as ({entities(calls.ROLE_DETAILS, calls.ROLES, "RoleName")}),
attached as ({per_entity(calls.ROLE_ATTACHED, "RoleName")}),
documents as ({per_entity(calls.ROLE_DOCUMENT, "RoleName", DOCUMENT)}),
{standardised(INLINE, "e.item -> '$.AssumeRolePolicyDocument'")}
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
  {INLINE} as inline_policies,
  i.items as inline_policies_std,
  pluck(coalesce(a.items, e.item -> '$.AttachedManagedPolicies'), 'PolicyArn') as attached_policy_arns,
  case when e.bulk then empty_list(e.item -> '$.Tags') end as tags_src, tag_map(e.item -> '$.Tags') as tags,
  e.name as title, one_list(e.item -> '$.Arn') as akas
from e
left join attached a on a.account_id = e.account_id and a.name = e.name and not e.bulk
left join documents o on o.account_id = e.account_id and o.name = e.name and not e.bulk
left join inline_std i on i.account_id = e.account_id and i.name = e.name
left join standard t on t.document = e.item -> '$.AssumeRolePolicyDocument'
""",
)
