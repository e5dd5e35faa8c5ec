-- title: Federation token requested with the credentials of an IAM user
-- kind: detection
-- severity: medium
-- tags: mitre:T1550.001, mitre:T1078.004, tactic:persistence, cloudtrail
--
-- Detects GetFederationToken calls of IAM users. The call returns a session that lasts up to 36 hours and remains
-- valid after the access key is deactivated. If the key may be compromised, deny the permissions of the user with a
-- policy, because deletion of the key does not end these sessions.
-- False positives: internal portals that sign people in to the console in this way. They use the same user, the same
-- address, and a policy that limits the session. This does not explain a new session name or a policy that allows
-- everything.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.name', e.target) as target,
    concat(
        'session ', e.request_parameters ->> '$.name',
        case
            when (e.request_parameters ->> '$.durationSeconds') is not null
                then concat(' for ', e.request_parameters ->> '$.durationSeconds', ' seconds')
        end,
        case
            when coalesce(
                e.request_parameters ->> '$.policy', e.request_parameters ->> '$.policyArns'
            ) like '%AdministratorAccess%' then ', with AdministratorAccess'
            when len(iam_document_admin_statements(e.request_parameters ->> '$.policy')) > 0
                then concat(', with ', array_to_string(iam_document_admin_statements(e.request_parameters ->> '$.policy'), '; '))
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('sts.amazonaws.com') as e
where e.event_name = 'GetFederationToken' and e.user_type = 'IAMUser'
order by e.event_time desc, e.event_id
