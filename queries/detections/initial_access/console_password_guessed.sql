-- title: Sign-ins that succeeded after many failures
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1110.001, mitre:T1078.004, tactic:initial_access, cloudtrail
-- param: many integer = 5      # Failures in a row that are too many
-- param: minutes integer = 60  # How long before the success they count
--
-- Somebody tried passwords until one fitted. The row is the sign-in that succeeded, or with Identity Center the password
-- or code that did (`CredentialVerification`), which a second factor may still have stopped. Ask the user about that
-- hour; if it was not them, change the password, end the sessions, and read what the user did since. Identity Center's
-- events are in its home region alone: `sign_ins` says whether the run read them. Where an external identity provider
-- asks for the password, AWS does not see the failures.
-- False positives: people back from holidays, and password managers with an old entry: the failures and the
-- success come from one address that is the user's usual one, and there are seldom more than a handful.

with tries as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.name, e.user_type) as actor,
        e.source_ip, e.event_name, e.event_id, e.name, e.user_type, e.outcome as answer, e.credential, e.mfa_used,
        e.user_agent,
        coalesce(sum(case when e.outcome = 'Success' then 1 else 0 end) over (
            partition by e.account_id, e.user_type, e.name
            order by e.event_time, e.event_id
            rows between unbounded preceding and 1 preceding
        ), 0) as successes_before
    from sign_in_attempts() as e
    where
        e.outcome in ('Success', 'Failure')
        and e.user_type in ('IAMUser', 'Root', 'IdentityCenterUser')
        and e.name is not null
),

rows_of_failures as (
    select
        s.account_id, s.event_id,
        count(*) as failures, count(distinct f.source_ip) as addresses, min(f.event_time) as first_failure_time
    from tries as s
    inner join tries as f
        on
            f.account_id = s.account_id
            and f.user_type = s.user_type
            and f.name = s.name
            and f.successes_before = s.successes_before
            and f.answer = 'Failure'
            and f.event_time >= s.event_time - $minutes * interval '1 minute'
    where s.answer = 'Success'
    group by s.account_id, s.event_id
)

select
    s.event_time, s.account_id, s.region, s.actor, s.source_ip, s.event_name, s.name as target,
    concat(
        f.failures, ' failed sign-ins from ', f.addresses, ' addresses since ',
        strftime(f.first_failure_time, '%Y-%m-%d %H:%M:%S'),
        case
            when s.event_name = 'CredentialVerification'
                then concat(', then one that fitted: ', coalesce(s.credential, 'a credential'))
            when s.event_name = 'UserAuthentication'
                then concat(', then a success with ', coalesce(s.credential, 'a credential'))
            when s.mfa_used = 'Yes' then ', then a success with MFA'
            else ', then a success without MFA'
        end
    ) as detail,
    s.event_id, f.failures, f.first_failure_time, s.user_agent
from tries as s
inner join rows_of_failures as f on f.account_id = s.account_id and f.event_id = s.event_id
where f.failures >= $many
order by s.event_time desc, s.event_id
