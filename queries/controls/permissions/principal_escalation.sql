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
-- function that is there to be taken over, count too: the reason says what they depend on. Administrators are `skip`.

with people as (
    select u.account_id, u.arn, u.name from aws_iam_user as u
    union all
    select r.account_id, r.arn, r.name from aws_iam_role as r where r.path not like '/aws-service-role/%'
),

ways as (
    select
        p.principal,
        max(case when p.place = 1 then concat(
            p.path, case when len(p.conditions) > 0 then ', which depends on ' || array_to_string(p.conditions, ', ') end
        ) end) as nearest,
        count(*) as number
    from (
        select
            w.principal,
            w.path,
            w.conditions,
            row_number() over (partition by w.principal order by w.hops, w.verdict, w.method) as place
        from iam_paths() as w
    ) as p
    group by p.principal
)

select
    p.arn as resource,
    case when d.principal is not null then 'skip' when w.principal is not null then 'alarm' else 'ok' end as status,
    case
        when d.principal is not null then concat(p.name, ' is an administrator already.')
        when w.principal is not null then concat(p.name, ' has ', w.number, ' ways: ', w.nearest, '.')
        else concat(p.name, ' has no known way to become an administrator.')
    end as reason,
    p.account_id as account_id,
    'global' as region
from people as p
left join iam_admins() as d on d.principal = p.arn
left join ways as w on w.principal = p.arn
left join iamsql.accounts as a on a.account_id = p.account_id
order by a.position, p.arn
