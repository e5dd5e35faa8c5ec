-- title: Outbound identity federation enabled, or used for the first time
-- kind: detection
-- severity: medium
-- tags: mitre:T1606, mitre:T1550.001, tactic:persistence, cloudtrail
--
-- Detects that outbound web identity federation is enabled for an account, and the first web identity token of AWS STS
-- that a principal requests for each audience in this run. Such a token proves the identity of the principal to
-- services outside AWS, and its use there is in no log of AWS. `detail` contains the audience. Check that the external
-- service is yours, and disable the feature (`aws iam disable-outbound-web-identity-federation`) if nobody needs it.
-- False positives: workloads that are being connected to another cloud or product. Their role requests tokens for the
-- same audience every day, and is a finding once.

with calls as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.event_id, c.invoked_by,
        coalesce(c.issuer_arn, c.actor) as principal,
        coalesce(c.request_parameters ->> '$.audience', 'an audience that the event does not contain') as audience
    from recorded_calls() as c
    where
        (
            (c.event_source = 'iam.amazonaws.com' and c.event_name = 'EnableOutboundWebIdentityFederation')
            or (c.event_source = 'sts.amazonaws.com' and c.event_name = 'GetWebIdentityToken')
        )
        and c.error_code is null
)

select
    c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
    case when c.event_name = 'GetWebIdentityToken' then c.audience else c.account_id end as target,
    concat(
        case
            when c.event_name = 'GetWebIdentityToken' then concat('first token of ', c.principal, ' for ', c.audience)
            else 'outbound web identity federation enabled'
        end,
        ', through ' || c.invoked_by
    ) as detail,
    c.event_id
from calls as c
qualify
    c.event_name <> 'GetWebIdentityToken'
    or row_number() over (
        partition by c.account_id, c.event_name, c.principal, c.audience
        order by c.event_time, c.event_id
    ) = 1
order by c.event_time desc, c.event_id
