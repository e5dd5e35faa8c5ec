-- title: One address that fails to sign in as many users
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1110.003, tactic:initial_access, cloudtrail
-- param: many integer = 5      # Users that are too many for one address
-- param: wrong integer = 20    # Attempts with unknown names that are too many
-- param: minutes integer = 60  # Pause that ends a burst
--
-- A few passwords are being tried on many users, in the hope that one fits. Block the address where that is
-- possible, and see whether any user signed in from it. CloudTrail hides names that do not exist, so those are
-- counted by the attempt. Failures of Identity Center (`CredentialVerification`) count with those of the console; its
-- events are in its home region alone, and `sign_ins` says whether the run read them.
-- False positives: an office or a VPN behind one address on a Monday morning: the users are its own, and most of
-- them get in a minute later.

with failures as (
    select
        e.event_time, e.account_id, e.region, e.source_ip, e.event_name, e.event_id, e.user_agent,
        case when e.name is not null then concat(e.account_id, '/', e.name) end as name,
        case
            when e.event_time <= lag(e.event_time) over same + $minutes * interval '1 minute' then 0
            else 1
        end as starts
    from sign_in_attempts() as e
    where e.outcome = 'Failure' and e.source_ip is not null
    window same as (partition by e.source_ip order by e.event_time, e.event_id)
),

numbered as (
    select
        f.*,
        sum(f.starts) over (
            partition by f.source_ip
            order by f.event_time, f.event_id
            rows between unbounded preceding and current row
        ) as burst
    from failures as f
),

bursts as (
    select
        n.source_ip, min(n.event_time) as event_time, max(n.event_time) as last_event_time,
        of_first(n.account_id, n.starts) as account_id, of_first(n.region, n.starts) as region,
        of_first(n.event_id, n.starts) as event_id, of_first(n.event_name, n.starts) as event_name,
        of_first(n.user_agent, n.starts) as user_agent,
        string_agg(distinct n.name, ', ' order by n.name) as names,
        count(*) as failures, count(distinct n.name) as users,
        count(*) - count(n.name) as unknown_names,
        count(distinct n.account_id) as accounts
    from numbered as n
    group by n.source_ip, n.burst
)

select
    b.event_time, b.account_id, b.region, b.source_ip as actor, b.source_ip, b.event_name,
    left(b.names, 300) as target,
    concat(
        b.failures, ' failed sign-ins until ', strftime(b.last_event_time, '%Y-%m-%d %H:%M:%S'), ' of ', b.users,
        ' users, ', b.unknown_names, ' with names that do not exist, in ', b.accounts, ' accounts'
    ) as detail,
    b.event_id, b.users, b.unknown_names, b.last_event_time, b.user_agent
from bursts as b
where b.users >= $many or b.unknown_names >= $wrong
order by b.event_time desc, b.event_id
