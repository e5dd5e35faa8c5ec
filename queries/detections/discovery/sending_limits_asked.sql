-- title: Limits for mail, messages, models or machines were looked up together
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1526, mitre:T1496.004, tactic:discovery, cloudtrail
-- param: kinds integer = 3   # Different questions in an hour from which it counts
--
-- Thieves of keys look for what can be sold: how much mail SES may send, SMS limits, models that Bedrock answers for,
-- quotas of large machines. Found are actors with at least `$kinds` such questions of different kinds in one hour,
-- refused ones too. See whether the account sends mail at all, whether a limit was raised, and what the actor may do.
-- False positives: people who set up mail or work on quotas, and monitoring of limits, which asks the same each day
-- with its own role.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip, e.event_source, e.event_name, e.error_code, e.event_id
    from aws_cloudtrail_event as e
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
        and e.user_type is distinct from 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
),

ordered as (
    select
        c.*,
        row_number() over (
            partition by c.account_id, c.actor, c.in_hour
            order by c.event_time, c.event_id
        ) as nth
    from calls as c
),

bursts as (
    select
        min(o.event_time) as event_time, o.account_id,
        of_first(o.region, o.nth) as region, o.actor, of_first(o.source_ip, o.nth) as source_ip,
        of_first(o.event_name, o.nth) as event_name,
        string_agg(
            distinct split_part(o.event_source, '.', 1), ', ' order by split_part(o.event_source, '.', 1)
        ) as target,
        count(distinct o.event_name) as different,
        concat(
            string_agg(distinct o.event_name, ', ' order by o.event_name), ': ', count(*), ' calls, ',
            count(o.error_code), ' failed', ', until ', max(o.event_time)
        ) as detail,
        of_first(o.event_id, o.nth) as event_id
    from ordered as o
    group by o.account_id, o.actor, o.in_hour
)

select b.event_time, b.account_id, b.region, b.actor, b.source_ip, b.event_name, b.target, b.detail, b.event_id
from bursts as b
where b.different >= $kinds and b.actor is not null
order by b.event_time desc, b.event_id
