-- title: Users, keys and passwords made and deleted, and everything that root did
-- kind: report
-- severity: info
-- version: 2
-- tags: cloudtrail, root, access-keys
--
-- One row for each event of the run's window that makes or deletes a user, an access key or a password, and for each
-- event of a root user, newest first. `outcome` tells what failed from what succeeded, and `actor` is the ARN where
-- CloudTrail names one. Look for keys made by people who do not make keys, for deletions after an incident, and for
-- root at work. Accounts whose events could not be read have no rows here: `coverage_gaps` names them, and CloudTrail
-- itself looks back 90 days at most.

select
    e.event_time as event_time,
    e.event_name as event_name,
    case
        when e.console_login = 'Failure' or e.error_code is not null then 'failed'
        else 'succeeded'
    end as outcome,
    coalesce(e.user_type = 'Root', e.username = 'root') as by_root,
    e.username as user_name,
    e.user_arn as actor,
    e.user_type as actor_type,
    nullif(array_to_string(json_extract_string(e.resources, '$[*].ResourceName'), ', '), '') as resources,
    a.account_id as account_id,
    a.name as account_name,
    e.region as region,
    e.event_source as event_source,
    e.source_ip as source_ip,
    e.user_agent as user_agent,
    e.mfa_used as mfa_used,
    e.access_key_id as access_key_id,
    e.error_code as error_code,
    e.error_message as error_message,
    e.event_id as event_id,
    as_of() as as_of
from aws_cloudtrail_lookup_event as e
inner join iamsql.accounts as a on a.account_id = e.account_id
where
    e.event_name in ('DeleteUser', 'DeleteAccessKey', 'DeleteLoginProfile', 'CreateAccessKey', 'CreateUser')
    or coalesce(e.user_type = 'Root', e.username = 'root')
order by e.event_time desc, a.position, e.position, e.event_id
