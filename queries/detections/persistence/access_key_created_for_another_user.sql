-- title: Access key created for another user
-- kind: detection
-- severity: high
-- tags: mitre:T1098.001, tactic:persistence, cloudtrail
--
-- Detects access keys that a principal creates for another IAM user. With such a key, the principal can act as that
-- user, and events contain the name of the user. Ask both; if neither can explain the key, deactivate it and review
-- what was done with it (`access_key_id` is the new key).
-- False positives: administrators and pipelines that distribute keys. The same principal created the user shortly
-- before, or the old key is deleted soon after. Keys that users create for themselves are excluded.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    e.request_parameters ->> '$.userName' as target,
    concat(
        'key ', e.response_elements ->> '$.accessKey.accessKeyId', ' created for ',
        e.request_parameters ->> '$.userName', ', through ' || e.invoked_by
    ) as detail,
    e.event_id,
    e.response_elements ->> '$.accessKey.accessKeyId' as access_key_id,
    e.user_agent
from successful_calls('iam.amazonaws.com') as e
where
    e.event_name = 'CreateAccessKey'
    and (e.request_parameters ->> '$.userName') is not null
    and not coalesce(e.user_type = 'IAMUser' and e.username = (e.request_parameters ->> '$.userName'), false)
order by e.event_time desc, e.event_id
