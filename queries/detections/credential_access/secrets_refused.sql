-- title: Secrets that an actor tried to read and was refused
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1555.006, tactic:credential_access, cloudtrail
-- param: many integer = 3      # Different secrets that are too many
-- param: minutes integer = 30  # Pause that ends a burst
--
-- Somebody tries which secrets a credential opens. Nothing was lost by these calls, but the credential is in hands
-- that do not know what it is for: see where it comes from and what it did read in the same hour.
-- False positives: a program whose role was narrowed or whose secret was renamed: it asks for the same one or two
-- again and again, which is why the number of different secrets decides.

with calls as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip, e.event_name, e.event_id, e.user_agent,
        coalesce(e.request_parameters ->> '$.secretId', e.request_parameters ->> '$.name', e.event_id) as secret,
        case
            when e.event_time <= lag(e.event_time) over same + $minutes * interval '1 minute' then 0
            else 1
        end as starts
    from aws_cloudtrail_event as e
    where
        e.event_source in ('secretsmanager.amazonaws.com', 'ssm.amazonaws.com')
        and e.event_name in (
            'GetSecretValue', 'BatchGetSecretValue', 'GetParameter', 'GetParameterHistory', 'GetParameters',
            'GetParametersByPath'
        )
        and e.error_code in ('AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation')
        and coalesce(e.user_type, '') <> 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
    window same as (
        partition by e.account_id, coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type)
        order by e.event_time, e.event_id
    )
),

numbered as (
    select
        c.*,
        sum(c.starts) over (
            partition by c.account_id, c.actor
            order by c.event_time, c.event_id
            rows between unbounded preceding and current row
        ) as burst
    from calls as c
),

bursts as (
    select
        n.account_id, n.actor,
        min(n.event_time) as event_time, max(n.event_time) as last_event_time,
        of_first(n.region, n.starts) as region, of_first(n.source_ip, n.starts) as source_ip,
        of_first(n.event_name, n.starts) as event_name, of_first(n.event_id, n.starts) as event_id,
        of_first(n.user_agent, n.starts) as user_agent,
        count(*) as calls, count(distinct n.secret) as secrets,
        string_agg(distinct n.secret, ', ' order by n.secret) as named
    from numbered as n
    group by n.account_id, n.actor, n.burst
)

select
    b.event_time, b.account_id, b.region, b.actor, b.source_ip, b.event_name,
    left(b.named, 300) as target,
    concat(
        'refused: ', b.secrets, ' different secrets or parameters in ', b.calls, ' calls until ',
        strftime(b.last_event_time, '%Y-%m-%d %H:%M:%S')
    ) as detail,
    b.event_id, b.secrets, b.calls, b.last_event_time, b.user_agent
from bursts as b
where b.secrets >= $many
order by b.event_time desc, b.event_id
