"""Every version of a managed policy: what was in force before, and what anyone who may set the default can bring back."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.tables import _calls as calls
from iamsql.tables import _iam_calls as more
from iamsql.tables._columns import TITLE
from iamsql.views._parts import POLICIES

TABLE = View(
    "aws_iam_policy_version",
    "A version of a managed policy; where the bulk answer was denied, the version in force alone.",
    key=("account_id", "policy_arn", "version_id"),
    calls=more.POLICY_CALLS,
    columns=(
        C("policy_arn", "text", "The policy's ARN."),
        C("policy_name", "text", "The policy's name."),
        C("is_aws_managed", "boolean", "Whether AWS keeps the policy."),
        C("version_id", "text", "The version: v1, v2 …"),
        C("is_default_version", "boolean", "Whether it is in force."),
        C("create_date", "timestamptz", "When it was made."),
        C("policy", "json", "Its document."),
        C("policy_std", "json", "The same in canonical form."),
        C("title", "text", TITLE),
    ),
    sql=f"""
with e as ({POLICIES}),
asked as (
  select account_id, bound, item from raw."{calls.POLICY_DOCUMENT.raw}"
  union all select account_id, bound, item from raw."{more.AWS_DOCUMENT.raw}"),
versions as (
  select e.account_id, e.item ->> '$.Arn' as arn, e.name, e.synced_at, e.source,
    unnest(elements(e.item -> '$.PolicyVersionList')) as item
  from e where e.bulk
  union all
  select e.account_id, e.item ->> '$.Arn', e.name, e.synced_at, 'iam:GetPolicyVersion', a.item
  from e join asked a on a.account_id = e.account_id and a.bound ->> '$.PolicyArn' = e.item ->> '$.Arn' where not e.bulk),
standard as (
  select d.document, policy_std(d.document) as std from (select distinct v.item -> '$.Document' as document from versions v) d)
select v.account_id, 'global' as region, v.synced_at, v.source, v.arn as policy_arn, v.name as policy_name,
  split_part(v.arn, ':', 5) = 'aws' as is_aws_managed, v.item ->> '$.VersionId' as version_id,
  v.item ->> '$.IsDefaultVersion' as is_default_version, v.item ->> '$.CreateDate' as create_date,
  document(v.item -> '$.Document') as policy, s.std as policy_std, v.name || ':' || (v.item ->> '$.VersionId') as title
from versions v left join standard s on s.document = v.item -> '$.Document'
""",
)
