-- Returns the number of rows of iam_permission_use() for each principal and service. Principals with the same actions are one
-- group in iam_granted_actions(), so the actions are listed once for each group, and not for each principal.
--   actions: the number of actions that are not denied
--   denied: the number of denied actions
--   unused: the names of the actions that were not seen or are unknown, if another action of the service was used
--   unknown_calls: the names of the calls of the period whose action is not known
-- returns: account_id VARCHAR, principal_arn VARCHAR, principal_type VARCHAR, service VARCHAR, actions BIGINT, used BIGINT, not_seen BIGINT, cannot_be_seen BIGINT, unknown BIGINT, denied BIGINT, denied_calls BIGINT, last_used TIMESTAMP, service_accessed TIMESTAMP WITH TIME ZONE, unused VARCHAR[], unread VARCHAR[], window_start TIMESTAMP, window_end TIMESTAMP, gaps VARCHAR[], unknown_calls VARCHAR[], complete_days BIGINT
create or replace macro iam_service_use(principal, days) as table
with grants as materialized (select g.* from iam_granted_actions(principal) as g),

-- The actions that events cannot show are the same in all accounts whose trails log the same.
account_unseen_actions as (
    select
        a.account_id,
        coalesce(list_sort(list(distinct s.action) filter (where s.action is not null)), []) as actions
    from iamsql.accounts as a
    left join iam_unseen_actions() as s on s.account_id = a.account_id
    group by a.account_id
),

action_classes as materialized (
    select row_number() over (order by c.actions) as class_id, c.actions
    from (select distinct a.actions from account_unseen_actions as a) as c
),

account_classes as (
    select a.account_id, c.class_id
    from account_unseen_actions as a
    inner join action_classes as c on c.actions = a.actions
),

class_unseen_actions as materialized (
    select c.class_id, unnest(c.actions) as action from action_classes as c
    union
    select c.class_id, s.action from action_classes as c cross join iam_unseen_actions() as s where s.account_id is null
),

principals as materialized (
    select p.account_id, p.principal_arn, p.principal_type, p.unread, p.group_id, c.class_id
    from grants as p
    left join account_classes as c on c.account_id = p.account_id
    where p.kind = 'principal'
),

-- The actions of each group in each class of accounts. `is_unseen`: events cannot show a use of the action.
group_actions as materialized (
    select
        k.group_id, k.class_id, a.service, a.action, a.name, a.denied_by is not null as is_denied, u.action is not null as is_unseen
    from (select distinct p.group_id, p.class_id from principals as p) as k
    inner join grants as a on a.group_id = k.group_id and a.kind = 'action'
    left join class_unseen_actions as u on u.class_id = k.class_id and u.action = a.action
),

services as materialized (
    select
        v.group_id, v.class_id, v.service, count(*) filter (where not v.is_denied) as actions,
        count(*) filter (where v.is_denied) as denied,
        count(*) filter (where v.is_unseen and not v.is_denied) as unseen,
        list(v.action order by v.name) filter (where not v.is_unseen and not v.is_denied) as seen_actions,
        list(v.name order by v.name) filter (where not v.is_unseen and not v.is_denied) as seen_names
    from group_actions as v
    group by v.group_id, v.class_id, v.service
),

windows as materialized (select w.* from iam_event_windows(days) as w),

recorded_uses as materialized (select r.* from iam_recorded_uses(principal) as r),

uses as materialized (
    select
        p.principal_arn, v.service, v.action, v.is_unseen, u.last_used, u.denied_calls,
        not v.is_denied and coalesce(u.last_used >= w.window_start, false) as is_used
    from recorded_uses as u
    inner join principals as p on p.principal_arn = u.principal_arn
    inner join group_actions as v on v.group_id = p.group_id and v.class_id is not distinct from p.class_id and v.action = u.action
    left join windows as w on w.account_id = p.account_id
),

service_uses as materialized (
    select
        u.principal_arn, u.service, count(*) filter (where u.is_used) as used,
        count(*) filter (where u.is_used and u.is_unseen) as used_unseen,
        sum(u.denied_calls) as denied_calls, max(u.last_used) as last_used,
        coalesce(list(u.action) filter (where u.is_used), []) as used_actions
    from uses as u
    group by u.principal_arn, u.service
),

-- As in iam_permission_use(): the last event of the service, granted or not, and the calls whose action is not known.
service_events as materialized (
    select
        u.principal_arn, u.service, max(u.last_used) as last_used,
        coalesce(list(u.unknown_call order by u.unknown_call) filter (
            where u.unknown_call is not null and u.last_used >= w.window_start
        ), []) as unknown_calls
    from recorded_uses as u
    left join windows as w on w.account_id = split_part(u.principal_arn, ':', 5)
    group by u.principal_arn, u.service
),

service_accesses as (
    select s.principal_arn, s.service_namespace, max(s.last_authenticated) as last_authenticated
    from aws_iam_access_advisor as s
    group by s.principal_arn, s.service_namespace
),

principal_services as (
    select
        p.account_id, p.principal_arn, p.principal_type, p.unread, s.service, s.actions, s.denied, s.unseen, s.seen_actions, s.seen_names,
        coalesce(u.used, 0) as used, coalesce(u.used_unseen, 0) as used_unseen, coalesce(u.denied_calls, 0) as denied_calls, u.last_used,
        u.used_actions, d.last_authenticated as service_accessed, w.window_start, w.window_end, w.gaps, w.complete_days,
        list_concat(coalesce(e.unknown_calls, []), coalesce(o.unknown_calls, [])) as unknown_calls,
        coalesce(
            w.is_read and d.principal_arn is not null and s.service not in ('iam', 'kms', 'sts')
            and coalesce(d.last_authenticated < w.window_start at time zone 'UTC', true)
            and not coalesce(e.last_used >= w.window_start, false), false
        ) as is_unaccessed
    from principals as p
    inner join services as s on s.group_id = p.group_id and s.class_id is not distinct from p.class_id
    left join service_uses as u on u.principal_arn = p.principal_arn and u.service = s.service
    left join service_events as e on e.principal_arn = p.principal_arn and e.service = s.service
    left join service_events as o on o.principal_arn = p.principal_arn and o.service is null
    left join service_accesses as d on d.principal_arn = p.principal_arn and d.service_namespace = s.service
    left join windows as w on w.account_id = p.account_id
),

service_counts as (
    select
        f.*,
        case when f.is_unaccessed then 0 else f.unseen - f.used_unseen end as cannot_be_seen,
        f.actions - f.used - case when f.is_unaccessed then 0 else f.unseen - f.used_unseen end as remaining,
        not f.is_unaccessed and (f.gaps is null or len(f.gaps) > 0 or len(f.unknown_calls) > 0) as is_unknown
    from principal_services as f
)

select
    c.account_id, c.principal_arn, c.principal_type, c.service, c.actions, cast(c.used as bigint) as used,
    cast(case when c.is_unknown then 0 else c.remaining end as bigint) as not_seen,
    cast(c.cannot_be_seen as bigint) as cannot_be_seen,
    cast(case when c.is_unknown then c.remaining else 0 end as bigint) as unknown,
    c.denied, cast(c.denied_calls as bigint) as denied_calls, c.last_used, c.service_accessed,
    case when c.used > 0 then [
        name_ for name_, place_ in c.seen_names if not list_contains(c.used_actions, c.seen_actions[place_])
    ] end as unused,
    c.unread, c.window_start, c.window_end, c.gaps, c.unknown_calls, c.complete_days
from service_counts as c;
