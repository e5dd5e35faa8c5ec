-- title: Access keys made active again
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1098.001, tactic:persistence, cloudtrail
--
-- Keys are switched off because they leaked or because nobody needs them; switching one on again revives what
-- others hold a copy of. Ask why, and if there is no answer switch it off and look for its use since.
-- False positives: a key that was switched off by mistake or for a try, then on again by the same person within a
-- day. A key that had been off for weeks has no such excuse.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    e.request_parameters ->> '$.accessKeyId' as target,
    concat(
        'key ', e.request_parameters ->> '$.accessKeyId', ' of ',
        coalesce(e.request_parameters ->> '$.userName', e.username), ' is active again', ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('iam.amazonaws.com') as e
where e.event_name = 'UpdateAccessKey' and (e.request_parameters ->> '$.status') = 'Active'
order by e.event_time desc, e.event_id
