"""A version of a managed policy; only the default version if GetAccountAuthorizationDetails failed.

A principal that may set the default version can restore an older version.
"""

from iamsql.model import View
from iamsql.tables.calls.account import POLICY_CALLS
from iamsql.tables.fragments.columns import C, title
from iamsql.tables.fragments.identities import MANAGED_POLICIES

# Each list of versions is parsed once, because all accounts have the same AWS managed policies.
_SQL = """
policies as (
  select e.account_id, e.arn, e.name, e.synced_at, e.source, e.item -> '$.PolicyVersionList' as versions from e where e.bulk
  union all
  select e.account_id, e.arn, e.name, e.synced_at, 'iam:GetPolicyVersion', json_array(a.item)
  from e join versions a on a.account_id = e.account_id and a.bound ->> '$.PolicyArn' = e.arn where not e.bulk),
keyed as (select p.*, md5(cast(p.versions as varchar)) as key from policies p),
items as (
  select d.key, unnest(elements(d.versions)) as item
  from (select k.key, any_value(k.versions) as versions from keyed k group by all) d),
parsed as (
  select d.document, document(d.document) as policy, policy_std(d.document) as std
  from (select distinct i.item -> '$.Document' as document from items i) d),
details as (
  select i.key, i.item ->> '$.VersionId' as version_id, i.item ->> '$.IsDefaultVersion' as is_default_version,
    i.item ->> '$.CreateDate' as create_date, p.policy, p.std
  from items i left join parsed p on p.document = i.item -> '$.Document')
select k.account_id, 'global' as region, k.synced_at, k.source, k.arn as policy_arn, k.name as policy_name,
  split_part(k.arn, ':', 5) = 'aws' as is_aws_managed, d.version_id, d.is_default_version, d.create_date, d.policy,
  d.std as policy_std, k.name || ':' || d.version_id as title
from keyed k join details d on d.key = k.key
"""

TABLE = View(
    key=("account_id", "policy_arn", "version_id"),
    calls=POLICY_CALLS,
    by_account=True,
    columns=(
        C("policy_arn", "text", "The ARN of the policy."),
        C("policy_name", "text", "The friendly name of the policy."),
        C("is_aws_managed", "boolean", "Whether the policy is an AWS managed policy."),
        C("version_id", "text", "The ID of the version: v1, v2 …"),
        C("is_default_version", "boolean", "Whether the version is the default version, which is in effect."),
        C("create_date", "timestamptz", "The date and time when the version was created."),
        C("policy", "json", "The document of the version."),
        C("policy_std", "json", "The document in canonical form."),
        title(),
    ),
    sql=f"with {MANAGED_POLICIES},{_SQL}",
)
