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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.name', c.target) as target,
    concat(
        'session ', c.request_parameters ->> '$.name',
        case
            when (c.request_parameters ->> '$.durationSeconds') is not null
                then concat(' for ', c.request_parameters ->> '$.durationSeconds', ' seconds')
        end,
        case
            when coalesce(
                c.request_parameters ->> '$.policy', c.request_parameters ->> '$.policyArns'
            ) like '%AdministratorAccess%' then ', with AdministratorAccess'
            when len(iam_document_admin_statements(c.request_parameters ->> '$.policy')) > 0
                then concat(', with ', array_to_string(iam_document_admin_statements(c.request_parameters ->> '$.policy'), '; '))
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from successful_calls('sts.amazonaws.com') as c
where c.event_name = 'GetFederationToken' and c.user_type = 'IAMUser'
order by c.event_time desc, c.event_id
