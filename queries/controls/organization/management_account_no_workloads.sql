-- title: Ensure the management account runs no workloads
-- kind: control
-- severity: high
-- version: 1
-- tags: organization, roles, cis_v7.0:2.1.3
--
-- No service control policy reaches the management account, so that whoever breaks into a machine or a function there
-- has no guardrail to pass. Move workloads to a member account. What runs is told by the roles that services which run
-- code may take on; one row for each role of the management account, service-linked ones and those of Identity Center
-- left out.

with runs as (
    select
        p.account_id, p.arn,
        string_agg(distinct p."value", ', ' order by p."value") as services
    from iam_trusted_principals() as p
    where p.kind = 'Service' and iam_runs_code(p."value")
    group by p.account_id, p.arn
)

select
    o.arn as resource,
    unnest(case
        when t.document_id is null then unknown('the role''s trust policy was not read.')
        when s.arn is not null then alarm(concat('The role is there for ', s.services, ' to take on.'))
        else ok('No service that runs code may take the role on.')
    end),
    o.account_id, 'global' as region, o.name as role_name
from iam_role_trust_policies() as t
cross join iamsql.run as r
inner join aws_iam_role as o on o.account_id = t.account_id and o.arn = t.arn
left join runs as s on s.account_id = o.account_id and s.arn = o.arn
where o.account_id = r.management_account_id
order by o.arn
