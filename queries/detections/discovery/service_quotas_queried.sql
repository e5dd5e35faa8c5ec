-- title: Quotas for email, SMS, AI models or instances queried together
-- kind: detection
-- severity: medium
-- tags: mitre:T1526, mitre:T1496.004, tactic:discovery, cloudtrail
-- param: operations integer = 3  # Minimum number of distinct operations in a clock hour
--
-- Detects a principal that queries at least `$operations` different operations within a clock hour that reveal what an
-- account can be abused for: sending quotas of SES, SMS limits, models of Bedrock, and service quotas. Failed calls
-- count too. Thieves of access keys look for resources that they can sell. Check whether the account sends email at
-- all, whether a quota was raised, and what the principal may do.
-- False positives: people who set up email or manage quotas, and quota monitoring, which makes the same calls every
-- day with its own role.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.error_code, e.event_id,
        split_part(e.event_source, '.', 1) as service
    from recorded_calls() as e
    where
        (
            (
                e.event_source = 'ses.amazonaws.com'
                and e.event_name in (
                    'GetSendQuota', 'GetSendStatistics', 'GetAccount', 'GetAccountSendingEnabled', 'ListIdentities',
                    'ListEmailIdentities', 'GetIdentityVerificationAttributes', 'PutAccountDetails'
                )
            )
            or (
                e.event_source = 'sns.amazonaws.com'
                and e.event_name in ('GetSMSAttributes', 'GetSMSSandboxAccountStatus', 'ListOriginationNumbers')
            )
            or (
                e.event_source = 'servicequotas.amazonaws.com'
                and e.event_name in ('GetServiceQuota', 'ListServiceQuotas', 'RequestServiceQuotaIncrease')
            )
            or (
                e.event_source = 'bedrock.amazonaws.com'
                and e.event_name in (
                    'ListFoundationModels', 'GetFoundationModelAvailability', 'PutUseCaseForModelAccess',
                    'GetUseCaseForModelAccess', 'GetModelInvocationLoggingConfiguration'
                )
            )
        )
        and e.invoked_by is null
        and e.actor is not null
),

bursts as (
    select
        c.account_id, c.actor, first_call(c) as first_call,
        string_agg(distinct c.service, ', ' order by c.service) as services,
        count(distinct c.event_name) as operations,
        concat(
            string_agg(distinct c.event_name, ', ' order by c.event_name), ': ', count(*), ' calls, ',
            count(c.error_code), ' failed', ', until ', max(c.event_time)
        ) as detail
    from calls as c
    group by c.account_id, c.actor, c.in_hour
)

select
    b.first_call.event_time, b.account_id, b.first_call.region, b.actor, b.first_call.source_ip_address,
    b.first_call.event_name, b.services as target, b.detail, b.first_call.event_id
from bursts as b
where b.operations >= $operations
order by b.first_call.event_time desc, b.first_call.event_id
