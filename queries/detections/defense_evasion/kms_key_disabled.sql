-- title: KMS key disabled or scheduled for deletion
-- kind: detection
-- severity: high
-- tags: mitre:T1485, mitre:T1489, tactic:defense_evasion, cloudtrail
--
-- Detects a KMS key that was disabled or scheduled for deletion, and imported key material that was deleted. Data that
-- the key encrypts becomes unreadable: databases, volumes, secrets, and logs of a trail. A deletion takes effect after
-- 7 to 30 days and can be canceled until then (`aws kms cancel-key-deletion`, then `enable-key`); afterwards the data
-- is lost. Cancel the deletion first, then investigate.
-- False positives: keys of resources that no longer exist, often deleted with their stack. Such a key has had no
-- `Decrypt` call for a long time, and its alias is deleted too.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.target,
    concat(
        case c.event_name
            when 'ScheduleKeyDeletion' then concat(
                'deletion in ', coalesce(c.request_parameters ->> '$.pendingWindowInDays', '30'), ' days'
            )
            when 'DisableKey' then 'disabled'
            else 'key material deleted immediately'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('kms.amazonaws.com') as c
where scan_filter(c.event_name in ('ScheduleKeyDeletion', 'DisableKey', 'DeleteImportedKeyMaterial'))
order by c.event_time desc, c.event_id
