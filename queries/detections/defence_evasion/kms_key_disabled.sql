-- title: A KMS key was disabled or scheduled for deletion
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1485, mitre:T1489, tactic:defence_evasion, cloudtrail
--
-- What the key encrypts can no longer be read: databases, volumes, secrets, and a trail's logs. A deletion takes 7 to
-- 30 days and can be called off until then (`aws kms cancel-key-deletion`, then `enable-key`), after that nothing
-- brings the data back. Call it off first and ask afterwards.
-- False positives: clearing away keys of things that are gone, often as a stack is deleted; the key has had no
-- `Decrypt` for long and its alias is gone too.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name, e.target,
    concat(
        case e.event_name
            when 'ScheduleKeyDeletion' then concat(
                'deleted in ', coalesce(e.request_parameters ->> '$.pendingWindowInDays', '30'), ' days'
            )
            when 'DisableKey' then 'disabled'
            else 'key material deleted at once'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('kms.amazonaws.com') as e
where e.event_name in ('ScheduleKeyDeletion', 'DisableKey', 'DeleteImportedKeyMaterial')
order by e.event_time desc, e.event_id
