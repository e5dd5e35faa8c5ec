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
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    coalesce(
        c.request_parameters ->> '$.delegationRequestId', c.response_elements ->> '$.assumedPrincipal', c.target,
        c.account_id
    ) as target,
    concat(
        case c.event_name
            when 'AcceptDelegationRequest' then 'delegation request accepted'
            when 'SendDelegationToken' then 'token sent to the partner'
            else 'credentials issued for a delegation'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from recorded_calls() as c
where
    (
        (c.event_source = 'iam.amazonaws.com' and c.event_name in ('AcceptDelegationRequest', 'SendDelegationToken'))
        or (c.event_source = 'sts.amazonaws.com' and c.event_name = 'GetDelegatedAccessToken')
    )
    and c.error_code is null
order by c.event_time desc, c.event_id
