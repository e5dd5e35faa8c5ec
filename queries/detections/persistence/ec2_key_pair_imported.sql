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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    c.request_parameters ->> '$.keyName' as target,
    concat(
        'key pair ', c.request_parameters ->> '$.keyName', ' imported, fingerprint ',
        c.response_elements ->> '$.keyFingerprint', ', through ' || c.invoked_by
    ) as detail,
    c.event_id, c.user_agent
from successful_calls('ec2.amazonaws.com') as c
where c.event_name = 'ImportKeyPair'
order by c.event_time desc, c.event_id
