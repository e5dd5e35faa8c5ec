-- title: EC2 key pairs imported
-- kind: detection
-- severity: low
-- version: 1
-- tags: mitre:T1098.004, tactic:persistence, cloudtrail
--
-- Whoever imports a key pair holds the private half, and every instance that starts with it lets them in; through
-- Instance Connect tools also older ones. Ask who did it, and see in RunInstances and ImportKeyPair events of the
-- same actor what was started with it.
-- False positives: developers and pipelines that bring their own key, mostly once a region. An import into many
-- regions or accounts in one hour, or by a role that never touches EC2, is no such thing.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
    e.request_parameters ->> '$.keyName' as target,
    concat(
        'key pair ', e.request_parameters ->> '$.keyName', ' imported, fingerprint ',
        e.response_elements ->> '$.keyFingerprint', ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('ec2.amazonaws.com') as e
where e.event_name = 'ImportKeyPair'
order by e.event_time desc, e.event_id
