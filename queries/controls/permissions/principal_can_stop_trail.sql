-- title: Only administrators can stop the trail
-- kind: control
-- severity: high
-- version: 1
-- tags: permissions, cloudtrail
--
-- Whoever wants to stay unseen stops or deletes the trail first. Nobody but administrators should be able to, and a service
-- control policy is the best way to see to it. What users and roles may do is weighed as `can` weighs it, on any trail.
-- Administrators are `skip`.

with stopping as (
    select
        j.principal,
        j.account_id,
        string_agg(distinct split_part(j.action, ':', 2), ' and ' order by split_part(j.action, ':', 2)) as actions,
        string_agg(distinct case when j.verdict = 'conditional' then j.why end, '; ') as why
    from iam_judged([
        {'action': 'cloudtrail:StopLogging', 'resource': 'any'},
        {'action': 'cloudtrail:DeleteTrail', 'resource': 'any'}
    ], null, false, false) as j
    where j.verdict <> 'blocked' and j.principal not like '%:role/aws-service-role/%'
    group by j.principal, j.account_id
)

select
    p.arn as resource,
    case when s.principal is null then 'ok' when d.principal is not null then 'skip' else 'alarm' end as status,
    case
        when s.principal is null then concat(p.name, ' may not stop or delete a trail.')
        when d.principal is not null then concat(p.name, ' is an administrator.')
        else concat(p.name, ' may ', s.actions, case when s.why is not null then ', which ' || s.why end, '.')
    end as reason,
    p.account_id as account_id,
    'global' as region
from (
    select u.account_id, u.arn, u.name from aws_iam_user as u
    union all
    select r.account_id, r.arn, r.name from aws_iam_role as r where r.path not like '/aws-service-role/%'
) as p
left join stopping as s on s.principal = p.arn
left join iam_admins() as d on d.principal = p.arn
left join iamsql.accounts as a on a.account_id = p.account_id
order by a.position, p.arn
