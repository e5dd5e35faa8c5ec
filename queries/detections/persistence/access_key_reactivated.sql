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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    c.request_parameters ->> '$.accessKeyId' as target,
    concat(
        'key ', c.request_parameters ->> '$.accessKeyId', ' of ',
        coalesce(c.request_parameters ->> '$.userName', c.username), ' reactivated', ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from successful_calls('iam.amazonaws.com') as c
where c.event_name = 'UpdateAccessKey' and (c.request_parameters ->> '$.status') = 'Active'
order by c.event_time desc, c.event_id
