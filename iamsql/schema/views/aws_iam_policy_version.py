"""Every version of a managed policy: what was in force before, and what anyone who may set the default can bring back."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.tables._calls import POLICY_CALLS
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.views._parts import EARLIER_POLICIES, POLICIES

# Each list of versions is taken apart once, however many accounts have it: AWS's own policies are in all of them.
_SQL = """
held as (
  select e.account_id, e.arn, e.name, e.synced_at, e.source, e.item -> '$.PolicyVersionList' as versions from e where e.bulk
  union all
  select e.account_id, e.arn, e.name, e.synced_at, 'iam:GetPolicyVersion', json_array(a.item)
  from e join asked a on a.account_id = e.account_id and a.bound ->> '$.PolicyArn' = e.arn where not e.bulk),
v as (select h.*, md5(cast(h.versions as varchar)) as key from held h),
apart as (
  select d.key, unnest(elements(d.versions)) as item
  from (select v.key, any_value(v.versions) as versions from v group by all) d),
standard as (
  select d.document, document(d.document) as policy, policy_std(d.document) as std
  from (select distinct a.item -> '$.Document' as document from apart a) d),
told as (
  select a.key, a.item ->> '$.VersionId' as version_id, a.item ->> '$.IsDefaultVersion' as is_default_version,
    a.item ->> '$.CreateDate' as create_date, s.policy, s.std
  from apart a left join standard s on s.document = a.item -> '$.Document')
select v.account_id, 'global' as region, v.synced_at, v.source, v.arn as policy_arn, v.name as policy_name,
  split_part(v.arn, ':', 5) = 'aws' as is_aws_managed, t.version_id, t.is_default_version, t.create_date, t.policy,
  t.std as policy_std, v.name || ':' || t.version_id as title
from v join told t on t.key = v.key
"""

TABLE = View(
    "aws_iam_policy_version",
    "A version of a managed policy; where the bulk answer was denied, the version in force alone.",
    key=("account_id", "policy_arn", "version_id"),
    calls=POLICY_CALLS,
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
    sql=f"with {POLICIES},{_SQL}",
    earlier=(f"with {EARLIER_POLICIES},{_SQL}",),
)
