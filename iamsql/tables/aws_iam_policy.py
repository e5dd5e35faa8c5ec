"""A customer managed policy, or an AWS managed policy in use, with the document of its default version."""

from iamsql.model import View, snake_case
from iamsql.tables.calls.account import POLICY_CALLS
from iamsql.tables.fragments.columns import C, akas, tags, tags_src, title
from iamsql.tables.fragments.identities import MANAGED_POLICIES

_SCALARS = (
    "PolicyId Path Description IsAttachable CreateDate UpdateDate AttachmentCount DefaultVersionId PermissionsBoundaryUsageCount"
).split()
# An item contains all versions and may be large. The short members are therefore extracted at once.
_SQL = f"""
entities as (
  select e.account_id, e.region, e.source, e.synced_at, e.name, e.arn, e.bulk, e.item -> '$.Tags' as item_tags,
    e.item ->> [{", ".join(f"'$.{field}'" for field in _SCALARS)}] as scalars
  from e),
p as (
  select r.*, {", ".join(f"r.scalars[{position}] as {snake_case(field)}" for position, field in enumerate(_SCALARS, 1))}
  from entities r),
default_versions as (
  select p.account_id, p.arn, arg_max(v.policy, v.is_default_version is true) as policy,
    arg_max(v.policy_std, v.is_default_version is true) as policy_std
  from p join aws_iam_policy_version v on v.account_id = p.account_id and v.policy_arn = p.arn
  where v.is_default_version or v.version_id = p.default_version_id
  group by all)
select p.*, split_part(p.arn, ':', 5) = 'aws' as is_aws_managed, cast(p.attachment_count as bigint) > 0 as is_attached,
  d.policy, d.policy_std, case when p.bulk then empty_list(p.item_tags) end as tags_src, tag_map(p.item_tags) as tags,
  p.name as title, one_list(to_json(p.arn)) as akas
from p left join default_versions d on d.account_id = p.account_id and d.arn = p.arn
"""

TABLE = View(
    key=("account_id", "arn"),
    calls=POLICY_CALLS,
    by_account=True,
    columns=(
        C("name", "text", "The friendly name of the policy."),
        C("policy_id", "text", "The stable and unique ID of the policy: ANPA…"),
        C("path", "text", "The path of the policy."),
        C("description", "text", "The description of the policy."),
        C("arn", "text", "The ARN of the policy."),
        C("is_aws_managed", "boolean", "Whether the policy is an AWS managed policy."),
        C("is_attachable", "boolean", "Whether the policy can be attached to users, groups and roles."),
        C("create_date", "timestamptz", "The date and time when the policy was created."),
        C("update_date", "timestamptz", "The date and time when the newest version was created."),
        C("attachment_count", "bigint", "The number of users, groups and roles that the policy is attached to."),
        C("is_attached", "boolean", "Whether the policy is attached to any user, group or role."),
        C("default_version_id", "text", "The ID of the default version, which is in effect."),
        C("permissions_boundary_usage_count", "bigint", "The number of users and roles with the policy as boundary."),
        C("policy", "json", "The document of the default version; null if it could not be read."),
        C("policy_std", "json", "The document in canonical form."),
        tags_src(),
        tags(),
        title(),
        akas(),
    ),
    sql=f"with {MANAGED_POLICIES},{_SQL}",
)
