-- title: No user or role can make itself an administrator
-- kind: control
-- severity: critical
-- version: 1
-- tags: permissions, privilege-escalation
--
-- Whoever can attach a policy to itself, hand a strong role to a function of its own or rewrite a role's trust is an
-- administrator in all but name. The actions of all its policies are taken together; `escalation_paths` has every way,
-- and says what is weighed. `alarm` where a way is open whatever the context, or depends on conditions alone: take the
-- action of its first step away, or bound it. Ways that only something which IAM does not tell could open, such as a
-- function that is there to be taken over, count too: the reason says what they depend on. So it does where service
-- control policies, which may forbid a step, were not read. Administrators make a `skip` row.

with caps as (
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
),

ranked as (
    select
        w.principal,
        w.path,
        w.conditions,
        row_number() over (partition by w.principal order by w.hops, w.verdict, w.method) as place
    from iam_paths() as w
),

ways as (
    select
        k.principal,
        max(case when k.place = 1 then concat(
            k.path,
            case when len(k.conditions) > 0 then concat(', which depends on ', array_to_string(k.conditions, ', ')) end
        ) end) as nearest,
        count(*) as known
    from ranked as k
    group by k.principal
)

select
    p.arn as resource,
    case
        when d.principal is not null then 'skip'
        when w.principal is not null then 'alarm'
        else 'ok'
    end as status,
    case
        when d.principal is not null then concat(p.name, ' is an administrator already.')
        when w.principal is not null then concat(
            p.name, case when w.known = 1 then ' has one way: ' else concat(' has ', w.known, ' ways, such as: ') end,
            w.nearest,
            case
                when
                    c.are_none = 0
                    and (c.are_asked = 0 or c.are_lacking = 1)
                    and p.account_id <> coalesce(r.management_account_id, '')
                    then '; service control policies, which may forbid it, were not read'
            end, '.'
        )
        else concat(p.name, ' has no known way to become an administrator.')
    end as reason,
    p.account_id as account_id,
    'global' as region
from people as p
cross join caps as c
cross join iamsql.run as r
left join iam_admins() as d on d.principal = p.arn
left join ways as w on w.principal = p.arn
left join iamsql.accounts as a on a.account_id = p.account_id
order by a.position, p.arn
