-- title: Failed sign-ins to the console and to Identity Center
-- kind: report
-- severity: low
-- tags: cloudtrail, sign-in
-- columns: last_failure, account, user_name, source_ip_address, failures, success_without_mfa
-- remediation: iamsql query user_history --arg user_name={user_name} --arg account={account_id}
-- remediation: # If the user does not know the address: aws iam delete-login-profile --user-name {user_name}
--
-- Returns one row for each account, user and address from which sign-ins failed, most failures first. Failures that
-- end in a success can be a user who remembered the password or an attacker who guessed it: `failures_before_success`
-- counts the failures before the first success that followed, from any address. Review rows with `success_without_mfa`
-- first. CloudTrail hides names that are not users; then a success from the same address counts. For Identity Center
-- each failed password or code counts as a failure, and each complete sign-in (`UserAuthentication`) as a success.
-- `sign_ins` lists each attempt, and the Regions whose sign-ins were not read.

with attempts as (
    select
        e.account_id, e.name as user_name,
        coalesce(e.source_ip_address, '') as address,
        e.event_time, e.event_id, e.region, e.user_type, e.user_agent, e.mfa_used,
        coalesce(e.outcome, '') = 'Failure' as is_failure
    from sign_in_attempts() as e
    where e.event_name <> 'CredentialVerification' or e.outcome = 'Failure'
),

failed as (
    select
        t.account_id, t.user_name, t.address,
        count(*) as failures, min(t.event_time) as first_failure, max(t.event_time) as last_failure,
        max(t.user_type) as user_type,
        string_agg(distinct t.region, ', ' order by t.region) as regions,
        string_agg(distinct t.user_agent, '; ' order by t.user_agent) as user_agents
    from attempts as t
    where t.is_failure
    group by t.account_id, t.user_name, t.address
),

successes as (
    select
        f.account_id, f.user_name, f.address, s.event_time as success_time, s.address as success_address,
        s.user_name as success_user, s.mfa_used,
        row_number() over (
            partition by f.account_id, f.user_name, f.address
            order by s.event_time, s.event_id
        ) as place
    from failed as f
    inner join attempts as s
        on s.account_id = f.account_id
        and not s.is_failure
        and s.event_time >= f.first_failure
        and (s.user_name = f.user_name or (f.user_name is null and s.address = f.address and f.address <> ''))
),

counted as (
    select
        s.account_id, s.user_name, s.address, s.success_time, s.success_address, s.success_user, s.mfa_used,
        count(*) as failures_before
    from successes as s
    inner join attempts as t
        on t.account_id = s.account_id
        and t.user_name is not distinct from s.user_name
        and t.address = s.address
        and t.is_failure
        and t.event_time <= s.success_time
    where s.place = 1
    group by s.account_id, s.user_name, s.address, s.success_time, s.success_address, s.success_user, s.mfa_used
)

select
    f.account_id, a.name as account_name, f.user_name, f.user_type,
    nullif(f.address, '') as source_ip_address,
    f.failures,
    f.first_failure at time zone 'UTC' as first_failure,
    f.last_failure at time zone 'UTC' as last_failure,
    c.success_time is not null as success_followed,
    c.failures_before as failures_before_success,
    c.success_time at time zone 'UTC' as success_at,
    c.success_address as success_from, c.success_user,
    c.mfa_used = 'No' as success_without_mfa,
    f.regions, f.user_agents,
    as_of() as as_of
from failed as f
left join counted as c
    on c.account_id = f.account_id
    and c.user_name is not distinct from f.user_name
    and c.address = f.address
left join iamsql.accounts as a on a.account_id = f.account_id
order by f.failures desc, f.last_failure desc, a.position, f.account_id, f.user_name, f.address
