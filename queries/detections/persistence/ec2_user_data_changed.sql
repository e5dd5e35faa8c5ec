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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    c.request_parameters ->> '$.instanceId' as target,
    concat(
        'user data of ', c.request_parameters ->> '$.instanceId', ' replaced', ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from successful_calls('ec2.amazonaws.com') as c
where c.event_name = 'ModifyInstanceAttribute' and json_exists(c.request_parameters, '$.userData')
order by c.event_time desc, c.event_id
