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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(c.request_parameters ->> '$.accountId', c.account_id) as target,
    concat(
        lower(coalesce(c.request_parameters ->> '$.alternateContactType', 'alternate')), ' contact ',
        case c.event_name when 'PutAlternateContact' then 'set' else 'deleted' end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('account.amazonaws.com') as c
where scan_filter(c.event_name in ('PutAlternateContact', 'DeleteAlternateContact'))
order by c.event_time desc, c.event_id
