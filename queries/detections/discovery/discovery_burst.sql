-- title: One actor read very many kinds of things within an hour
-- kind: detection
-- severity: medium
-- version: 1
-- tags: mitre:T1580, mitre:T1526, mitre:T1087.004, tactic:discovery, cloudtrail
-- param: kinds integer = 30   # Different reads in an hour from which it counts
-- param: known text = ''   # Actors with this in their name do not count
--
-- A stolen key is first used to find out what it can see, and enumeration tools ask dozens of services within minutes.
-- Found are actors with at least `$kinds` different Describe, List and Get calls in one hour. See whether the actor
-- ever did that before, from which address and with which program, and how many calls were refused. Reads are known
-- only where a trail was read, since look-ups leave them out by default.
-- False positives: audit and inventory tools (this one too), infrastructure code on a large stack, and people who click
-- through the console. Tools come back each day with the same role: give its name, or a part of it, in `$known`.

with reads as (
    select
        e.account_id,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        date_trunc('hour', e.event_time) as in_hour,
        e.event_source, e.event_name,
        min(e.event_time) as first_time, max(e.event_time) as last_time, count(*) as calls,
        count(e.error_code) as failures
    from aws_cloudtrail_event as e
    where
        (e.event_name like 'Describe%' or e.event_name like 'List%' or e.event_name like 'Get%')
        and e.invoked_by is null
        and e.user_type is distinct from 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
    group by
        e.account_id,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type),
        date_trunc('hour', e.event_time),
        e.event_source, e.event_name
),

hours as (
    select
        r.account_id, r.actor, r.in_hour,
        min(r.first_time) as first_time, max(r.last_time) as last_time, sum(r.calls) as calls,
        sum(r.failures) as failures, count(*) as names
    from reads as r
    group by r.account_id, r.actor, r.in_hour
),

wide as (
    select h.*
    from hours as h
    where h.names >= $kinds
),

services as (
    select
        w.account_id, w.actor, w.in_hour,
        count(distinct r.event_source) as services
    from wide as w
    inner join reads as r on r.account_id = w.account_id and r.actor = w.actor and r.in_hour = w.in_hour
    group by w.account_id, w.actor, w.in_hour
),

firsts as (
    select
        w.*, e.region, e.source_ip_address as source_ip, e.user_agent, e.event_name, e.event_id,
        row_number() over (partition by w.account_id, w.actor, w.in_hour order by e.event_id) as nth
    from wide as w
    inner join
        aws_cloudtrail_event as e
        on
            e.account_id = w.account_id
            and e.event_time = w.first_time
            and coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) = w.actor
    where e.event_name like 'Describe%' or e.event_name like 'List%' or e.event_name like 'Get%'
)

select
    f.first_time as event_time, f.account_id, f.region, f.actor, f.source_ip, f.event_name, 'the account' as target,
    concat(
        f.names, ' different reads of ', s.services, ' services, ', f.calls, ' calls, ', f.failures,
        ' failed, until ', f.last_time, ', with ', f.user_agent
    ) as detail,
    f.event_id
from firsts as f
inner join services as s on s.account_id = f.account_id and s.actor = f.actor and s.in_hour = f.in_hour
where
    f.nth = 1
    and ($known = '' or not contains(f.actor, $known))
order by f.first_time desc, f.account_id, f.actor
