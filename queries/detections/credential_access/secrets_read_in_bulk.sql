-- title: Bulk retrieval of Secrets Manager secrets by one principal
-- kind: detection
-- severity: high
-- tags: mitre:T1555.006, tactic:credential_access, cloudtrail
-- param: secrets integer = 10  # Minimum number of secrets in a burst
-- param: minutes integer = 30  # Minutes without a call that end a burst
--
-- Detects a principal that reads many secrets of Secrets Manager in a short time. A program reads the few secrets that
-- it needs; an attacker reads all that the credentials permit. Rotate every secret that was read, the most valuable
-- first, and find out why the principal has the permission. Trails record read events; the default event look-ups
-- exclude them.
-- False positives: backup and rotation jobs, and deployments that start many programs with one role. They repeat, so
-- check whether the same principal has a finding every day. A BatchGetSecretValue call counts as one secret where its
-- response does not list them.

with calls as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.event_id, c.user_agent,
        coalesce(c.request_parameters ->> '$.secretId', c.event_id) as secret,
        burst_start([c.account_id, c.actor], c.event_time, c.event_id, $minutes) as starts
    from successful_calls('secretsmanager.amazonaws.com') as c
    where scan_filter(c.event_name in ('GetSecretValue', 'BatchGetSecretValue'))
),

burst_calls as (
    select
        c.*,
        sum(c.starts) over (partition by c.account_id, c.actor order by c.event_time, c.event_id) as burst
    from calls as c
),

bursts as (
    select
        c.account_id, c.actor, first_call(c) as first_call, max(c.event_time) as last_event_time,
        count(*) as calls, count(distinct c.source_ip_address) as addresses, count(distinct c.secret) as secrets,
        string_agg(distinct c.secret, ', ' order by c.secret) as secret_names
    from burst_calls as c
    group by c.account_id, c.actor, c.burst
)

select
    b.first_call.event_time, b.account_id, b.first_call.region, b.actor, b.first_call.source_ip_address,
    b.first_call.event_name, left(b.secret_names, 300) as target,
    concat(
        pluralize(b.secrets, 'secret', 'secrets'), ' in ', pluralize(b.calls, 'call', 'calls'), ' until ',
        time_text(b.last_event_time), ' from ', pluralize(b.addresses, 'address', 'addresses')
    ) as detail,
    b.first_call.event_id, b.secrets, b.calls, b.last_event_time, b.first_call.user_agent
from bursts as b
where b.secrets >= $secrets
order by b.first_call.event_time desc, b.first_call.event_id
