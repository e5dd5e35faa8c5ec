-- title: A resource control policy reaches every account
-- kind: control
-- severity: medium
-- version: 1
-- tags: organization, rcp, cis_v7.0:2.1.2
--
-- A resource control policy says who may use the buckets, keys, queues, secrets and roles of an account, whatever
-- their own policies say; with one, nobody from outside the organization gets in by a mistake in a bucket policy.
-- AWS's own RCPFullAWSAccess allows everything and does not count.

with reached as (
    select
        p.account_id,
        count(distinct p.policy_id) as policies,
        string_agg(distinct p.policy_name, ', ' order by p.policy_name) as names
    from aws_organizations_account_policy as p
    where p.type = 'RESOURCE_CONTROL_POLICY' and p.level is not null and not p.aws_managed
    group by p.account_id
),

listed as (
    select min(case when c.status = 'ok' then 1 else 0 end) as whole
    from iamsql.coverage as c
    where
        c.service = 'organizations'
        and c.operation in (
            'ListPolicies', 'ListTargetsForPolicy', 'ListOrganizationalUnitsForParent', 'ListAccountsForParent'
        )
)

select
    concat('arn:', r."partition", ':::', o.id) as resource,
    case
        when o.id = r.management_account_id then 'skip'
        when p.policies is not null then 'ok'
        when l.whole = 1 then 'alarm'
        else 'error'
    end as status,
    case
        when o.id = r.management_account_id then 'No resource control policy reaches the management account.'
        when p.policies is not null then concat('What reaches the account: ', p.names, '.')
        when l.whole = 1 then 'Nothing but AWS''s own policy, which allows everything, reaches the account.'
        else 'Unknown: the organization''s policies or units were not read.'
    end as reason,
    o.id as account_id,
    'global' as region
from aws_organizations_account as o
cross join iamsql.run as r
cross join listed as l
left join reached as p on p.account_id = o.id
left join iamsql.accounts as a on a.account_id = o.id
where o.state not in ('SUSPENDED', 'PENDING_CLOSURE', 'CLOSED')
order by a.position, o.id
