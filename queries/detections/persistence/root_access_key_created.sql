-- title: Access key created for the root user
-- kind: detection
-- severity: critical
-- tags: mitre:T1098.001, tactic:persistence, cloudtrail
--
-- Detects access keys that are created for the root user. A root access key has every permission in the account except
-- what organization policies deny, from any place and at any time. There is no good reason to create one: delete it,
-- change the password of the root user, and find out who can read its mailbox.
-- False positives: none that should remain. A few very old programs require a root access key; replace it with a role.
-- Keys that the root user creates for an IAM user are findings of access_key_created_for_another_user.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, 'root' as target,
    concat(
        'root access key ', e.response_elements ->> '$.accessKey.accessKeyId', ' created', ', through ' || e.invoked_by
    ) as detail,
    e.event_id,
    e.response_elements ->> '$.accessKey.accessKeyId' as access_key_id,
    e.user_agent
from successful_calls('iam.amazonaws.com') as e
where
    e.event_name = 'CreateAccessKey'
    and e.user_type = 'Root'
    and (e.request_parameters ->> '$.userName') is null
order by e.event_time desc, e.event_id
