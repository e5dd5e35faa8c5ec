-- title: Alternate contact of an account changed or deleted
-- kind: detection
-- severity: low
-- tags: mitre:T1098, mitre:T1562.001, tactic:persistence, cloudtrail
--
-- Detects changes of the alternate contacts of an account. AWS sends notices about abuse and leaked access keys to the
-- security contact, so a wrong address keeps the notices from the people who should act. Compare the new address with
-- the list of your contacts, and restore the former contact.
-- False positives: a new team or mailbox for security, operations or billing, usually set for all accounts at once.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(e.request_parameters ->> '$.accountId', e.account_id) as target,
    concat(
        lower(coalesce(e.request_parameters ->> '$.alternateContactType', 'alternate')), ' contact ',
        case e.event_name when 'PutAlternateContact' then 'set' else 'deleted' end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('account.amazonaws.com') as e
where scan_filter(e.event_name in ('PutAlternateContact', 'DeleteAlternateContact'))
order by e.event_time desc, e.event_id
