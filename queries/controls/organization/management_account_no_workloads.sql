-- title: The management account runs no workloads
-- kind: control
-- severity: high
-- version: 1
-- tags: organization, roles, cis_v7.0:2.1.3
--
-- No service control policy reaches the management account, so that whoever breaks into a machine or a function there
-- has no guardrail to pass. Move workloads to a member account. What runs is told by the roles that services which run
-- code may take on; one row for each role of the management account, service-linked ones and those of Identity Center
-- left out.

with compute as (
    select
        c.principal
    from (
        values
            ('ec2'), ('lambda'), ('ecs-tasks'), ('eks'), ('pods.eks'), ('sagemaker'), ('glue'), ('codebuild'),
            ('batch'), ('states'), ('elasticmapreduce'), ('elasticbeanstalk'), ('tasks.apprunner'),
            ('build.apprunner'), ('bedrock')
    ) as c(principal)
),

runs as (
    select
        o.account_id,
        o.arn,
        string_agg(c.principal, ', ' order by c.principal) as services
    from aws_iam_role as o
    inner join compute as c
        on contains(cast(o.assume_role_policy_std as varchar), concat('"', c.principal, '.amazonaws.com'))
    group by o.account_id, o.arn
)

select
    o.arn as resource,
    case
        when o.assume_role_policy_std is null then 'error'
        when s.arn is not null then 'alarm'
        else 'ok'
    end as status,
    case
        when o.assume_role_policy_std is null then 'Unknown: the role''s trust policy was not read.'
        when s.arn is not null then concat('The role is there for ', s.services, ' to take on.')
        else 'No service that runs code may take the role on.'
    end as reason,
    o.account_id as account_id,
    'global' as region,
    o.name as role_name
from aws_iam_role as o
cross join iamsql.run as r
left join runs as s on s.account_id = o.account_id and s.arn = o.arn
where
    o.account_id = r.management_account_id
    and o.path not like '/aws-service-role/%'
    and o.path not like '/aws-reserved/%'
order by o.arn
