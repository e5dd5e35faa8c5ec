-- title: Access keys made for somebody else
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1098.001, tactic:persistence, cloudtrail
--
-- Whoever makes a key for another user can act as that user from then on, and the trail shows the victim's name.
-- Ask both; if neither knows of it, make the key inactive, then read what was done with it (access_key_id is the
-- new key).
-- False positives: administrators and pipelines that hand out keys. The user was then made by the same actor a
-- little earlier, or the old key goes soon after. Keys that users make for themselves are not shown.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    e.request_parameters ->> '$.userName' as target,
    concat(
        'key ', e.response_elements ->> '$.accessKey.accessKeyId', ' made for ',
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
