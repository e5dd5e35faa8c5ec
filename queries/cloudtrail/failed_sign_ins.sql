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
        a.account_id, a.name as user_name,
        coalesce(a.source_ip_address, '') as address,
        a.event_time, a.event_id, a.region, a.user_type, a.user_agent, a.mfa_used,
        coalesce(a.outcome, '') = 'Failure' as is_failure
    from sign_in_attempts() as a
    where a.event_name <> 'CredentialVerification' or a.outcome = 'Failure'
),

failure_groups as (
    select
        a.account_id, a.user_name, a.address,
        count(*) as failures, min(a.event_time) as first_failure, max(a.event_time) as last_failure,
        max(a.user_type) as user_type,
        string_agg(distinct a.region, ', ' order by a.region) as regions,
        string_agg(distinct a.user_agent, '; ' order by a.user_agent) as user_agents
    from attempts as a
    where a.is_failure
    group by a.account_id, a.user_name, a.address
),

successes as (
    select
        f.account_id, f.user_name, f.address, a.event_time as success_time, a.address as success_address,
        a.user_name as success_user, a.mfa_used,
        row_number() over (
            partition by f.account_id, f.user_name, f.address
            order by a.event_time, a.event_id
        ) as place
    from failure_groups as f
    inner join attempts as a
        on a.account_id = f.account_id
        and not a.is_failure
        and a.event_time >= f.first_failure
        and (a.user_name = f.user_name or (f.user_name is null and a.address = f.address and f.address <> ''))
),

success_failures as (
    select
        s.account_id, s.user_name, s.address, s.success_time, s.success_address, s.success_user, s.mfa_used,
        count(*) as failures_before
    from successes as s
    inner join attempts as a
        on a.account_id = s.account_id
        and a.user_name is not distinct from s.user_name
        and a.address = s.address
        and a.is_failure
        and a.event_time <= s.success_time
    where s.place = 1
    group by s.account_id, s.user_name, s.address, s.success_time, s.success_address, s.success_user, s.mfa_used
)

select
    f.account_id, a.name as account_name, f.user_name, f.user_type,
    nullif(f.address, '') as source_ip_address,
    f.failures,
    f.first_failure at time zone 'UTC' as first_failure,
    f.last_failure at time zone 'UTC' as last_failure,
    s.success_time is not null as success_followed,
    s.failures_before as failures_before_success,
    s.success_time at time zone 'UTC' as success_at,
    s.success_address as success_from, s.success_user,
    s.mfa_used = 'No' as success_without_mfa,
    f.regions, f.user_agents,
    as_of() as as_of
from failure_groups as f
left join success_failures as s
    on s.account_id = f.account_id
    and s.user_name is not distinct from f.user_name
    and s.address = f.address
left join iamsql.accounts as a on a.account_id = f.account_id
order by f.failures desc, f.last_failure desc, a.position, f.account_id, f.user_name, f.address
