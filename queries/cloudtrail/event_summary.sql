-- title: Events by account, service and name
-- kind: report
-- severity: info
-- tags: cloudtrail
-- columns: account, service, event_name, events, failed, actors
-- remediation: iamsql query cloudtrail_events --arg names={event_name} --arg accounts={account_id}
--
-- Returns the number of events by account, service and event name, most frequent first. Use it for a first overview of
-- a trail, and to find activity that only one account has. `actors` counts users, roles and services. `data_source` is
-- the source of the events: look-ups, log files of a trail, or imported files. `why_empty` shows what was not read.

with event_counts as (
    select
        e.account_id, e.event_source, e.event_name,
        count(*) as events,
        sum(case when e.error_code is not null or e.console_login = 'Failure' then 1 else 0 end) as failed,
        sum(case when e.read_only = false then 1 else 0 end) as writes,
        count(distinct coalesce(e.issuer_arn, e.actor_arn, e.username, e.invoked_by)) as actors,
        count(distinct e.region) as regions, min(e.event_time) as first_event, max(e.event_time) as last_event,
        string_agg(distinct e.data_source, '; ' order by e.data_source) as data_source
    from aws_cloudtrail_event as e
    group by e.account_id, e.event_source, e.event_name
)

select
    c.account_id, a.name as account_name,
    replace(c.event_source, '.amazonaws.com', '') as service,
    c.event_name, c.events, c.failed, c.writes, c.actors, c.regions,
    c.first_event at time zone 'UTC' as first_event,
    c.last_event at time zone 'UTC' as last_event,
    c.data_source,
    as_of() as as_of
from event_counts as c
left join iamsql.accounts as a on a.account_id = c.account_id
order by c.events desc, a.position, c.account_id, c.event_source, c.event_name
