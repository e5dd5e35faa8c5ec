-- title: Ensure customer managed policies have no unused versions
-- kind: control
-- severity: low
-- version: 1
-- tags: policies, privilege-escalation
-- param: spare integer = 0          # How many versions beside the one in force may be kept
--
-- An old version is often wider than the one in force, and whoever may set the default version brings it back without
-- writing a policy. Delete versions when a change has proved itself. Where the bulk answer was refused, the version in
-- force alone is known.

with versions as (
    select
        v.account_id, v.policy_arn,
        sum(case when v.is_default_version then 0 else 1 end) as old
    from aws_iam_policy_version as v
    where not v.is_aws_managed
    group by v.account_id, v.policy_arn
)

select
    p.arn as resource,
    unnest(case
        when v.old = 1 then alarm_if(v.old > $spare, 'The policy keeps 1 old version.')
        when v.old > 1 then alarm_if(v.old > $spare, concat('The policy keeps ', v.old, ' old versions.'))
        when v.old is null or (p._ctx ->> '$.source') = 'iam:ListPolicies'
            then unknown('the versions of the policy were not read.')
        else ok('The policy keeps no old version.')
    end),
    p.account_id, 'global' as region, p.name as policy_name
from aws_iam_policy as p
left join versions as v on v.account_id = p.account_id and v.policy_arn = p.arn
left join iamsql.accounts as a on a.account_id = p.account_id
where not p.is_aws_managed
order by a.position, p.arn
