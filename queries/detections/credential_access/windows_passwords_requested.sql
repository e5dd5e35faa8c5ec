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
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name, c.event_id, c.user_agent, c.error_code,
        coalesce(c.request_parameters ->> '$.instanceId', c.event_id) as instance,
        burst_start([c.account_id, c.actor], c.event_time, c.event_id, $minutes) as starts
    from recorded_calls() as c
    where c.event_source = 'ec2.amazonaws.com' and c.event_name = 'GetPasswordData'
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
        count(*) as calls, count(c.error_code) as failed, count(distinct c.instance) as instances,
        string_agg(distinct c.instance, ', ' order by c.instance) as instance_ids
    from burst_calls as c
    group by c.account_id, c.actor, c.burst
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
