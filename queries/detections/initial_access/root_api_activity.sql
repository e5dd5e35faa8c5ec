-- title: API calls by the root user
-- kind: detection
-- severity: high
-- tags: mitre:T1078.004, tactic:initial_access, cloudtrail
-- param: minutes integer = 60  # Minutes without a call that end a sequence
--
-- Detects API calls of the root user. Tasks that require the root user are rare and planned, so an unplanned call
-- indicates a compromise. A root access key (AKIA…) should not exist: delete it. For calls with a session, find out who
-- signed in, and review the write events. Returns one row for each sequence of calls from one address. A pause of
-- `$minutes` minutes ends a sequence. Failed calls are included.
-- False positives: the few tasks that require the root user, and the read events that the console makes around them.
-- Sessions of AssumeRoot in a member account are calls of its root user too; `detail` says so, and the management
-- account has the AssumeRoot event.

with calls as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address, e.event_name, e.event_id, e.access_key_id, e.error_code, e.read_only,
        e.user_agent,
        coalesce((e.event ->> '$.userIdentity.sessionContext.assumedRoot') = 'true', false) as is_assume_root,
        burst_start(
            [e.account_id, e.access_key_id, e.source_ip_address], e.event_time, e.event_id, $minutes
        ) as starts
    from aws_cloudtrail_event as e
    where
        e.user_type = 'Root'
        and e.event_source <> 'signin.amazonaws.com'
        and coalesce(e.event_type, 'AwsApiCall') = 'AwsApiCall'
        and e.invoked_by is null
),

burst_calls as (
    select
        c.*,
        sum(c.starts) over (
            partition by c.account_id, c.access_key_id, c.source_ip_address
            order by c.event_time, c.event_id
        ) as burst
    from calls as c
),

bursts as (
    select
        c.account_id, c.access_key_id, c.source_ip_address, first_call(c) as first_call, max(c.event_time) as last_event_time,
        min(c.actor) as actor, bool_or(c.is_assume_root) as has_assume_root,
        count(*) as calls, count(case when not c.read_only then 1 end) as writes, count(c.error_code) as failures,
        string_agg(distinct c.event_name, ', ' order by c.event_name) as event_names
    from burst_calls as c
    group by c.account_id, c.access_key_id, c.source_ip_address, c.burst
)

select
    b.first_call.event_time, b.account_id, b.first_call.region, b.actor, b.source_ip_address, b.first_call.event_name,
    'root' as target,
    concat(
        case
            when b.access_key_id like 'AKIA%' then concat('with access key ', b.access_key_id)
            when b.has_assume_root then 'with a session of AssumeRoot'
            else 'with a session'
        end,
        ': ', pluralize(b.calls, 'call', 'calls'), ' until ', time_text(b.last_event_time), ', writes: ', b.writes,
        ', failed: ', b.failures, ': ', left(b.event_names, 300)
    ) as detail,
    b.first_call.event_id, b.access_key_id, b.last_event_time, b.calls, b.first_call.user_agent
from bursts as b
order by b.first_call.event_time desc, b.first_call.event_id
