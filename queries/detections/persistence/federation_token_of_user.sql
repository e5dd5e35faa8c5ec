-- title: Federation tokens asked for with a user's key
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1550.001, mitre:T1078.004, tactic:persistence, cloudtrail
--
-- GetFederationToken turns a user's key into a session that lasts up to 36 hours and goes on when the key is
-- switched off. If the key is in doubt, deny the user's rights by policy, since deleting the key does not end
-- these sessions.
-- False positives: old in-house portals that sign people in to the console this way: always the same user, from
-- the same address, with a policy that narrows the session. A name never seen before, or a policy that allows
-- everything, is not that.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name,
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
from aws_cloudtrail_event as e
where
    e.event_source = 'sts.amazonaws.com'
    and e.event_name = 'GetFederationToken'
    and e.error_code is null
    and e.user_type = 'IAMUser'
order by e.event_time desc, e.event_id
