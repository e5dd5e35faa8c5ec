-- title: Ensure the maximum session duration of IAM roles is limited
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, sessions
-- param: hours integer = 4          # The longest session that is short enough, in hours
--
-- Credentials of a session that was stolen work until it ends, and a role may let sessions last up to twelve hours. Set
-- the least that the work needs. The length is in ListRoles and GetRole alone, not in the bulk answer by which roles
-- are read as a rule: then the account has one row, which says for how many roles it is unknown. Service-linked roles
-- and those of Identity Center have no row.

with mine as (
    select
        r.account_id, r.arn,
        split_part(r.arn, ':', 2) as partition_name,
        r.max_session_duration / 3600.0 as hours
    from aws_iam_role as r
    where
        coalesce(r.path, '/') not like '/aws-service-role/%'
        and coalesce(r.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
),

judged as (
    select
        n.account_id, n.arn as resource,
        case when n.hours > $hours then 'alarm' else 'ok' end as status,
        concat(
            'Sessions last up to ', regexp_replace(cast(round(n.hours, 1) as varchar), '\.0$', ''),
            case when n.hours = 1 then ' hour' else ' hours' end,
            '; the limit is ', $hours, '.'
        ) as reason
    from mine as n
    where n.hours is not null
    union all
    select
        n.account_id,
        concat('arn:', min(n.partition_name), ':::', n.account_id) as resource,
        'error' as status,
        concat('Unknown: how long sessions may last was not read for ', count(*), ' roles.') as reason
    from mine as n
    where n.hours is null
    group by n.account_id
)

select j.resource, j.status, j.reason, j.account_id, 'global' as region
from judged as j
left join iamsql.accounts as a on a.account_id = j.account_id
order by a.position, j.resource
