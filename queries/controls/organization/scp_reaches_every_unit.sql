-- title: Ensure every organizational unit has service control policies attached
-- kind: control
-- severity: low
-- version: 1
-- tags: organization, scp, cis_v7.0:2.1.4
--
-- A unit is a place for rules of its own. One that gets no more than the root's says nothing about its accounts: what
-- is allowed in tests is then allowed in production. Attach a policy to it, or to a unit above it; AWS's own
-- FullAWSAccess does not count.

with attached as (
    select
        t.target_id,
        string_agg(t.name, ', ' order by t.name) as names
    from aws_organizations_policy_target as t
    where t.type = 'SERVICE_CONTROL_POLICY' and not t.aws_managed
    group by t.target_id
),

reached as (
    select
        u.id,
        string_agg(p.names, ', ' order by o.path) as names
    from aws_organizations_organizational_unit as u
    inner join aws_organizations_organizational_unit as o on starts_with(concat(u.path, '.'), concat(o.path, '.'))
    inner join attached as p on p.target_id = o.id
    group by u.id
),

listed as (
    select min(case when c.status = 'ok' then 1 else 0 end) as whole
    from iamsql.coverage as c
    where c.service = 'organizations' and c.operation in ('ListTargetsForPolicy', 'ListPolicies')
)

select
    u.arn as resource,
    unnest(case
        when p.id is not null then ok(concat('What reaches the unit beside the root''s: ', p.names, '.'))
        when l.whole = 1 then alarm('No service control policy but the root''s reaches the unit.')
        else unknown('what policies are attached to was not read.')
    end),
    u.account_id, 'global' as region, u.name as unit_name
from aws_organizations_organizational_unit as u
cross join listed as l
left join reached as p on p.id = u.id
order by u.arn
