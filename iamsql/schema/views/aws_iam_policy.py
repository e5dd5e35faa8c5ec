"""A customer managed policy, or an AWS managed policy in use, with the document of its default version."""

from iamsql.model import View, snake
from iamsql.schema.tables._calls import POLICY_CALLS
from iamsql.schema.tables._columns import C, akas, tags, tags_src, title
from iamsql.schema.views._fragments import MANAGED_POLICIES

_SCALARS = (
    "PolicyId Path Description IsAttachable CreateDate UpdateDate AttachmentCount DefaultVersionId PermissionsBoundaryUsageCount"
).split()
# An item contains all versions and may be large. The short members are therefore extracted at once, and each document is
# parsed once, because all accounts have the same AWS managed policies.
_SQL = f"""
documents as (
  select a.account_id, a.bound ->> '$.PolicyArn' as arn, json_array(any_value(a.item)) as versions from versions a group by all),
entities as (
  select e.account_id, e.region, e.source, e.synced_at, e.name, e.arn, e.bulk, e.item -> '$.Tags' as item_tags,
    e.item ->> [{", ".join(f"'$.{field}'" for field in _SCALARS)}] as scalars,
    coalesce(o.versions, e.item -> '$.PolicyVersionList') as versions
  from e left join documents o on o.account_id = e.account_id and o.arn = e.arn and not e.bulk),
p as (
  select r.*, {", ".join(f"r.scalars[{place}] as {snake(field)}" for place, field in enumerate(_SCALARS, 1))},
    md5(concat(r.versions, r.scalars[{_SCALARS.index("DefaultVersionId") + 1}])) as key
  from entities r),
default_versions as (
  select d.key, default_version_document(d.versions, d.id) as document
  from (select p.key, any_value(p.versions) as versions, any_value(p.default_version_id) as id from p group by all) d),
parsed as (select c.key, document(c.document) as policy, policy_std(c.document) as policy_std from default_versions c)
select p.*, split_part(p.arn, ':', 5) = 'aws' as is_aws_managed, cast(p.attachment_count as bigint) > 0 as is_attached,
  s.policy, s.policy_std, case when p.bulk then empty_list(p.item_tags) end as tags_src, tag_map(p.item_tags) as tags,
  p.name as title, one_list(to_json(p.arn)) as akas
from p left join parsed s on s.key = p.key
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
