-- title: EC2 key pair imported
-- kind: detection
-- severity: low
-- tags: mitre:T1098.004, tactic:persistence, cloudtrail
--
-- Detects the import of EC2 key pairs. Whoever imports a key pair has the private key, and can sign in to every
-- instance that is launched with it. Contact the principal, and review its RunInstances and ImportKeyPair events.
-- False positives: developers and pipelines that use their own key, usually once for each Region. This does not
-- explain an import to many Regions or accounts within an hour, or by a role that never uses EC2.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    e.request_parameters ->> '$.keyName' as target,
    concat(
        'key pair ', e.request_parameters ->> '$.keyName', ' imported, fingerprint ',
        e.response_elements ->> '$.keyFingerprint', ', through ' || e.invoked_by
    ) as detail,
    e.event_id, e.user_agent
from successful_calls('ec2.amazonaws.com') as e
where e.event_name = 'ImportKeyPair'
order by e.event_time desc, e.event_id
