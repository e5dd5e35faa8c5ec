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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    c.request_parameters ->> '$.userName' as target,
    concat(
        'key ', c.response_elements ->> '$.accessKey.accessKeyId', ' created for ',
        c.request_parameters ->> '$.userName', ', through ' || c.invoked_by
    ) as detail,
    c.event_id,
    c.response_elements ->> '$.accessKey.accessKeyId' as access_key_id,
    c.user_agent
from successful_calls('iam.amazonaws.com') as c
where
    c.event_name = 'CreateAccessKey'
    and (c.request_parameters ->> '$.userName') is not null
    and not coalesce(c.user_type = 'IAMUser' and c.username = (c.request_parameters ->> '$.userName'), false)
order by c.event_time desc, c.event_id
