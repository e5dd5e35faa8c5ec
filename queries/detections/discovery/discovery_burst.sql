-- title: Burst of read-only API calls across many operations by one principal
-- kind: detection
-- severity: medium
-- tags: mitre:T1580, mitre:T1526, mitre:T1087.004, tactic:discovery, cloudtrail
-- param: operations integer = 30  # Minimum number of distinct operations in a clock hour
-- param: excluded text = ''       # Text in the ARN of principals to exclude
--
-- Detects a principal that calls at least `$operations` different Describe, List and Get operations within a clock
-- hour. Attackers first enumerate what a stolen credential can see, and enumeration tools query dozens of services
-- within minutes. Check whether the principal has done so before, from which address and with which program, and how
-- many calls failed. Only accounts whose trail the run read have read events, because the default look-ups exclude
-- them.
-- False positives: audit and inventory tools (iamsql included), infrastructure as code for large stacks, and people who
-- browse the console. Tools make the calls every day with the same role: add the name of the role, or a part of it, to
-- `$excluded`.

with reads as (
    select
        e.account_id, e.actor,
        date_trunc('hour', e.event_time) as in_hour,
        e.event_source, e.event_name,
        min(e.event_time) as first_time, max(e.event_time) as last_time, count(*) as calls,
        count(e.error_code) as failures
    from recorded_calls() as e
    where
        (e.event_name like 'Describe%' or e.event_name like 'List%' or e.event_name like 'Get%')
        and e.invoked_by is null
    group by e.account_id, e.actor, date_trunc('hour', e.event_time), e.event_source, e.event_name
),

bursts as (
    select
        r.account_id, r.actor, r.in_hour,
        min(r.first_time) as first_time, max(r.last_time) as last_time, sum(r.calls) as calls,
        sum(r.failures) as failures, count(*) as operations, count(distinct r.event_source) as services
    from reads as r
    group by r.account_id, r.actor, r.in_hour
)

-- The other columns are joined for the bursts alone, so that the aggregation of all reads does not hold them in memory.
select
    e.event_time, e.account_id, e.region, b.actor, e.source_ip_address, e.event_name, 'the account' as target,
    concat(
        b.operations, ' different operations of ', b.services, ' services, ', b.calls, ' calls, ', b.failures,
        ' failed, until ', b.last_time, ', with ', e.user_agent
    ) as detail,
    e.event_id
from bursts as b
inner join aws_cloudtrail_event as e
    on
        e.account_id = b.account_id
        and e.event_time = b.first_time
        and coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) = b.actor
where
    b.operations >= $operations
    and ($excluded = '' or not contains(b.actor, $excluded))
    and (e.event_name like 'Describe%' or e.event_name like 'List%' or e.event_name like 'Get%')
qualify row_number() over (partition by b.account_id, b.actor, b.in_hour order by e.event_id) = 1
order by e.event_time desc, e.account_id, b.actor
