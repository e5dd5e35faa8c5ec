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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, 'root' as target,
    concat(
        'root access key ', c.response_elements ->> '$.accessKey.accessKeyId', ' created', ', through ' || c.invoked_by
    ) as detail,
    c.event_id,
    c.response_elements ->> '$.accessKey.accessKeyId' as access_key_id,
    c.user_agent
from successful_calls('iam.amazonaws.com') as c
where
    c.event_name = 'CreateAccessKey'
    and c.user_type = 'Root'
    and (c.request_parameters ->> '$.userName') is null
order by c.event_time desc, c.event_id
