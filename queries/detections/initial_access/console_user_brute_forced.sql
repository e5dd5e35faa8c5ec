-- title: Many failed sign-ins of one user
-- kind: detection
-- severity: medium
-- tags: mitre:T1110.001, mitre:T1621, tactic:initial_access, cloudtrail
-- param: failures integer = 10  # Minimum number of failures in a burst
-- param: minutes integer = 30   # Minutes without a failure that end a burst
--
-- Detects a user with at least `$failures` failed sign-ins to the console or to IAM Identity Center, from one or many
-- addresses, whether or not a sign-in succeeded. Somebody guesses the password, or has the password and guesses the
-- code of the second factor. `detail` counts refused codes separately: if there are any, change the password at once.
-- Ask the user, and see console_password_guessed for sign-ins that succeeded. Identity Center logs events only in its
-- home Region; `sign_ins` shows whether the run read them. CloudTrail hides the names of users that do not exist.
-- False positives: users who forgot a password, and a program or password manager with an old one. The failures come
-- from the usual address of the user.

with failures as (
    select
        a.event_time, a.account_id, a.region,
        coalesce(a.actor_arn, a.name, a.user_type) as actor,
        a.source_ip_address, a.event_name, a.event_id, a.name, a.user_type, a.user_agent,
        (a.event_name = 'ConsoleLogin' and a.mfa_used = 'Yes')
        or (a.event_name <> 'ConsoleLogin' and coalesce(a.credential, 'PASSWORD') <> 'PASSWORD') as is_code,
        burst_start([a.account_id, a.user_type, a.name], a.event_time, a.event_id, $minutes) as starts
    from sign_in_attempts() as a
    where a.outcome = 'Failure' and a.name is not null
),

burst_failures as (
    select
        f.*,
        sum(f.starts) over (partition by f.account_id, f.user_type, f.name order by f.event_time, f.event_id) as burst
    from failures as f
),

bursts as (
    select
        f.account_id, f.user_type, f.name, first_call(f) as first_failure, max(f.event_time) as last_event_time,
        count(*) as failures, count(*) filter (where f.is_code) as codes, count(distinct f.source_ip_address) as addresses
    from burst_failures as f
    group by f.account_id, f.user_type, f.name, f.burst
)

select
    b.first_failure.event_time, b.account_id, b.first_failure.region, b.first_failure.actor, b.first_failure.source_ip_address,
    b.first_failure.event_name, b.name as target,
    concat(
        pluralize(b.failures, 'failed sign-in', 'failed sign-ins'), ' until ', time_text(b.last_event_time), ' from ',
        pluralize(b.addresses, 'address', 'addresses'),
        case when b.codes > 0 then concat(', ', b.codes, ' of them with a wrong MFA code') end
    ) as detail,
    b.first_failure.event_id, b.failures, b.last_event_time, b.first_failure.user_agent
from bursts as b
where b.failures >= $failures
order by b.first_failure.event_time desc, b.first_failure.event_id
