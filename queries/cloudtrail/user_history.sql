-- title: Events of one user, in order
-- kind: report
-- severity: info
-- tags: cloudtrail, incident
-- columns: event_time, account, relation, event_name, target, outcome, source_ip_address
-- param: user_name user_name   # The name of an IAM user or role session (for single sign-on, the name of the person)
-- param: account account = ''  # The ID or name of an account; all if empty
-- positional: user_name, account
-- remediation: iamsql query key_history --arg access_key_id={access_key_id}
-- remediation: iamsql query role_assumptions
--
-- Returns one row for each event, oldest first: requests of the user (as an IAM user, or in sessions of that name), and
-- requests of others that concern the user. `relation` distinguishes the two. `root` selects the root users.
-- `key_history` summarizes the key in `access_key_id`. Roles that the user assumed are in `role_assumptions`, with the
-- name of the session.

select
    e.event_time at time zone 'UTC' as event_time,
    case
        when e.username is null or e.username <> trim($user_name) then 'target'
        when
            e.event_source = 'iam.amazonaws.com'
            and (
                e.request_parameters ->> '$.userName' = trim($user_name)
                or e.request_parameters ->> '$.newUserName' = trim($user_name)
            )
            then 'caller, target'
        else 'caller'
    end as relation,
    e.event_name,
    replace(e.event_source, '.amazonaws.com', '') as service,
    e.target,
    case when e.error_code is null and coalesce(e.console_login, '') <> 'Failure' then 'succeeded' else 'failed' end
        as outcome,
    e.error_code,
    coalesce(e.actor_arn, e.username, e.invoked_by) as actor,
    e.user_type as actor_type, e.access_key_id, e.account_id, a.name as account_name, e.region,
    e.source_ip_address, e.user_agent,
    coalesce(case e.mfa_used when 'Yes' then 'true' when 'No' then 'false' end, e.session_mfa) as mfa,
    e.data_source, e.event_id,
    as_of() as as_of
from aws_cloudtrail_event as e
left join iamsql.accounts as a on a.account_id = e.account_id
where
    (
        e.username = trim($user_name)
        or (
            e.event_source = 'iam.amazonaws.com'
            and (
                (e.target = trim($user_name) and e.request_parameters ->> '$.userName' = trim($user_name))
                or (e.event_name = 'UpdateUser' and e.request_parameters ->> '$.newUserName' = trim($user_name))
            )
        )
    )
    and (trim($account) = '' or e.account_id = trim($account))
order by e.event_time, e.event_id, e.account_id
