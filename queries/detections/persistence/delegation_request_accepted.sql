-- title: IAM delegation request accepted, or its token sent to a partner
-- kind: detection
-- severity: medium
-- tags: mitre:T1199, mitre:T1098.003, tactic:persistence, cloudtrail
--
-- Detects delegation requests of IAM that are accepted, tokens that are sent to the partner, and credentials that the
-- partner receives. A delegation gives a company outside the account temporary access with permissions that the
-- requester chose, and can create roles that remain. Read the request (`aws iam get-delegation-request`), find out who
-- asked for it, and look for roles that were created since. A request can be rejected until the token is sent.
-- False positives: the setup of a product whose vendor uses delegation. The person who accepted the request knows the
-- product.

select
    e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
    coalesce(
        e.request_parameters ->> '$.delegationRequestId', e.response_elements ->> '$.assumedPrincipal', e.target,
        e.account_id
    ) as target,
    concat(
        case e.event_name
            when 'AcceptDelegationRequest' then 'delegation request accepted'
            when 'SendDelegationToken' then 'token sent to the partner'
            else 'credentials issued for a delegation'
        end,
        ', through ' || e.invoked_by
    ) as detail,
    e.event_id
from recorded_calls() as e
where
    (
        (e.event_source = 'iam.amazonaws.com' and e.event_name in ('AcceptDelegationRequest', 'SendDelegationToken'))
        or (e.event_source = 'sts.amazonaws.com' and e.event_name = 'GetDelegatedAccessToken')
    )
    and e.error_code is null
order by e.event_time desc, e.event_id
