-- title: User data of an EC2 instance changed
-- kind: detection
-- severity: high
-- tags: mitre:T1037, mitre:T1578, tactic:persistence, cloudtrail
--
-- Detects changes of the user data of EC2 instances. User data runs as root or SYSTEM when an instance starts, so a
-- change gives control of the instance and its role. Look for a stop and a start of the instance around the change,
-- read the new user data, and treat the instance and its role as compromised if you do not recognize the user data.
-- False positives: administrators who correct a start script. The instance is theirs, and the change comes from the
-- usual pipeline. User data of a new instance is excluded. CloudTrail does not record the content of user data.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    e.request_parameters ->> '$.instanceId' as target,
    concat(
        'user data of ', e.request_parameters ->> '$.instanceId', ' replaced', ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('ec2.amazonaws.com') as e
where e.event_name = 'ModifyInstanceAttribute' and json_exists(e.request_parameters, '$.userData')
order by e.event_time desc, e.event_id
