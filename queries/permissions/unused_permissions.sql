-- title: Permissions that users and roles do not use
-- kind: report
-- severity: medium
-- tags: permissions, policies, unused, least-privilege
-- columns: principal, service, actions, used, not_seen, unknown, denied, gaps
-- param: principal principal = ''  # A user or role: its ARN, user/NAME, role/NAME or unique name; all if empty
-- param: days integer = 0          # Number of days at the end of the window; 0 for all events of the run
-- positional: principal
-- remediation: iamsql policy {principal}
-- remediation: aws iam generate-service-last-accessed-details --arn {principal} --granularity ACTION_LEVEL
--
-- Returns one row for each user or role and each service that it used, with the number of the granted actions by their
-- use in the period:
--
-- `used`: a CloudTrail event shows a call that was allowed.
-- `not_seen`: an event would show a use, and there is none; or IAM recorded no access to the service in the period.
-- `cannot_be_seen`: CloudTrail does not record the use, as for iam:PassRole, and no trail logs the data events.
-- `unknown`: the events of the period have gaps, so a use may be missing. `gaps` lists them, and begins with the number
-- of the last days without gaps, if there are any: repeat the query with this number as `days`. Or the principal made
-- calls to the service whose IAM action is not known: `unknown_calls` names them. They can need any action of the
-- service.
--
-- The last row of a principal counts the services that it did not use; `unused_actions` lists them. `denied_calls` do
-- not count as use. The policies are the identity-based policies of the principal and of its groups. `actions` excludes
-- actions that are always denied. `denied` is the number of actions for which an explicit deny, the permissions
-- boundary or a policy of the organization allows no request on any resource, by the rules of `can`. An action that is
-- denied under conditions or on some resources is granted. `unread_policies` were not read and can deny more. Before
-- you remove a permission, compare the period with the yearly tasks of the principal. `iamsql policy` prints the policy
-- without the actions that were not seen or are denied. Collect the data with `iamsql sync --trail auto --for
-- unused_permissions`.

with services as materialized (
    select u.* from iam_service_use($principal, $days) as u
),

summary as (
    select
        s.account_id, s.principal_arn, s.principal_type,
        case when s.used > 0 then s.service end as service,
        count(*) as services,
        sum(s.actions) as actions,
        sum(s.used) as used,
        sum(s.not_seen) as not_seen,
        sum(s.cannot_be_seen) as cannot_be_seen,
        sum(s.unknown) as unknown,
        sum(s.denied) as denied,
        sum(s.denied_calls) as denied_calls,
        max(s.last_used) as last_used,
        max(s.service_accessed) as service_accessed,
        case when s.used > 0 then any_value(s.unused) else list(s.service order by s.service) end as unused,
        any_value(s.unread) as unread,
        any_value(s.window_start) as window_start,
        any_value(s.window_end) as window_end,
        any_value(s.gaps) as gaps,
        list_sort(list_distinct(flatten(list(s.unknown_calls)))) as unknown_calls,
        any_value(s.complete_days) as complete_days
    from services as s
    group by s.account_id, s.principal_arn, s.principal_type, s.used > 0, case when s.used > 0 then s.service end
)

select
    s.account_id, a.name as account_name, s.principal_arn as principal, s.principal_type,
    coalesce(s.service, concat('not used: ', s.services, case when s.services = 1 then ' service' else ' services' end)) as service,
    cast(s.actions as bigint) as actions,
    cast(s.used as bigint) as used,
    cast(s.not_seen as bigint) as not_seen,
    cast(s.cannot_be_seen as bigint) as cannot_be_seen,
    cast(s.unknown as bigint) as unknown,
    cast(s.denied as bigint) as denied,
    cast(s.denied_calls as bigint) as denied_calls,
    s.last_used, s.service_accessed,
    concat(
        array_to_string(s.unused[:20], ', '),
        case when len(s.unused) > 20 then concat(' and ', len(s.unused) - 20, ' more') end
    ) as unused_actions,
    nullif(array_to_string(s.unread, '; '), '') as unread_policies,
    s.window_start, s.window_end,
    nullif(concat(
        'days=' || s.complete_days || ' has no gaps; ', array_to_string(s.gaps, '; ')
    ), '') as gaps,
    nullif(concat(
        array_to_string(s.unknown_calls[:20], ', '),
        case when len(s.unknown_calls) > 20 then concat(' and ', len(s.unknown_calls) - 20, ' more') end
    ), '') as unknown_calls
from summary as s
left join iamsql.accounts as a on a.account_id = s.account_id
where s.not_seen + s.unknown + s.denied > 0
order by a.position, s.principal_arn, s.service nulls last
