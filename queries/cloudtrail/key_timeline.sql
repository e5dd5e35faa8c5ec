-- title: Events of one access key, in order
-- kind: report
-- severity: info
-- tags: cloudtrail, access-keys, incident
-- columns: event_time, account, event_name, outcome, target, source_ip_address, error_code, issued_key_id, event_coverage
-- layout: table; below error_code, issued_key_id
-- param: access_key_id access_key  # The ID of the key: AKIA… of a user or root user, ASIA… of a session
-- positional: access_key_id
-- remediation: iamsql query key_history --arg access_key_id={access_key_id}
-- remediation: iamsql query key_timeline --arg access_key_id={issued_key_id}
--
-- Returns every event that the key signed, and the events that created, changed or deleted it, oldest first.
-- `relation` distinguishes the two, and `key_history` summarizes them. `issued_key_id` is a key that the event
-- returned: query its timeline next, because an attacker continues with the session that the key obtained.
-- `event_coverage` says which events of the account were read: where it is not `all events`, the key may have done
-- more.

select
    e.event_time at time zone 'UTC' as event_time,
    case when e.access_key_id = trim($access_key_id) then 'caller' else 'target' end as relation,
    e.event_name,
    replace(e.event_source, '.amazonaws.com', '') as service,
    e.target,
    case when e.error_code is null and coalesce(e.console_login, '') <> 'Failure' then 'succeeded' else 'failed' end
        as outcome,
    e.error_code,
    case
        when e.error_code is null and e.event_name <> 'GetAccessKeyInfo'
            and (e.event_source = 'sts.amazonaws.com' or e.event_name = 'CreateAccessKey')
            then e.about_key_id
    end as issued_key_id,
    coalesce(e.actor_arn, e.username, e.invoked_by) as actor,
    e.account_id, a.name as account_name, e.region, e.source_ip_address, e.user_agent, e.session_mfa,
    e.data_source, e.event_id,
    coalesce(c.description, 'not read: the account is not in the run') as event_coverage,
    as_of() as as_of
from aws_cloudtrail_event as e
left join iamsql.accounts as a on a.account_id = e.account_id
left join account_event_coverage() as c on c.account_id = e.account_id
where
    e.access_key_id = trim($access_key_id)
    or (
        e.about_key_id = trim($access_key_id)
        and e.event_name in (
            'CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey', 'AssumeRole', 'AssumeRoleWithSAML',
            'AssumeRoleWithWebIdentity', 'AssumeRoot', 'GetSessionToken', 'GetFederationToken', 'GetScopedCredentials',
            'GetDelegatedAccessToken'
        )
    )
order by e.event_time, e.event_id, e.account_id
