-- Returns, for each account, the actions whose use CloudTrail does not show, and why. A NULL `account_id` stands for every account.
-- `kind` is `data` (no trail logs the data events completely), `source` (the trails exclude the event source) or `event` (the
-- action has no event of its own).
-- returns: account_id VARCHAR, action VARCHAR, kind VARCHAR, reason VARCHAR
create or replace macro iam_unseen_actions() as table
with catalog as (
    select k.action, min(k.prefix) as prefix, min(k.access_level) as access_level, bool_or(k.has_operation) as has_operation
    from aws_iam_action as k
    group by k.action
),

mapped as (select distinct lower(unnest(x.actions)) as action from iam_event_actions() as x where x.event_name is not null),

unrecorded as (
    select k.action, min(u.reason) as reason
    from catalog as k
    inner join iam_unrecorded_actions() as u
        on split_part(u.action, ':', 1) = k.prefix and k.action like iam_like(u.action) escape '\'
    group by k.action
),

data_actions as (
    select k.action, list_sort(list(distinct d.resource_type)) as resource_types
    from catalog as k
    inner join (
        select t.resource_type, unnest(t.actions) as pattern from iam_data_event_actions() as t
    ) as d on split_part(d.pattern, ':', 1) = k.prefix and k.action like iam_like(d.pattern) escape '\'
    group by k.action
),

eventless as (
    select
        k.action,
        coalesce(u.reason, case
            when not coalesce(k.has_operation, false) and m.action is null then 'no API operation, and thus no event, has its name'
            when k.access_level = 'Tagging' and not regexp_matches(split_part(k.action, ':', 2), '^(un|delete|remove)') then 'calls that create resources with tags need it without an event of its own'
        end) as reason
    from catalog as k
    left join unrecorded as u on u.action = k.action
    left join mapped as m on m.action = k.action
),

recorded as (
    select t.account_id, d.resource_type
    from iam_read_trails() as t
    inner join iam_data_event_types() as d on d.arn = t.arn
    group by t.account_id, d.resource_type
),

excluded as (
    select t.account_id, bool_and(contains(coalesce(t.excluded_sources, ''), 'kms.amazonaws.com')) as kms,
        bool_and(contains(coalesce(t.excluded_sources, ''), 'rdsdata.amazonaws.com')) as rdsdata
    from iam_read_trails() as t
    group by t.account_id
)

select null as account_id, e.action, 'event' as kind, e.reason
from eventless as e
where e.reason is not null
union all
select a.account_id, d.action, 'data', concat('no trail logs the data events of ', d.resource_types[1])
from iamsql.accounts as a
cross join data_actions as d
where not exists (
    select 1 from recorded as r where r.account_id = a.account_id and list_contains(d.resource_types, r.resource_type)
)
union all
select x.account_id, k.action, 'source', concat('the trail excludes the events of ', k.prefix)
from excluded as x
inner join catalog as k on (x.kms and k.prefix = 'kms') or (x.rdsdata and k.prefix = 'rds-data');
