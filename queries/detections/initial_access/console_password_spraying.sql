-- title: Password spraying: failed sign-ins of many users from one IP address
-- kind: detection
-- severity: high
-- tags: mitre:T1110.003, tactic:initial_access, cloudtrail
-- param: users integer = 5           # Minimum number of users with failures from one address
-- param: unknown_names integer = 20  # Minimum number of attempts with unknown names
-- param: minutes integer = 60        # Minutes without a failure that end a burst
--
-- Detects an IP address from which the sign-ins of many users fail, which indicates that a few common passwords are
-- tried with many users. Block the address if possible, and check whether a user signed in from it. CloudTrail hides
-- names that are not users, so those attempts are counted instead of names. Failures of Identity Center
-- (`CredentialVerification`) count too. Identity Center logs events only in its home Region; `sign_ins` shows whether
-- the run read them.
-- False positives: an office or a VPN behind one address on a Monday morning. The users belong to the office, and most
-- of them sign in successfully a minute later.

with failures as (
    select
        a.event_time, a.account_id, a.region, a.source_ip_address, a.event_name, a.event_id, a.user_agent,
        case when a.name is not null then concat(a.account_id, '/', a.name) end as name,
        burst_start(a.source_ip_address, a.event_time, a.event_id, $minutes) as starts
    from sign_in_attempts() as a
    where a.outcome = 'Failure' and a.source_ip_address is not null
),

burst_failures as (
    select f.*, sum(f.starts) over (partition by f.source_ip_address order by f.event_time, f.event_id) as burst
    from failures as f
),

bursts as (
    select
        f.source_ip_address, first_call(f) as first_failure, max(f.event_time) as last_event_time,
        string_agg(distinct f.name, ', ' order by f.name) as names,
        count(*) as failures, count(distinct f.name) as users,
        count(*) - count(f.name) as unknown_names,
        count(distinct f.account_id) as accounts
    from burst_failures as f
    group by f.source_ip_address, f.burst
)

select
    b.first_failure.event_time, b.first_failure.account_id, b.first_failure.region, b.source_ip_address as actor, b.source_ip_address,
    b.first_failure.event_name, left(b.names, 300) as target,
    concat(
        pluralize(b.failures, 'failed sign-in', 'failed sign-ins'), ' until ', time_text(b.last_event_time), ' of ',
        pluralize(b.users, 'user', 'users'), ', ', b.unknown_names, ' with names that do not exist, in ',
        pluralize(b.accounts, 'account', 'accounts')
    ) as detail,
    b.first_failure.event_id, b.users, b.unknown_names, b.last_event_time, b.first_failure.user_agent
from bursts as b
where b.users >= $users or b.unknown_names >= $unknown_names
order by b.first_failure.event_time desc, b.first_failure.event_id
