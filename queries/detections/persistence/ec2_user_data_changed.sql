-- title: User data of EC2 instances changed
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1037, mitre:T1578, tactic:persistence, cloudtrail
--
-- User data runs as root or SYSTEM when an instance starts, so whoever may change it owns the machine and the role
-- on it. Look for a stop and a start of the instance around the change, read the new user data, and treat the
-- instance and its role as lost if it is not ours.
-- False positives: administrators who mend a start script: the instance is theirs and the change came through the
-- usual pipeline. User data given when an instance is first started is not shown. CloudTrail leaves out the text
-- itself.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    e.request_parameters ->> '$.instanceId' as target,
    concat(
        'user data of ', e.request_parameters ->> '$.instanceId', ' replaced', ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('ec2.amazonaws.com') as e
where e.event_name = 'ModifyInstanceAttribute' and json_exists(e.request_parameters, '$.userData')
order by e.event_time desc, e.event_id
