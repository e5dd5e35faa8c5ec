-- title: Created and deleted users, keys and passwords, and root sign-ins, in the columns of the predecessor
-- kind: report
-- severity: info
-- version: 1
-- tags: predecessor, cloudtrail
--
-- Returns one row for each event named DeleteUser, DeleteAccessKey, DeleteLoginProfile, CreateAccessKey or CreateUser,
-- and for each ConsoleLogin of a root user, in the Region of IAM events. The columns are the columns of the
-- predecessor of iamsql, and all are text. Accounts are in the order of the organization, then the names in the order
-- above, newest first. Failed events are included and look the same as successful ones: `cloudtrail_events`
-- distinguishes them.

with dated_events as (
    select
        e.account_id, e.event_time, e.event_name, e.username, e.resources, e.position as event_position,
        case e.event_name
            when 'DeleteUser' then 1
            when 'DeleteAccessKey' then 2
            when 'DeleteLoginProfile' then 3
            when 'CreateAccessKey' then 4
            when 'CreateUser' then 5
            when 'ConsoleLogin' then case when coalesce(e.user_type = 'Root', e.username = 'root') then 6 end
        end as name_position
    from aws_cloudtrail_lookup_event as e
    cross join iamsql.run as r
    where e.region = iam_events_region(r."partition")
)

select
    strftime(e.event_time at time zone 'UTC', '%Y-%m-%d %H:%M:%S+00:00') as "eventTime",
    e.event_name as "eventName",
    coalesce(e.username, 'N/A') as username,
    a.account_id, a.name as account_name,
    nullif(array_to_string(json_extract_string(e.resources, '$[*].ResourceName'), ', '), '') as resources
from dated_events as e
inner join iamsql.accounts as a on a.account_id = e.account_id
where a.outcome in ('complete', 'incomplete') and e.name_position is not null
order by a.position, e.name_position, e.event_time desc, e.event_position
