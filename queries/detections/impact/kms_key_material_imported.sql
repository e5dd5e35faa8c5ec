-- title: Key material imported into a KMS key
-- kind: detection
-- severity: medium
-- tags: mitre:T1486, tactic:impact, cloudtrail
--
-- Detects key material that is imported into a KMS key. The owner of the material has a copy outside AWS, and can
-- delete the material from the key at once (DeleteImportedKeyMaterial) or let it expire, after which data under the key
-- is unreadable for everyone else. Find out who generated the material, and what was encrypted with the key since.
-- False positives: companies that must generate their keys themselves. A known team imports the material once for each
-- key, usually without an expiration.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.keyId', c.target) as target,
    concat(
        'key material imported',
        case
            when coalesce(c.request_parameters ->> '$.expirationModel', 'KEY_MATERIAL_EXPIRES') = 'KEY_MATERIAL_EXPIRES'
                then concat(', which expires', ' at ' || (c.request_parameters ->> '$.validTo'))
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('kms.amazonaws.com') as c
where c.event_name = 'ImportKeyMaterial'
order by c.event_time desc, c.event_id
