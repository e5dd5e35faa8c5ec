-- Returns the activity of principals as rows of text: the last ten events, the twenty most frequent actions and addresses, and the
-- last ten changes to them. An address is new if it was first seen in the last seven days of the window, and the principal was
-- seen before.
-- returns: principal VARCHAR, place BIGINT, section VARCHAR, item VARCHAR, value VARCHAR, detail VARCHAR, source VARCHAR
create or replace macro principal_activity(arns) as table
with wanted as materialized (
    select w.principal, w.account_id, split_part(w.principal, '/', -1) as name, iam_is_user(w.principal) as is_user
    from listed_principals(arns) as w
),

events as materialized (
    select
        w.principal, e.event_time, e.event_id, e.event_name, replace(e.event_source, '.amazonaws.com', '') as service,
        e.source_ip_address as address, e.region, e.target, e.error_code, e.read_only, e.username, e.user_agent, e.access_key_id,
        e.error_code is not null or coalesce(e.console_login, '') = 'Failure' as has_failed
    from wanted as w
    inner join aws_cloudtrail_event as e on coalesce(e.issuer_arn, e.actor_arn) = w.principal
),

bounds as (
    select (coalesce(o.window_end, o.started_at) at time zone 'UTC') - to_days(7) as since from iamsql.run as o
),

ranked as (
    select e.*, row_number() over (partition by e.principal order by e.event_time desc, e.event_id) as nth from events as e
),

totals as (
    select
        w.principal, count(e.event_id) as events, count(*) filter (where e.has_failed) as failed,
        count(*) filter (where not e.read_only) as writes, min(e.event_time) as first_event, max(e.event_time) as last_event
    from wanted as w
    left join events as e on e.principal = w.principal
    group by w.principal
),

actions as (
    select
        e.principal, e.service, e.event_name, count(*) as events, count(*) filter (where e.has_failed) as failed,
        max(e.event_time) as last_event,
        row_number() over (partition by e.principal order by count(*) desc, e.service, e.event_name) as nth
    from events as e
    group by e.principal, e.service, e.event_name
),

addresses as (
    select
        e.principal, coalesce(e.address, 'none') as address, count(*) as events, count(*) filter (where e.has_failed) as failed,
        min(e.event_time) as first_event, max(e.event_time) as last_event,
        row_number() over (partition by e.principal order by count(*) desc, e.address) as nth
    from events as e
    group by e.principal, e.address
),

changes as (
    select
        w.principal, e.event_time, e.event_id, e.event_name, e.source_ip_address as address, e.error_code,
        coalesce(e.actor_arn, e.username, e.invoked_by, 'an unknown principal') as actor,
        row_number() over (partition by w.principal order by e.event_time desc, e.event_id) as nth
    from wanted as w
    inner join aws_cloudtrail_event as e
        on e.account_id = w.account_id and e.event_source = 'iam.amazonaws.com' and not e.read_only
        and w.name = case
            when w.is_user then coalesce(e.request_parameters ->> '$.userName', e.request_parameters ->> '$.newUserName')
            else e.request_parameters ->> '$.roleName'
        end
),

