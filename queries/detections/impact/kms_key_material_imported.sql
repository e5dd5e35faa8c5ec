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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.keyId', e.target) as target,
    concat(
        'key material imported',
        case
            when coalesce(e.request_parameters ->> '$.expirationModel', 'KEY_MATERIAL_EXPIRES') = 'KEY_MATERIAL_EXPIRES'
                then concat(', which expires', ' at ' || (e.request_parameters ->> '$.validTo'))
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('kms.amazonaws.com') as e
where e.event_name = 'ImportKeyMaterial'
order by e.event_time desc, e.event_id
