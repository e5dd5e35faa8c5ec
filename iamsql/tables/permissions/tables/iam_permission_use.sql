-- Returns the reasons why an action is denied, as text.
create or replace macro iam_block_text(reasons) as
    array_to_string([
        case reason_
            when 'explicit_deny_identity' then 'an explicit deny in the policies of the principal'
            when 'identity_not_allowed' then 'no request meets the conditions of the policies'
            when 'explicit_deny_boundary' then 'an explicit deny in the permissions boundary'
            when 'boundary_not_allowed' then 'no allow in the permissions boundary'
            when 'explicit_deny_scp' then 'an explicit deny in a service control policy'
            when 'scp_not_allowed' then 'no allow in the service control policies'
            when 'caller_type' then 'a principal of this type cannot make the call'
            when 'explicit_deny_rcp' then 'an explicit deny in a resource control policy'
            else replace(reason_, '_', ' ')
        end for reason_ in reasons
    ], '; ');

-- Returns the actions that a principal's identity-based policies allow, with their use in the last `days` days (0: in all events
-- of the run). An empty `principal` means every user and role. Service-linked roles are left out.
--
-- `state` is denied (no request with the action is allowed, see iam_granted_actions()) or the value of `use`:
--   used: the events of the period show a use
--   not seen: the events of the period would show a use, and do not
--   cannot be seen: events do not show a use
--   unknown: the events of the period have gaps, or a call whose IAM action is not known may be a use
-- Other columns:
--   unknown_calls: the names of the calls whose IAM action is not known
--   reason: why the action is denied, cannot be seen or is unknown, or which other source shows that it was not used
--   service_accessed: when the principal last accessed the service; IAM records this regardless of what trails log
--   uses: the number of calls in the run that were not denied, including calls of an action that is denied now; 0 if none of
--     them is in the period
--   denied_calls: the number of calls in the run that were denied
--   unread: the policies that were not read and can deny more actions
-- returns: account_id VARCHAR, principal_arn VARCHAR, principal_type VARCHAR, action VARCHAR, name VARCHAR, service VARCHAR, state VARCHAR, reason VARCHAR, use VARCHAR, denied_by VARCHAR[], uses BIGINT, denied_calls BIGINT, last_used TIMESTAMP, service_accessed TIMESTAMP WITH TIME ZONE, unread VARCHAR[], window_start TIMESTAMP, window_end TIMESTAMP, gaps VARCHAR[], unknown_calls VARCHAR[]
create or replace macro iam_permission_use(principal, days) as table
with grants as materialized (select g.* from iam_granted_actions(principal) as g),

granted as materialized (
    select p.account_id, p.principal_arn, p.principal_type, p.unread, a.action, a.name, a.service, a.denied_by
    from grants as p
    inner join grants as a on a.group_id = p.group_id
    where p.kind = 'principal' and a.kind = 'action'
),

windows as materialized (select w.* from iam_event_windows(days) as w),

uses as materialized (select u.* from iam_recorded_uses(principal) as u),

-- The last event of each service, and the calls of the period whose action is not known. The row without a service is for all
-- services.
service_uses as materialized (
    select
        u.principal_arn, u.service, max(u.last_used) as last_used,
        coalesce(list(u.unknown_call order by u.unknown_call) filter (
            where u.unknown_call is not null and u.last_used >= w.window_start
        ), []) as unknown_calls
    from uses as u
    left join windows as w on w.account_id = split_part(u.principal_arn, ':', 5)
    group by u.principal_arn, u.service
),

unseen as materialized (
    select s.account_id, s.action, s.kind, s.reason
    from iam_unseen_actions() as s
),

reasons as (
    select
        g.principal_arn, g.action, min(s.reason) as reason,
        bool_and(s.kind = 'data') as is_data
    from granted as g
    inner join unseen as s on s.action = g.action and (s.account_id is null or s.account_id = g.account_id)
    group by g.principal_arn, g.action
),

accessed as (
    select s.principal_arn, s.service_namespace, max(s.last_authenticated) as last_authenticated
    from aws_iam_access_advisor as s
    group by s.principal_arn, s.service_namespace
),

facts as (
    select
        g.account_id, g.principal_arn, g.principal_type, g.action, g.name, g.service, g.denied_by, g.unread, r.reason,
        u.uses, u.denied_calls, u.last_used, d.last_authenticated as service_accessed,
        w.window_start, w.window_end, w.gaps, coalesce(u.last_used >= w.window_start, false) as is_used,
        list_concat(coalesce(v.unknown_calls, []), coalesce(o.unknown_calls, [])) as unknown_calls,
        -- Calls that services make for a principal need not count as its access to IAM and KMS. If an event shows a use of the
        -- service, the time that IAM recorded is older.
        w.is_read and d.principal_arn is not null and g.service not in ('iam', 'kms', 'sts')
        and coalesce(d.last_authenticated < w.window_start at time zone 'UTC', true)
        and not coalesce(v.last_used >= w.window_start, false) as is_unaccessed
    from granted as g
    left join uses as u on u.principal_arn = g.principal_arn and u.action = g.action
    left join service_uses as v on v.principal_arn = g.principal_arn and v.service = g.service
    left join service_uses as o on o.principal_arn = g.principal_arn and o.service is null
    left join reasons as r on r.principal_arn = g.principal_arn and r.action = g.action
    left join accessed as d on d.principal_arn = g.principal_arn and d.service_namespace = g.service
    left join windows as w on w.account_id = g.account_id
),

states as (
    select
        f.*,
        case
            when f.is_used then 'used'
            when f.is_unaccessed then 'not seen'
            when f.reason is not null then 'cannot be seen'
            when f.gaps is null or len(f.gaps) > 0 or len(f.unknown_calls) > 0 then 'unknown'
            else 'not seen'
        end as use
    from facts as f
)

select
    s.account_id, s.principal_arn, s.principal_type, s.action, s.name, s.service,
    case when s.denied_by is not null then 'denied' else s.use end as state,
    case
        when s.denied_by is not null then iam_block_text(s.denied_by)
        when s.use = 'cannot be seen' then s.reason
        when s.use = 'unknown' and len(s.unknown_calls) > 0 then iam_unknown_text(s.unknown_calls)
        when s.use = 'unknown' then array_to_string(s.gaps, '; ')
        when s.is_unaccessed then 'IAM recorded no access to the service in the period'
    end as reason,
    s.use, s.denied_by, cast(case when s.is_used then s.uses else 0 end as bigint) as uses,
    cast(coalesce(s.denied_calls, 0) as bigint) as denied_calls, s.last_used, s.service_accessed, s.unread, s.window_start, s.window_end, s.gaps,
    s.unknown_calls
from states as s;
