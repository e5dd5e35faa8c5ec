-- title: Users, roles, groups and access keys that were deleted
-- kind: report
-- severity: info
-- version: 1
-- tags: cloudtrail, incident
--
-- What is gone leaves no trace in IAM, only in CloudTrail: each deletion of the window that succeeded, newest first, with
-- who did it from where, and when the deleted thing had been made if that was seen too. What lived for minutes was made
-- for a purpose: look at what it did. `exists_again` is `yes` when one of the same name is there today (somebody made it
-- anew), `unknown` when the account's IAM could not be read. `why_empty` says whose events were not read.

with deletions as (
    select
        e.account_id, e.event_name, e.event_time, e.event_id,
        case e.event_name
            when 'DeleteUser' then 'user'
            when 'DeleteRole' then 'role'
            when 'DeleteGroup' then 'group'
            when 'DeleteAccessKey' then 'access key'
        end as kind,
        case e.event_name
            when 'DeleteUser' then e.request_parameters ->> '$.userName'
            when 'DeleteRole' then e.request_parameters ->> '$.roleName'
            when 'DeleteGroup' then e.request_parameters ->> '$.groupName'
            when 'DeleteAccessKey' then e.request_parameters ->> '$.accessKeyId'
        end as name,
        case
            when e.event_name = 'DeleteAccessKey' then coalesce(e.request_parameters ->> '$.userName', e.username)
        end as user_name,
        coalesce(e.actor_arn, e.username, e.invoked_by) as actor,
        e.user_type, e.access_key_id, e.source_ip_address, e.user_agent
    from aws_cloudtrail_event as e
    where
        e.event_name in ('DeleteUser', 'DeleteRole', 'DeleteGroup', 'DeleteAccessKey')
        and e.event_source = 'iam.amazonaws.com'
        and e.error_code is null
),

creations as (
    select
        e.account_id, e.event_time,
        case e.event_name
            when 'CreateUser' then 'user'
            when 'CreateRole' then 'role'
            when 'CreateGroup' then 'group'
            when 'CreateAccessKey' then 'access key'
        end as kind,
        case e.event_name
            when 'CreateUser' then e.request_parameters ->> '$.userName'
            when 'CreateRole' then e.request_parameters ->> '$.roleName'
            when 'CreateGroup' then e.request_parameters ->> '$.groupName'
            when 'CreateAccessKey' then e.response_elements ->> '$.accessKey.accessKeyId'
        end as name,
        coalesce(e.actor_arn, e.username, e.invoked_by) as actor
    from aws_cloudtrail_event as e
    where
        e.event_name in ('CreateUser', 'CreateRole', 'CreateGroup', 'CreateAccessKey')
        and e.event_source = 'iam.amazonaws.com'
        and e.error_code is null
),

lives as (
    select
        d.account_id, d.event_id,
        max(c.event_time) as made_at, arg_max(c.actor, c.event_time) as made_by
    from deletions as d
    inner join creations as c
        on c.account_id = d.account_id and c.kind = d.kind and c.name = d.name and c.event_time <= d.event_time
    group by d.account_id, d.event_id
),

present as (
    select 'user' as kind, u.account_id, u.name from aws_iam_user as u
    union all
    select 'role' as kind, r.account_id, r.name from aws_iam_role as r
    union all
    select 'group' as kind, g.account_id, g.name from aws_iam_group as g
    union all
    select 'access key' as kind, k.account_id, k.access_key_id as name from aws_iam_access_key as k
),

answered as (
    select
        c.account_id,
        min(case
            when c.operation = 'GetAccountAuthorizationDetails' then case when c.status = 'ok' then 1 else 0 end
        end) as names_read,
        min(case when c.operation = 'ListAccessKeys' then case when c.status = 'ok' then 1 else 0 end end) as keys_read
    from iamsql.coverage as c
    where c.service = 'iam'
    group by c.account_id
)

select
    d.event_time at time zone 'UTC' as deleted_at,
    d.kind, d.name, d.user_name, d.account_id, a.name as account_name, d.actor as deleted_by,
    d.user_type as actor_type, d.access_key_id as with_key, d.source_ip_address as source_ip, d.user_agent,
    l.made_at at time zone 'UTC' as made_at,
    l.made_by,
    date_diff('minute', l.made_at, d.event_time) as lived_minutes,
    case
        when p.name is not null then 'yes'
        when coalesce(case d.kind when 'access key' then n.keys_read else n.names_read end, 0) = 1 then 'no'
        else 'unknown'
    end as exists_again,
    d.event_id,
    as_of() as as_of
from deletions as d
left join lives as l on l.account_id = d.account_id and l.event_id = d.event_id
left join (select distinct z.kind, z.account_id, z.name from present as z) as p
    on p.account_id = d.account_id and p.kind = d.kind and p.name = d.name
left join answered as n on n.account_id = d.account_id
left join iamsql.accounts as a on a.account_id = d.account_id
order by d.event_time desc, a.position, d.account_id, d.event_id
