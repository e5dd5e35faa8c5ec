-- title: Created and deleted users, keys and passwords, and all root events
-- kind: report
-- severity: info
-- version: 2
-- tags: cloudtrail, root, access-keys
-- columns: event_time, event_name, outcome, account, user_name, target
-- param: days integer = 0            # Number of days at the end of the window; 0 for the entire window
-- param: names event_list = ''       # Event names, separated by commas; the default events if empty
-- param: accounts account_list = ''  # IDs or names of accounts, separated by commas; all if empty
-- positional: names
-- remediation: iamsql query user_history --arg user_name={user_name} --arg account={account_id}
-- remediation: iamsql query key_history --arg access_key_id={access_key_id}
--
-- Returns one row for each event of the window that creates or deletes a user, an access key or a password, and for
-- each event of a root user, newest first. With `names`, returns the events with those names instead. `outcome`
-- distinguishes failed from successful requests, `actor` is the ARN of the caller if the event contains it, and
-- `target` is the resource in the request. Look for keys that an unusual principal created, deletions after an
-- incident, and use of root users. Events that were not read are missing: `why_empty` shows what was read for each
-- account, and look-ups cover at most 90 days.

select
    e.event_time at time zone 'UTC' as event_time,
    e.event_name,
    case when e.console_login = 'Failure' or e.error_code is not null then 'failed' else 'succeeded' end as outcome,
    coalesce(e.user_type = 'Root', e.username = 'root', false) as by_root,
    e.username as user_name, e.actor_arn as actor, e.user_type as actor_type, e.target,
    coalesce(
        nullif(array_to_string(json_extract_string(e.lookup_resources, '$[*].ResourceName'), ', '), ''),
        nullif(array_to_string(json_extract_string(e.resources, '$[*].ARN'), ', '), '')
    ) as resources,
    e.account_id, a.name as account_name, e.region, e.event_source, e.source_ip_address, e.user_agent,
    e.mfa_used, e.access_key_id, e.error_code, e.error_message, e.event_id,
    as_of() as as_of
from aws_cloudtrail_event as e
cross join iamsql.run as r
left join iamsql.accounts as a on a.account_id = e.account_id
where
    case
        when trim($names) = ''
            then
                e.event_name in (
                    'CreateUser', 'CreateAccessKey', 'CreateLoginProfile', 'DeleteUser', 'DeleteAccessKey', 'DeleteLoginProfile'
                )
                or coalesce(e.user_type = 'Root', e.username = 'root')
        else list_contains(comma_list($names), e.event_name)
    end
    and list_selects($accounts, e.account_id)
    and ($days <= 0 or e.event_time >= (coalesce(r.window_end, r.started_at) at time zone 'UTC') - to_days($days))
order by e.event_time desc, a.position, e.position, e.event_id
