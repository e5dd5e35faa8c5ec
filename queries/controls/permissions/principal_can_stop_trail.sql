-- title: Ensure only administrators can stop or delete CloudTrail trails
-- kind: control
-- severity: high
-- version: 1
-- tags: permissions, cloudtrail
--
-- Whoever wants to stay unseen stops or deletes the trail first. Nobody but administrators should be able to, and a
-- service control policy is the best way to see to it. What users and roles may do is evaluated as `can` evaluates
-- it, on any trail. Where the service control policies were not read there may be alarms that they would settle: the reason
-- says so. A principal that may by a policy that was not read makes an `error` row. Administrators make a `skip` row.

with stopping as (
    select
        j.principal,
        string_agg(distinct split_part(j.action, ':', 2), ' and ' order by split_part(j.action, ':', 2)) filter (
            where j.as_read <> 'blocked'
        ) as actions,
        string_agg(distinct case when j.verdict <> 'certain' then j.why end, '; ') as why
    from iam_principal_evaluation([
        {'action': 'cloudtrail:StopLogging', 'resource': 'any'},
        {'action': 'cloudtrail:DeleteTrail', 'resource': 'any'}
    ], null, false, false, false) as j
    where j.verdict <> 'blocked'
    group by j.principal
),

admins as (
    select d.principal from iam_admins() as d where d.as_read <> 'blocked'
),

people as (
    select u.account_id, u.arn, u.name
    from aws_iam_user as u
    union all
    select r.account_id, r.arn, r.name
    from aws_iam_role as r
    where coalesce(r.path, '/') not like '/aws-service-role/%'
)

select
    p.arn as resource,
    unnest(case
        when s.principal is null then ok(concat(p.name, ' may not stop or delete a trail.'))
        when d.principal is not null then skip(concat(p.name, ' is an administrator.'))
        when s.actions is null then unknown(concat('whether ', p.name, ' may stop or delete a trail; ', s.why, '.'))
        else alarm(concat(p.name, ' may ', s.actions, case when s.why is not null then concat(', ', s.why) end, '.'))
    end),
    p.account_id, 'global' as region
from people as p
left join stopping as s on s.principal = p.arn
left join admins as d on d.principal = p.arn
left join iamsql.accounts as a on a.account_id = p.account_id
order by a.position, p.arn
