-- title: Access keys made for the root user
-- kind: detection
-- severity: critical
-- version: 1
-- tags: mitre:T1098.001, tactic:persistence, cloudtrail
--
-- A key of the root user can do everything in the account, policies of the organization aside, and nothing limits
-- it to a place or an hour. There is no good reason to make one: delete it, change root's password, and find out
-- who could read root's mailbox.
-- False positives: none that should stay. A few very old programs ask for a root key; they can be given a role.
-- Keys that root makes for an IAM user are not shown here but under access_key_created_for_another_user.

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address as source_ip, e.event_name, 'root' as target,
    concat(
        'root key ', e.response_elements ->> '$.accessKey.accessKeyId', ' made', ', through ' || e.invoked_by
    ) as detail,
    e.event_id,
    e.response_elements ->> '$.accessKey.accessKeyId' as access_key_id,
    e.user_agent
from aws_cloudtrail_event as e
where
    e.event_source = 'iam.amazonaws.com'
    and e.event_name = 'CreateAccessKey'
    and e.error_code is null
    and e.user_type = 'Root'
    and (e.request_parameters ->> '$.userName') is null
order by e.event_time desc, e.event_id
