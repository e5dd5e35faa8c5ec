-- title: Administrator passwords of several EC2 Windows instances requested
-- kind: detection
-- severity: medium
-- tags: mitre:T1552, mitre:T1555.006, tactic:credential_access, cloudtrail
-- param: instances integer = 2  # Minimum number of instances in a burst
-- param: minutes integer = 30   # Minutes without a call that end a burst
--
-- Detects a principal that requests the administrator passwords of several Windows instances in a short time.
-- GetPasswordData returns the initial administrator password of an instance, encrypted with the key pair of the
-- instance; requests for many instances indicate a search for instances whose private key is available. Denied requests
-- count too. Find out who has the private keys, and review the sign-ins on the instances.
-- False positives: administrators who launch a Windows instance and retrieve its password. They do so for one
-- instance, right after RunInstances; the console repeats the request while the instance starts.

with calls as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.event_id, e.user_agent, e.error_code,
        coalesce(e.request_parameters ->> '$.instanceId', e.event_id) as instance,
        burst_start([e.account_id, e.actor], e.event_time, e.event_id, $minutes) as starts
    from recorded_calls() as e
    where e.event_source = 'ec2.amazonaws.com' and e.event_name = 'GetPasswordData'
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
        count(*) as calls, count(n.error_code) as failed, count(distinct n.instance) as instances,
        string_agg(distinct n.instance, ', ' order by n.instance) as instance_ids
    from numbered as n
    group by n.account_id, n.actor, n.burst
)

select
    b.first_call.event_time, b.account_id, b.first_call.region, b.actor, b.first_call.source_ip_address,
    b.first_call.event_name, left(b.instance_ids, 300) as target,
    concat(
        pluralize(b.calls, 'call', 'calls'), ' for ', pluralize(b.instances, 'instance', 'instances'), ' until ',
        time_text(b.last_event_time), ', ', b.failed, ' of them denied'
    ) as detail,
    b.first_call.event_id, b.instances, b.calls, b.failed, b.last_event_time, b.first_call.user_agent
from bursts as b
where b.instances >= $instances
order by b.first_call.event_time desc, b.first_call.event_id
