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
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.event_id, e.user_agent,
        coalesce(e.request_parameters ->> '$.secretId', e.event_id) as secret,
        burst_start([e.account_id, e.actor], e.event_time, e.event_id, $minutes) as starts
    from successful_calls('secretsmanager.amazonaws.com') as e
    where scan_filter(e.event_name in ('GetSecretValue', 'BatchGetSecretValue'))
),

numbered as (
    select
        c.*,
        sum(c.starts) over (partition by c.account_id, c.actor order by c.event_time, c.event_id) as burst
    from calls as c
),

bursts as (
    select
        n.account_id, n.actor, first_call(n) as first_call, max(n.event_time) as last_event_time,
        count(*) as calls, count(distinct n.source_ip_address) as addresses, count(distinct n.secret) as secrets,
        string_agg(distinct n.secret, ', ' order by n.secret) as secret_names
    from numbered as n
    group by n.account_id, n.actor, n.burst
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
