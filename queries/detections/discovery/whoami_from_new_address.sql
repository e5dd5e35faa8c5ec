-- title: A long-term key asked who it is, as its first act from a new address
-- kind: detection
-- severity: low
-- version: 1
-- tags: mitre:T1087.004, mitre:T1078.004, tactic:discovery, cloudtrail
-- param: quiet integer = 7   # Days after which a key that was not seen yet counts as new
--
-- Whoever finds a key in a repository or on a laptop first asks `GetCallerIdentity`: it needs no rights and tells
-- account and user. Found is a key of an IAM user whose first call from an address is that one, when the key was at
-- work elsewhere before, or stays unknown until more than `$quiet` days after the account's first event in this run.
-- See what came next from the same address. Reads are known only where a trail was read.
-- False positives: Terraform and many other tools ask it first of all, so build machines and people with changing
-- addresses show here; the user agent in `detail` helps to tell.

with asked as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip, e.user_agent, e.event_name, e.access_key_id as key_id, e.event_id,
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

seen as (
    select
        e.access_key_id as key_id, e.source_ip_address as source_ip,
        min(e.event_time) as first_time
    from aws_cloudtrail_event as e
    where e.access_key_id in (select a.key_id from asked as a)
    group by e.access_key_id, e.source_ip_address
),

starts as (
    select e.account_id, min(e.event_time) as first_time
    from aws_cloudtrail_event as e
    group by e.account_id
),

judged as (
    select
        a.*,
        (select count(*) from seen as s where s.key_id = a.key_id and s.first_time < a.event_time) as addresses
    from asked as a
    inner join
        seen as n
        on n.key_id = a.key_id and n.source_ip = a.source_ip and n.first_time = a.event_time
    where a.nth = 1
)

select
    j.event_time, j.account_id, j.region, j.actor, j.source_ip, j.event_name, j.key_id as target,
    concat(
        case when j.addresses = 0 then 'first use of the key in this run' else 'addresses before: ' end,
        case when j.addresses > 0 then j.addresses end,
        ', with ', j.user_agent
    ) as detail,
    j.event_id
from judged as j
inner join starts as b on b.account_id = j.account_id
where
    j.addresses > 0
    or j.event_time > b.first_time + to_days($quiet)
order by j.event_time desc, j.event_id
