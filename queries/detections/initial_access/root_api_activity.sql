-- title: The root user at work
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1078.004, tactic:initial_access, cloudtrail
-- param: minutes integer = 60  # Pause that ends a stretch of calls
--
-- Root's work is planned or it is an intruder's; there is nothing in between. A key that begins with AKIA is a
-- root access key, which should not exist at all: delete it. For the rest find out who sat there, and what the
-- writes did. One row is a stretch of calls from one address, ended by a pause; attempts that were refused count
-- too.
-- False positives: the few tasks that only root can do, and the console's own reads around them. Sessions that
-- AssumeRoot opened in a member account are root's as well: detail says so, and the management account has the
-- AssumeRoot event.

with calls as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip, e.event_name, e.event_id, e.access_key_id, e.error_code, e.read_only,
        e.user_agent,
        coalesce((e.event ->> '$.userIdentity.sessionContext.assumedRoot') = 'true', false) as by_assume_root,
        case
            when e.event_time <= lag(e.event_time) over same + $minutes * interval '1 minute' then 0
            else 1
        end as starts
    from aws_cloudtrail_event as e
    where
        e.user_type = 'Root'
        and e.event_source <> 'signin.amazonaws.com'
        and coalesce(e.event_type, 'AwsApiCall') = 'AwsApiCall'
        and e.invoked_by is null
    window same as (
        partition by e.account_id, e.access_key_id, e.source_ip_address
        order by e.event_time, e.event_id
    )
),

numbered as (
    select
        c.*,
        sum(c.starts) over (
            partition by c.account_id, c.access_key_id, c.source_ip
            order by c.event_time, c.event_id
            rows between unbounded preceding and current row
        ) as burst
    from calls as c
)

select
    min(n.event_time) as event_time, n.account_id,
    of_first(n.region, n.starts) as region,
    min(n.actor) as actor, n.source_ip,
    of_first(n.event_name, n.starts) as event_name, 'root' as target,
    concat(
        case
            when n.access_key_id like 'AKIA%' then concat('with the access key ', n.access_key_id)
            when bool_or(n.by_assume_root) then 'with a session of AssumeRoot'
            else 'with a session'
        end,
        ': ', count(*), ' calls until ', strftime(max(n.event_time), '%Y-%m-%d %H:%M:%S'), ', ',
        count(case when not n.read_only then 1 end),
        ' of them writes, ', count(n.error_code), ' refused: ',
        left(string_agg(distinct n.event_name, ', ' order by n.event_name), 300)
    ) as detail,
    of_first(n.event_id, n.starts) as event_id,
    n.access_key_id, max(n.event_time) as last_event_time, count(*) as calls,
    of_first(n.user_agent, n.starts) as user_agent
from numbered as n
group by n.account_id, n.access_key_id, n.source_ip, n.burst
order by event_time desc, event_id
