-- about: An AWS managed policy that AWS changed; one row for all accounts.
-- null is unknown: document
-- only: changed
-- The accounts of a run are read at different times. The newest version counts, so the policy has one row.
select
    null as account_id, 'global' as region, p.arn as ident, min(p.name) as name, p.arn as resource, null as value,
    arg_max(p.default_version_id, p.version) as default_version_id,
    cast(arg_max(p.policy_std, p.version) as varchar) as document
from (
    select v.*, {'date': coalesce(v.update_date, timestamptz '1970-01-01 00:00:00+00'), 'id': v.default_version_id} as version
    from aws_iam_policy as v
) as p
where p.is_aws_managed and p.policy_std is not null
group by p.arn
