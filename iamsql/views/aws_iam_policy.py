"""Managed policies with the document of their default version: the customer's, and AWS's own that are in use."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.tables import _calls as calls
from iamsql.tables import _iam_calls as more
from iamsql.tables._columns import named, tags
from iamsql.views._parts import POLICIES

TABLE = View(
    "aws_iam_policy",
    "A managed policy with its default version's document; AWS's own that are in use only where the table is named.",
    key=("account_id", "arn"),
    calls=more.POLICY_CALLS,
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
    sql=f"""
with e as ({POLICIES}),
asked as (
  select account_id, bound, item from raw."{calls.POLICY_DOCUMENT.raw}"
  union all select account_id, bound, item from raw."{more.AWS_DOCUMENT.raw}"),
documents as (
  select account_id, bound ->> '$.PolicyArn' as arn, any_value(item -> '$.Document') as document from asked group by all),
p as (
  select e.*, e.item ->> '$.Arn' as arn, coalesce(o.document,
    default_version_document(e.item -> '$.PolicyVersionList', e.item ->> '$.DefaultVersionId')) as document
  from e left join documents o on o.account_id = e.account_id and o.arn = e.item ->> '$.Arn' and not e.bulk),
standard as (select d.document, policy_std(d.document) as std from (select distinct p.document from p) d)
select p.*, p.item ->> '$.PolicyId' as policy_id, p.item ->> '$.Path' as path, p.item ->> '$.Description' as description,
  split_part(p.arn, ':', 5) = 'aws' as is_aws_managed, p.item ->> '$.IsAttachable' as is_attachable,
  p.item ->> '$.CreateDate' as create_date, p.item ->> '$.UpdateDate' as update_date,
  p.item ->> '$.AttachmentCount' as attachment_count, cast(p.item ->> '$.AttachmentCount' as bigint) > 0 as is_attached,
  p.item ->> '$.DefaultVersionId' as default_version_id,
  p.item ->> '$.PermissionsBoundaryUsageCount' as permissions_boundary_usage_count,
  document(p.document) as policy, s.std as policy_std,
  case when p.bulk then empty_list(p.item -> '$.Tags') end as tags_src, tag_map(p.item -> '$.Tags') as tags, p.name as title,
  one_list(p.item -> '$.Arn') as akas
from p left join standard s on s.document = p.document
""",
)
