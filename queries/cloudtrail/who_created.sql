-- title: Creators of the users and access keys in the run
-- kind: report
-- severity: info
-- tags: cloudtrail, access-keys
-- columns: created_at, account, user_name, kind, created_by, unknown_reason
-- remediation: iamsql query user_history --arg user_name={created_by:name} --arg account={account_id}
-- remediation: iamsql query key_history --arg access_key_id={access_key_id}
-- remediation: iamsql sync --trail auto
--
-- Returns one row for each existing user and access key, with the event that created it: the caller, the address and
-- the program. If there is none, `unknown_reason` says why:
--
-- `before the window`: the creation is older than the events of the run.
-- `events not read`: the run has neither all write events of the account, nor its events of this name, nor a trail of
-- its home Region.
-- `no event found`: all events were read, and none records the creation. Logging may have been disabled.
--
-- Users are matched by their unique ID, or by name within five minutes, and keys by their ID. Review keys whose creator
-- you do not expect, and deactivate keys that nobody can explain. The log files of a trail (`iamsql sync --trail auto`)
-- contain creations that look-ups no longer return.

with events as (
    select
        e.account_id, e.event_name, e.event_time, e.event_id,
        coalesce(e.actor_arn, e.username, e.invoked_by) as actor,
        e.user_type as actor_type, e.source_ip_address, e.user_agent, e.access_key_id as by_key,
        coalesce(e.response_elements ->> '$.user.userId', e.response_elements ->> '$.accessKey.accessKeyId') as created_id,
        e.request_parameters ->> '$.userName' as created_name
    from aws_cloudtrail_event as e
    where e.event_name in ('CreateUser', 'CreateAccessKey') and e.error_code is null
),

principals as (
    select
        'user' as kind, u.account_id, u.name as user_name, null as access_key_id, u.create_date, u.user_id as created_id
    from aws_iam_user as u
    union all
    select 'access key' as kind, k.account_id, k.user_name, k.access_key_id, k.create_date, k.access_key_id as created_id
    from aws_iam_access_key as k
),

creation_matches as (
    select
        p.*, e.event_time, e.event_id, e.actor, e.actor_type, e.source_ip_address, e.user_agent, e.by_key,
        row_number() over (
            partition by p.kind, p.account_id, p.user_name, p.access_key_id
            order by e.created_id = p.created_id desc nulls last, e.event_time desc, e.event_id
        ) as place
    from principals as p
    left join events as e
        on e.account_id = p.account_id
        and e.event_name = case p.kind when 'user' then 'CreateUser' else 'CreateAccessKey' end
        and (
            e.created_id = p.created_id
            or (
                p.kind = 'user'
                and (e.created_id is null or p.created_id is null)
                and e.created_name = p.user_name
                and abs(epoch(e.event_time) - epoch(p.create_date at time zone 'UTC')) <= 300
            )
        )
)

select
    m.kind, m.account_id, a.name as account_name, m.user_name, m.access_key_id, m.create_date as created_at,
    m.actor as created_by, m.actor_type, m.source_ip_address, m.user_agent, m.by_key as with_key,
    case
        when m.event_id is not null then null
        when m.create_date < coalesce(r.window_start, o.window_start) then 'before the window'
        when coalesce(case m.kind when 'user' then u.is_read else k.is_read end, 0) = 0 then 'events not read'
        else 'no event found'
    end as unknown_reason,
    m.event_time at time zone 'UTC' as event_time,
    m.event_id, coalesce(r.window_start, o.window_start) as events_from,
    as_of() as as_of
from creation_matches as m
cross join iamsql.run as o
left join iamsql.accounts as a on a.account_id = m.account_id
left join root_events_read(['ReadOnly=false', 'EventName=CreateUser']) as u on u.account_id = m.account_id
left join root_events_read(['ReadOnly=false', 'EventName=CreateAccessKey']) as k on k.account_id = m.account_id
left join root_events_read(['ReadOnly=false', 'EventName=CreateUser', 'EventName=CreateAccessKey']) as r
    on r.account_id = m.account_id
where m.place = 1
order by m.create_date desc, a.position, m.account_id, m.kind desc, m.user_name, m.access_key_id