facts as (
    select
        t.principal, 900 as place, 'activity' as section, 'events' as item, cast(t.events as varchar) as value,
        case
            when t.events > 0 then concat(
                t.failed, ' failed, ', t.writes, ' writes; from ', time_text(t.first_event), ' to ', time_text(t.last_event)
            )
            else 'Section unknown lists the events that were not read.'
        end as detail,
        'aws_cloudtrail_event' as source
    from totals as t
    union all
    select
        r.principal, 900 + r.nth, 'activity', concat(time_text(r.event_time), ' ', r.service, ':', r.event_name),
        case when r.has_failed then concat('failed: ', coalesce(r.error_code, 'sign-in')) else 'succeeded' end,
        concat_ws('; ', 'from ' || r.address, r.region, 'target ' || r.target, 'key ' || r.access_key_id, left(r.user_agent, 80)),
        'user_history'
    from ranked as r
    where r.nth <= 10
    union all
    select
        a.principal, 1000 + a.nth, 'action', concat(a.service, ':', a.event_name), cast(a.events as varchar),
        concat(a.failed, ' failed; last ', time_text(a.last_event)), 'event_summary'
    from actions as a
    where a.nth <= 20
    union all
    select
        a.principal, 1100 + a.nth, 'address', a.address, cast(a.events as varchar),
        concat(
            a.failed, ' failed; first seen ', time_text(a.first_event), ', last ', time_text(a.last_event),
            case when a.first_event >= b.since and t.first_event < b.since then '; new in the last 7 days' end
        ),
        'first_seen_addresses'
    from addresses as a
    inner join totals as t on t.principal = a.principal
    cross join bounds as b
    where a.nth <= 20
    union all
    select
        c.principal, 1200 + c.nth, 'change', concat(time_text(c.event_time), ' ', c.event_name),
        case when c.error_code is null then 'succeeded' else concat('failed: ', c.error_code) end,
        concat('by ', c.actor, ' from ' || c.address), 'user_history'
    from changes as c
    where c.nth <= 10
)

select f.principal, cast(f.place as bigint) as place, f.section, f.item, f.value, f.detail, f.source from facts as f;

-- Returns the calls and events that were not read in the accounts of principals, as rows of text. Calls that the selection of
-- tables left out, and regions without log files, have no row.
-- returns: principal VARCHAR, place BIGINT, section VARCHAR, item VARCHAR, value VARCHAR, detail VARCHAR, source VARCHAR
create or replace macro principal_unknowns(arns) as table
with wanted as materialized (select l.principal, l.account_id, l.is_known_account from listed_principals(arns) as l),

failures as (
    select
        w.principal, concat(c.service, ':', c.operation) as call, c.status, c.error_code, min(c.error_message) as message,
        count(*) as regions, min(c.region) as region
    from wanted as w
    inner join iamsql.coverage as c on c.account_id = w.account_id
    where
        c.status not in ('ok', 'not_applicable')
        and coalesce(c.error_code, '') not in ('not_selected', 'no_objects')
        and c.service in ('iam', 'cloudtrail', 's3', 'sts', 'organizations')
    group by w.principal, c.service, c.operation, c.status, c.error_code
),

-- A row for each call that failed, and one for all calls that were not made for the same reason.
gaps as (
    select
        f.principal, string_agg(f.call, ', ' order by f.call) as calls, f.status, f.error_code, min(f.message) as message,
        max(f.regions) as regions, min(f.region) as region
    from failures as f
    group by
        f.principal, f.status, f.error_code, case when f.status not in ('not_requested', 'skipped') then f.call end
),

windows as (
    select
        w.principal, count(c.account_id) as reads, min(c.window_start) as since, max(c.window_end) as until,
        string_agg(distinct c.source, ', ' order by c.source) as sources,
        string_agg(distinct c.region, ', ' order by c.region) as regions
    from wanted as w
    left join aws_cloudtrail_coverage as c on c.account_id = w.account_id and c.status = 'ok'
    group by w.principal
)

select
    w.principal, cast(1400 as bigint) as place, 'unknown' as section, 'events' as item,
    case when w.reads = 0 then 'no events of the account were read' else concat('read: ', w.sources) end as value,
    concat(
        time_text(w.since at time zone 'UTC'), ' to ', time_text(w.until at time zone 'UTC'), ' in ', w.regions,
        '; where only look-ups were read, only write events and some other events'
    ) as detail,
    'why_empty' as source
from windows as w
union all
select
    g.principal, 1401, 'unknown', case when contains(g.calls, ', ') then 'calls' else g.calls end, concat(g.status, ' ' || g.error_code),
    concat_ws(
        '; ', case when g.regions > 1 then concat(g.regions, ' regions') else g.region end, left(g.message, 200),
        case when contains(g.calls, ', ') then g.calls end
    ),
    'coverage_gaps'
from gaps as g
union all
select
    w.principal, 1402, 'unknown', 'account', 'not in this run', 'Nothing about the principal could be read.', 'accounts'
from wanted as w
where not w.is_known_account;
