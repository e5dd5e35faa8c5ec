-- title: Successful sign-in after many failures
-- kind: detection
-- severity: high
-- tags: mitre:T1110.001, mitre:T1078.004, tactic:initial_access, cloudtrail
-- param: failures integer = 5  # Minimum number of failures in a row
-- param: minutes integer = 60  # Minutes before the success in which failures are counted
--
-- Detects sign-ins that succeeded after at least `$failures` failures in a row, which indicates that somebody guessed
-- the password. The finding is the successful sign-in. For Identity Center, it can also be an accepted password or code
-- (`CredentialVerification`), and the second factor may have failed afterwards. Ask the user about that hour. If it was
-- not the user, change the password, end the sessions, and review what the user did since. Identity Center logs events
-- only in its home Region; `sign_ins` shows whether the run read them. If an external identity provider verifies the
-- password, AWS does not record the failures.
-- False positives: people who return from vacation, and password managers with an old password. The failures and the
-- success come from one usual address of the user, and there are rarely more than a few.

with attempts as (
    select
        a.event_time, a.account_id, a.region,
        coalesce(a.actor_arn, a.name, a.user_type) as actor,
        a.source_ip_address, a.event_name, a.event_id, a.name, a.user_type, a.outcome, a.credential, a.mfa_used,
        a.user_agent,
        coalesce(sum(case when a.outcome = 'Success' then 1 else 0 end) over (
            partition by a.account_id, a.user_type, a.name
            order by a.event_time, a.event_id
            rows between unbounded preceding and 1 preceding
        ), 0) as successes_before
    from sign_in_attempts() as a
    where
        a.outcome in ('Success', 'Failure')
        and a.user_type in ('IAMUser', 'Root', 'IdentityCenterUser')
        and a.name is not null
),

failure_series as (
    select
        s.account_id, s.event_id,
        count(*) as failures, count(distinct f.source_ip_address) as addresses, min(f.event_time) as first_failure_time
    from attempts as s
    inner join attempts as f
        on
            f.account_id = s.account_id
            and f.user_type = s.user_type
            and f.name = s.name
            and f.successes_before = s.successes_before
            and f.outcome = 'Failure'
            and f.event_time >= s.event_time - $minutes * interval '1 minute'
    where s.outcome = 'Success'
    group by s.account_id, s.event_id
)

select
    a.event_time, a.account_id, a.region, a.actor, a.source_ip_address, a.event_name, a.name as target,
    concat(
        pluralize(f.failures, 'failed sign-in', 'failed sign-ins'), ' from ',
        pluralize(f.addresses, 'address', 'addresses'), ' since ', time_text(f.first_failure_time),
        case
            when a.event_name = 'CredentialVerification'
                then concat(', then accepted: ', coalesce(a.credential, 'a credential'))
            when a.event_name = 'UserAuthentication'
                then concat(', then a success with ', coalesce(a.credential, 'a credential'))
            when a.mfa_used = 'Yes' then ', then a success with MFA'
            else ', then a success without MFA'
        end
    ) as detail,
    a.event_id, f.failures, f.first_failure_time, a.user_agent
from attempts as a
inner join failure_series as f on f.account_id = a.account_id and f.event_id = a.event_id
where f.failures >= $failures
order by a.event_time desc, a.event_id
