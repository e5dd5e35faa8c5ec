-- title: Ensure every organization policy is attached
-- kind: control
-- severity: low
-- version: 1
-- tags: organization, scp
--
-- A service or resource control policy that is attached to nothing forbids nothing, and somebody may believe that it
-- does. Attach it or delete it. One row for each such policy that is not AWS's own.

with targets as (
    select t.id, count(*) as places
    from aws_organizations_policy_target as t
    group by t.id
),

listed as (
    select min(case when c.status = 'ok' then 1 else 0 end) as whole
    from iamsql.coverage as c
    where c.service = 'organizations' and c.operation = 'ListTargetsForPolicy'
)

select
    p.arn as resource,
    unnest(case
        when t.id is not null then ok(
            concat('The policy is attached in ', t.places, case t.places when 1 then ' place.' else ' places.' end)
        )
        when l.whole = 1 then alarm('The policy is attached to nothing.')
        else unknown('what the policy is attached to was not read.')
    end),
    p.account_id, 'global' as region, p.name as policy_name
from aws_organizations_policy as p
cross join listed as l
left join targets as t on t.id = p.id
where not p.aws_managed and p.type in ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')
order by p.arn
