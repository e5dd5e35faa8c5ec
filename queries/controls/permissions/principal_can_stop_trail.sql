-- title: Only administrators can stop the trail
-- kind: control
-- severity: high
-- version: 1
-- tags: permissions, cloudtrail
--
-- Whoever wants to stay unseen stops or deletes the trail first. Nobody but administrators should be able to, and a
-- service control policy is the best way to see to it. What users and roles may do is weighed as `can` weighs it, on
-- any trail. Where service control policies were not read there may be alarms that they would settle: the reason says
-- so. Administrators make a `skip` row.

with stopping as (
    select
        j.principal,
        string_agg(distinct split_part(j.action, ':', 2), ' and ' order by split_part(j.action, ':', 2)) as actions,
        string_agg(distinct case when j.verdict = 'conditional' then j.why end, '; ') as why
    from iam_judged([
        {'action': 'cloudtrail:StopLogging', 'resource': 'any'},
        {'action': 'cloudtrail:DeleteTrail', 'resource': 'any'}
    ], null, false, false, false) as j
    where j.verdict <> 'blocked'
    group by j.principal
),

caps as (
    select
        max(case when c.operation = 'DescribeOrganization' and c.status = 'not_applicable' then 1 else 0 end) as are_none,
        max(case when c.operation = 'ListTargetsForPolicy' then 1 else 0 end) as are_asked,
        max(case when c.status in ('ok', 'not_applicable') then 0 else 1 end) as are_lacking
    from iamsql.coverage as c
    where
        c.service = 'organizations'
        and c.operation in (
            'DescribeOrganization', 'ListRoots', 'ListAccountsForParent', 'ListOrganizationalUnitsForParent',
            'ListPolicies', 'DescribePolicy', 'ListTargetsForPolicy'
        )
),

people as (
    select
        u.account_id,
        u.arn,
        u.name
    from aws_iam_user as u
    union all
    select
        r.account_id,
        r.arn,
        r.name
    from aws_iam_role as r
    where coalesce(r.path, '/') not like '/aws-service-role/%'
)

select
    p.arn as resource,
    case
        when s.principal is null then 'ok'
        when d.principal is not null then 'skip'
        else 'alarm'
    end as status,
    case
        when s.principal is null then concat(p.name, ' may not stop or delete a trail.')
        when d.principal is not null then concat(p.name, ' is an administrator.')
        else concat(
            p.name, ' may ', s.actions, case when s.why is not null then concat(', which ', s.why) end,
            case
                when
                    c.are_none = 0
                    and (c.are_asked = 0 or c.are_lacking = 1)
                    and p.account_id <> coalesce(r.management_account_id, '')
                    then '; service control policies, which may forbid it, were not read'
            end, '.'
        )
    end as reason,
    p.account_id as account_id,
    'global' as region
from people as p
cross join caps as c
cross join iamsql.run as r
left join stopping as s on s.principal = p.arn
left join iam_admins() as d on d.principal = p.arn
left join iamsql.accounts as a on a.account_id = p.account_id
order by a.position, p.arn
