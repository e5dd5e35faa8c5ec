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
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(
        e.request_parameters ->> '$.emailIdentity', e.request_parameters ->> '$.domain',
        e.request_parameters ->> '$.emailAddress', e.target, e.account_id
    ) as target,
    concat(
        case e.event_name when 'PutAccountDetails' then 'production access requested' else 'identity created' end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from successful_calls('ses.amazonaws.com') as e
where
    scan_filter(e.event_name in (
        'CreateEmailIdentity', 'VerifyEmailIdentity', 'VerifyEmailAddress', 'VerifyDomainIdentity', 'PutAccountDetails'
    ))
order by e.event_time desc, e.event_id
