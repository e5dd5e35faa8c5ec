"""Managed policies with the document of their default version: the customer's, and AWS's own that are in use."""

from iamsql.model import Column as C
from iamsql.model import View, snake
from iamsql.schema.tables._calls import POLICY_CALLS
from iamsql.schema.tables._columns import named, tags
from iamsql.schema.views._parts import POLICIES

_SCALARS = (
    "PolicyId Path Description IsAttachable CreateDate UpdateDate AttachmentCount DefaultVersionId PermissionsBoundaryUsageCount"
).split()
# An item holds every version and may be large: it is parsed once for all that is short, and each document is worked out
# once, however many accounts have it, for those of AWS are in all of them.
_SQL = f"""
documents as (
  select a.account_id, a.bound ->> '$.PolicyArn' as arn, json_array(any_value(a.item)) as versions from asked a group by all),
read as (
  select e.account_id, e.region, e.source, e.synced_at, e.name, e.arn, e.bulk, e.item -> '$.Tags' as item_tags,
    e.item ->> [{", ".join(f"'$.{field}'" for field in _SCALARS)}] as scalars,
    coalesce(o.versions, e.item -> '$.PolicyVersionList') as versions
  from e left join documents o on o.account_id = e.account_id and o.arn = e.arn and not e.bulk),
p as (
  select r.*, {", ".join(f"r.scalars[{place}] as {snake(field)}" for place, field in enumerate(_SCALARS, 1))},
    md5(concat(r.versions, r.scalars[{_SCALARS.index("DefaultVersionId") + 1}])) as key
  from read r),
chosen as (
  select d.key, default_version_document(d.versions, d.id) as document
  from (select p.key, any_value(p.versions) as versions, any_value(p.default_version_id) as id from p group by all) d),
standard as (select c.key, document(c.document) as policy, policy_std(c.document) as policy_std from chosen c)
select p.*, split_part(p.arn, ':', 5) = 'aws' as is_aws_managed, cast(p.attachment_count as bigint) > 0 as is_attached,
  s.policy, s.policy_std, case when p.bulk then empty_list(p.item_tags) end as tags_src, tag_map(p.item_tags) as tags,
  p.name as title, one_list(to_json(p.arn)) as akas
from p left join standard s on s.key = p.key
"""

TABLE = View(
    "aws_iam_policy",
    "A managed policy with its default version's document: the customer's, and AWS's own that are in use.",
    key=("account_id", "arn"),
    calls=POLICY_CALLS,
    columns=(
        C("name", "text", "The policy's name."),
        C("policy_id", "text", "Its unique id, ANPA…"),
        C("path", "text", "The path of the name."),
        C("description", "text", "Its description."),
        C("arn", "text", "The ARN."),
        C("is_aws_managed", "boolean", "Whether AWS keeps it."),
        C("is_attachable", "boolean", "Whether it can be attached."),
        C("create_date", "timestamptz", "When it was made."),
        C("update_date", "timestamptz", "When its newest version was made."),
        C("attachment_count", "bigint", "How many users, groups and roles have it."),
        C("is_attached", "boolean", "Whether any has it."),
        C("default_version_id", "text", "The version in force."),
        C("permissions_boundary_usage_count", "bigint", "How many users and roles it bounds."),
        C("policy", "json", "The document in force; null when it could not be read."),
        C("policy_std", "json", "The same in canonical form."),
        *tags(),
        *named("", ""),
    ),
    sql=f"with {POLICIES},{_SQL}",
)
