-- title: Sender identity of Amazon SES created
-- kind: detection
-- severity: low
-- tags: mitre:T1496.004, mitre:T1566, tactic:impact, cloudtrail
--
-- Detects domains and email addresses that are added as senders in Amazon SES, and requests for production access. A
-- thief of credentials sends phishing and spam in the name of the account. Check that the domain is yours, and whether
-- the sending statistics rise; delete the identity if nobody can explain it.
-- False positives: a new product or domain that sends email. The domain belongs to the company, and the change comes
-- from the usual pipeline.

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(
        c.request_parameters ->> '$.emailIdentity', c.request_parameters ->> '$.domain',
        c.request_parameters ->> '$.emailAddress', c.target, c.account_id
    ) as target,
    concat(
        case c.event_name when 'PutAccountDetails' then 'production access requested' else 'identity created' end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from successful_calls('ses.amazonaws.com') as c
where
    scan_filter(c.event_name in (
        'CreateEmailIdentity', 'VerifyEmailIdentity', 'VerifyEmailAddress', 'VerifyDomainIdentity', 'PutAccountDetails'
    ))
order by c.event_time desc, c.event_id
