-- title: GetCallerIdentity as the first call of an access key from a new IP address
-- kind: detection
-- severity: low
-- tags: mitre:T1087.004, mitre:T1078.004, tactic:discovery, cloudtrail
-- param: unused_days integer = 7  # Days without an event after which the first use of a key is a finding
--
-- Detects access keys of IAM users whose first call from an IP address is GetCallerIdentity. A person who finds a key
-- in a repository usually makes this call first: it needs no permission and returns the account and the user. The key
-- was used from other addresses before, or its first event is more than `$unused_days` days after the first event of
-- the account in this run. Review the calls that followed from the same address. Only accounts whose trail the run read
-- have read events.
-- False positives: Terraform and many other tools make this call first, so build servers and people with changing
-- addresses are findings. The user agent in `detail` helps to identify them.

with calls as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address, e.user_agent, e.event_name, e.access_key_id as key_id, e.event_id,
        row_number() over (
            partition by e.access_key_id, e.source_ip_address
            order by e.event_time, e.event_id
        ) as nth
    from aws_cloudtrail_event as e
    where
        e.event_source = 'sts.amazonaws.com'
        and e.event_name = 'GetCallerIdentity'
        and e.error_code is null
        and e.access_key_id like 'AKIA%'
        and e.source_ip_address not like '%.amazonaws.com'
        and e.invoked_by is null
),

addresses as (
    select
        e.access_key_id as key_id, e.source_ip_address,
        min(e.event_time) as first_time
    from aws_cloudtrail_event as e
    where e.access_key_id in (select c.key_id from calls as c)
    group by e.access_key_id, e.source_ip_address
),

account_starts as (
    select e.account_id, min(e.event_time) as first_time
    from aws_cloudtrail_event as e
    group by e.account_id
),

first_calls as (
    select
        c.*,
        (select count(*) from addresses as s where s.key_id = c.key_id and s.first_time < c.event_time) as earlier_addresses
    from calls as c
    inner join
        addresses as n
        on n.key_id = c.key_id and n.source_ip_address = c.source_ip_address and n.first_time = c.event_time
    where c.nth = 1
)

select
    f.event_time, f.account_id, f.region, f.actor, f.source_ip_address, f.event_name, f.key_id as target,
    concat(
        case when f.earlier_addresses = 0 then 'first use of the key in this run' else 'earlier addresses: ' end,
        case when f.earlier_addresses > 0 then f.earlier_addresses end,
        ', with ', f.user_agent
    ) as detail,
    f.event_id
from first_calls as f
inner join account_starts as s on s.account_id = f.account_id
where
    f.earlier_addresses > 0
    or f.event_time > s.first_time + to_days($unused_days)
order by f.event_time desc, f.event_id
