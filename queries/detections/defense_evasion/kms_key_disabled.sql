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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.target,
    concat(
        case e.event_name
            when 'ScheduleKeyDeletion' then concat(
                'deletion in ', coalesce(e.request_parameters ->> '$.pendingWindowInDays', '30'), ' days'
            )
            when 'DisableKey' then 'disabled'
            else 'key material deleted immediately'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('kms.amazonaws.com') as e
where scan_filter(e.event_name in ('ScheduleKeyDeletion', 'DisableKey', 'DeleteImportedKeyMaterial'))
order by e.event_time desc, e.event_id
