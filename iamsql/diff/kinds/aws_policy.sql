-- about: An AWS managed policy that AWS changed; one row for all accounts.
-- null is unknown: document
-- only: changed
-- The accounts of a run are read at different times. The newest version counts, so that the policy has one row.
select
    null as account_id, 'global' as region, p.arn as ident, any_value(p.name) as name, p.arn as resource, null as value,
    arg_max(p.default_version_id, p.update_date) as default_version_id,
    cast(arg_max(p.policy_std, p.update_date) as varchar) as document
from aws_iam_policy as p
where p.is_aws_managed and p.policy_std is not null
group by p.arn
