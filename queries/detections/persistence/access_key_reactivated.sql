-- title: Inactive access key reactivated
-- kind: detection
-- severity: medium
-- tags: mitre:T1098.001, tactic:persistence, cloudtrail
--
-- Detects access keys that were set to active again. A key is deactivated because it leaked or is no longer needed, so
-- reactivation restores the access of everyone who has a copy. Ask for the reason; if there is none, deactivate the
-- key and look for its use since.
-- False positives: a key that the same person deactivated by mistake or as a test within the last day. This does not
-- explain a key that was inactive for weeks.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    e.request_parameters ->> '$.accessKeyId' as target,
    concat(
        'key ', e.request_parameters ->> '$.accessKeyId', ' of ',
        coalesce(e.request_parameters ->> '$.userName', e.username), ' reactivated', ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('iam.amazonaws.com') as e
where e.event_name = 'UpdateAccessKey' and (e.request_parameters ->> '$.status') = 'Active'
order by e.event_time desc, e.event_id
